"""Apptainer reads our files, and we read Apptainer's."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from sregistry.sif.descriptors import DataType
from sregistry.sif.reader import open_sif
from sregistry.squashfs.reader import open_image
from tests.sif.files import OBJECTS, SQUASHFS, sif_bytes
from tests.squashfs.images import directory, file, image_bytes
from tests.support import tools
from tests.support.apptainer import Apptainer

pytestmark = pytest.mark.root


@pytest.fixture
def sif(tmp_path: Path) -> Path:
    path = tmp_path / "image.sif"
    path.write_bytes(sif_bytes())
    path.chmod(0o755)
    return path


def said(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stdout.decode()


def test_apptainer_lists_our_objects(apptainer: Apptainer, sif: Path) -> None:
    listed = said(apptainer.command("sif", "list", sif, check=True))
    rows = [[cell.strip() for cell in line.split("|")] for line in listed.splitlines() if line[:1].isdigit()]
    assert [(row[0], row[1], row[2], row[4]) for row in rows] == [
        ("1", "1", "NONE", "Def.FILE"),
        ("2", "1", "NONE", "JSON.Generic"),
        ("3", "1", "NONE", "JSON.Generic"),
        ("4", "1", "NONE", "FS (Squashfs/*System/amd64)"),
    ]
    assert rows[3][3] == "32768-36864"


def test_apptainer_reads_our_header(apptainer: Apptainer, sif: Path) -> None:
    header = said(apptainer.command("sif", "header", sif, check=True))
    fields = dict(line.split(":", 1) for line in header.splitlines() if ":" in line)
    found = {name.strip(): value.strip() for name, value in fields.items()}
    assert found["Launch Script"] == "#!/usr/bin/env run-singularity"
    assert (found["Version"], found["Primary Architecture"]) == ("01", "amd64")
    assert found["ID"] == "00010203-0405-0607-0809-0a0b0c0d0e0f"
    assert (found["Descriptors Free"], found["Descriptors Total"]) == ("44", "48")


def test_apptainer_gives_out_our_objects(apptainer: Apptainer, sif: Path) -> None:
    for number, item in enumerate(OBJECTS, 1):
        dumped = apptainer.command("sif", "dump", str(number), sif, check=True)
        assert dumped.stdout == item.data


def test_we_read_a_file_that_apptainer_made(apptainer: Apptainer, tmp_path: Path) -> None:
    made, squashfs, notes = tmp_path / "made.sif", tmp_path / "squashfs", tmp_path / "notes"
    squashfs.write_bytes(image_bytes(directory({"hello": file(b"hello")})))
    notes.write_bytes(b"some notes")
    apptainer.command("sif", "new", made, check=True)
    partition = ["--datatype", "4", "--parttype", "2", "--partfs", "1", "--partarch", "2", "--groupid", "1"]
    apptainer.command("sif", "add", *partition, made, squashfs, check=True)
    apptainer.command("sif", "add", "--datatype", "7", "--filename", "notes.txt", made, notes, check=True)
    with made.open("rb") as stream:
        sif = open_sif(stream)
        root, generic = sif.squashfs(), sif.find(DataType.GENERIC, "notes.txt")
        assert generic is not None
        assert sif.read(generic, 100) == b"some notes"
        assert root.partition is not None
        assert root.partition.architecture == "amd64"
        image = open_image(stream, root.offset, root.size)
        found = image.lookup(b"hello")
        assert found is not None
        assert image.read(found) == b"hello"


def test_we_read_an_image_that_apptainer_built(apptainer: Apptainer, tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "hello").write_text("hello")
    built = tmp_path / "built.sif"
    apptainer.command("build", built, tmp_path / "root", check=True)
    with built.open("rb") as stream:
        sif = open_sif(stream)
        metadata = sif.find(DataType.JSON, "inspect-metadata.json")
        assert metadata is not None
        assert json.loads(sif.read(metadata, 1 << 20))["type"] == "container"
        root = sif.squashfs()
        image = open_image(stream, root.offset, root.size)
        assert image.lookup(b".singularity.d/runscript") is not None


def test_we_list_a_signature_by_an_openpgp_key(apptainer: Apptainer, sif: Path) -> None:
    """Apptainer also finds everything in our file signed as it should be."""
    identity = ["--name", "Test", "--email", "test@example.org", "--comment", "", "--password", ""]
    apptainer.command("key", "newpair", *identity, "--push=false", "--bit-length", "2048", check=True)
    apptainer.command("sign", sif, check=True)
    apptainer.command("verify", "--local", sif, check=True)
    keys = said(apptainer.command("key", "list", check=True))
    with sif.open("rb") as stream:
        opened = open_sif(stream)
        (found,) = opened.signatures()
        assert opened.read(opened.squashfs(), 1 << 20) == SQUASHFS
    assert found.fingerprint is not None
    assert found.fingerprint in keys.upper()
    assert (found.hash, found.covers) == ("SHA-256", "group 1")


def test_we_list_a_signature_by_a_plain_key(apptainer: Apptainer, sif: Path) -> None:
    private, public = sif.parent / "private.pem", sif.parent / "public.pem"
    openssl = tools.require("openssl")
    openssl.run("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", private)
    openssl.run("ec", "-in", private, "-pubout", "-out", public)
    apptainer.command("sign", "--key", private, sif, check=True)
    apptainer.command("verify", "--key", public, sif, check=True)
    with sif.open("rb") as stream:
        (found,) = open_sif(stream).signatures()
    assert (found.fingerprint, found.covers) == (None, "group 1")

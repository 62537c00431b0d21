"""What is in place of a SIF file is told by its first bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
from pathlib import Path

import pytest

from sregistry.sif.looks import Looks, looks_like
from tests.support.sifs import make_sif


def tar(*names: str) -> bytes:
    """A tar archive of empty files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name in names:
            header = tarfile.TarInfo(name)
            header.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
            archive.addfile(header)
    return out.getvalue()


@pytest.mark.parametrize(
    ("head", "looks", "words"),
    [
        (b"", Looks.EMPTY, "empty"),
        (b"hsqs" + bytes(100), Looks.LEGACY, "a bare squashfs image"),
        (b"#!/usr/bin/env run-singularity\nhsqs" + bytes(100), Looks.LEGACY, "a bare squashfs image"),
        (tar("oci-layout"), Looks.OCI_ARCHIVE, "an OCI archive"),
        (tar("blobs/", "blobs/sha256/"), Looks.OCI_ARCHIVE, "an OCI archive"),
        (tar("a" * 64 + "/"), Looks.DOCKER_ARCHIVE, "an archive of docker save"),
        (tar("manifest.json"), Looks.DOCKER_ARCHIVE, "an archive of docker save"),
        (tar("etc/passwd"), Looks.TAR, "a tar archive"),
        (gzip.compress(b"x"), Looks.COMPRESSED, "compressed with gzip"),
        (lzma.compress(b"x"), Looks.COMPRESSED, "compressed with xz"),
        (bz2.compress(b"x"), Looks.COMPRESSED, "compressed with bzip2"),
        (b"\x28\xb5\x2f\xfd\0", Looks.COMPRESSED, "compressed with zstd"),
        (b"PK\x03\x04rest", Looks.COMPRESSED, "a zip archive"),
        (b"\x7fELF\x02", Looks.OTHER, "a program (ELF)"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", Looks.POINTER, "a pointer of Git LFS"),
        (b'{"message": "no"}', Looks.TEXT, "a text"),
        ("schön".encode()[:4], Looks.TEXT, "a text"),
        (b"\x00\x01\x02\x03", Looks.UNKNOWN, "something else"),
        (b"\xff\xfe" * 50, Looks.UNKNOWN, "something else"),
    ],
)
def test_each_by_its_beginning(head: bytes, looks: Looks, words: str) -> None:
    assert looks_like(head) == (looks, words)


def test_a_sif_is_one(tmp_path: Path) -> None:
    assert looks_like(make_sif(tmp_path / "x.sif").read_bytes()[:2048]) == (Looks.SIF, "a SIF file")

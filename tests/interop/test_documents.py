"""Documents of registries, judged by programs in Go: skopeo reads the same of a config, Apptainer runs what we made."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from sregistry.assembly.config import read_config
from tests.registry.scripted import Contents, Server, tiny
from tests.registry.sessions import AMD64, session
from tests.support import images, tars, tools
from tests.support.apptainer import Apptainer
from tests.support.images import Blob
from tests.support.pulling import User

IMAGE = tiny()
#: What comes after the fields of an ordinary config: what to run, in spellings that are no longer ordinary.
RUNS = {
    "upper case": b'"CONFIG": {"ENV": ["A=1"], "CMD": ["x"], "ENTRYPOINT": ["e"], "USER": "me", "LABELS": {"a": "B"}}',
    "lower case": b'"config": {"env": ["A=1"], "cmd": ["x"], "workingdir": "/w"}',
    "a long s": '"config": {"U\u017fer": "me", "Label\u017f": {"a": "b"}, "WorKingDir": "/w"}'.encode(),
    "repeated": b'"config": {"Env": ["A=1"], "User": "a"}, "Config": {"env": ["A=2"], "Cmd": ["y"]}',
    "labels repeated": b'"config": {"Labels": {"a": "1", "b": "2"}, "labels": {"a": "3"}}',
    "null": b'"config": {"Env": null, "Cmd": null, "Entrypoint": null, "Labels": null, "User": null, "Volumes": null}',
    "null after": b'"config": {"Env": ["A=1"], "User": "a", "env": null, "user": null}',
    "no config": b'"config": null',
    "null inside": b'"config": {"Env": [null, "A=1"], "Labels": {"a": null}}',
    "no UTF-8": b'"config": {"Env": ["A=\xff\xe2\x82"], "Labels": {"\xfe": "\xed\xa0\x80"}, "Cmd": ["\\ud800"]}',
    "unknown": b'"config": {"Env": ["A=1"], "Other": {"Env": 5}, "env2": [1]}, "Env": ["B=1"]',
}


def with_config(raw: bytes) -> Contents:
    document = {**json.loads(IMAGE.manifest.data), "config": Blob(images.OCI_CONFIG, raw).descriptor}
    held = Contents().add(IMAGE)
    held.blobs[Blob("", raw).digest] = raw
    return held.add_manifest(images.encode(document), images.OCI_MANIFEST, "1")


@pytest.mark.parametrize("name", RUNS)
def test_skopeo_reads_the_same_config(name: str) -> None:
    ordinary = {name: value for name, value in json.loads(IMAGE.config.data).items() if name != "config"}
    raw = images.encode(ordinary)[:-1] + b", " + RUNS[name] + b"}"
    with Server(contents=with_config(raw)) as server, session() as one:
        reference = server.reference()
        ours = read_config(one.resolve(reference, AMD64).config)
        told = tools.require("skopeo").run("inspect", "--config", "--tls-verify=false", reference.uri).stdout
    theirs: dict[str, Any] = json.loads(told).get("config") or {}
    assert ours.environment == tuple(theirs.get("Env") or ())
    assert ours.command == tuple(theirs.get("Cmd") or ())
    assert ours.entrypoint == tuple(theirs.get("Entrypoint") or ())
    assert ours.labels == (theirs.get("Labels") or {})
    assert (ours.user, ours.working_directory) == (theirs.get("User", ""), theirs.get("WorkingDir", ""))


def program_of_32_bits(status: int) -> bytes:
    """An i386 program that ends with a status: ELF header, one segment, the system call."""
    code = b"\xb8\x01\x00\x00\x00\xbb" + struct.pack("<I", status) + b"\xcd\x80"
    base, headers = 0x08048000, 52 + 32
    size = headers + len(code)
    ident = b"\x7fELF\x01\x01\x01" + bytes(9)
    header = ident + struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, base + headers, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    return header + struct.pack("<IIIIIIII", 1, 0, base, base, size, size, 5, 0x1000) + code


@pytest.mark.root
def test_an_image_for_386_alone_runs_on_amd64(apptainer: Apptainer, tmp_path: Path) -> None:
    tar = tars.archive(tars.directory("bin"), tars.file("bin/answer", program_of_32_bits(42), mode=0o755))
    image = images.image([tar], {"Entrypoint": ["/bin/answer"]}, platform="linux/386")
    listed = images.index([image])
    held = Contents().add(image).add_manifest(listed.data, listed.media_type, "1")
    with Server(contents=held) as server:
        file = User(tmp_path / "home").pull(server.reference().uri, tmp_path / "image.sif")
    assert apptainer.run(file).returncode == 42

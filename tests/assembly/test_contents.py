"""What SIF files say about themselves: ours, Apptainer's, and files that say nothing or lie."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.assembly.contents import Contents, Texts, read_contents, texts_of
from sregistry.errors import SregistryError
from sregistry.sif import writer
from sregistry.sif.descriptors import DataType, Filesystem
from sregistry.sif.writer import Object
from tests.sif.files import TIME, partition, sif_bytes
from tests.squashfs.images import Node, directory, file, image_bytes, symlink
from tests.support import images
from tests.support.apptainer import Apptainer
from tests.support.building import build_sif
from tests.support.tars import archive
from tests.support.tars import file as member

SCRIPT = "#!/bin/sh\nexec /bin/true\n"
DEFINITION = """bootstrap: scratch
%setup
    mkdir -p ${APPTAINER_ROOTFS}/bin
%environment
    export GREETING="hello world"
%runscript
    echo running
%startscript
    echo starting
%help
    How to use it.
%labels
    Owner Ada
%test
    true
"""


def contents(*objects: Object) -> Contents:
    return read_contents(io.BytesIO(sif_bytes(objects)))


def squashfs(tree: Node) -> Object:
    data = image_bytes(tree)
    return Object(DataType.PARTITION, len(data), data=data, extra=writer.partition(0, "amd64").extra)


def metadata(attributes: Any) -> Object:
    document = {"data": {"attributes": attributes}, "type": "container"}
    return writer.json_object("inspect-metadata.json", json.dumps(document).encode())


OLD = directory(
    {
        ".singularity.d": directory(
            {
                "runscript": file(SCRIPT.encode()),
                "runscript.help": file(b"How to use it."),
                "Singularity": file(b"bootstrap: docker\n"),
                "startscript": symlink(b"runscript"),
                "labels.json": file(b'{"owner": "ada", "odd": 1}'),
                "env": directory(
                    {"01-base.sh": file(b"runtime"), "90-environment.sh": file(b"A=1"), "README": file(b"no script")}
                ),
            }
        )
    }
)


def test_our_own_file_says_all_of_it(tmp_path: Path) -> None:
    config = {"Env": ["A=1"], "Cmd": ["/bin/true"], "Labels": {"owner": "ada"}}
    sif = build_sif(images.image([archive(member("etc/content", b"x"))], config), tmp_path / "image.sif")
    with sif.open("rb") as stream:
        found = read_contents(stream)
    assert found.config == config
    assert found.texts.labels["owner"] == "ada"
    assert "exec" in (found.texts.runscript or "")
    assert (found.texts.deffile or "").startswith("bootstrap: docker")
    assert found.root is not None
    assert (found.architecture, found.root.codec, found.unread) == ("amd64", "gzip", None)
    assert [kind for kind, *_ in found.objects] == ["deffile", "json", "json", "partition"]


@pytest.mark.root
@pytest.mark.parametrize("codec", ["gzip", "xz", "zstd", "lz4"])
def test_what_apptainer_made_whatever_its_codec(codec: str, apptainer: Apptainer, tmp_path: Path) -> None:
    definition, sif = tmp_path / "made.def", tmp_path / "made.sif"
    definition.write_text(DEFINITION)
    apptainer.command("build", "--notest", "--mksquashfs-args", f"-comp {codec}", sif, definition, check=True)
    with sif.open("rb") as stream:
        found = read_contents(stream)
    said = json.loads(apptainer.inspect(sif, "--all").stdout)["data"]["attributes"]
    texts = found.texts
    assert (dict(texts.labels), dict(texts.environment)) == (said["labels"], said["environment"])
    for name in ("runscript", "startscript", "test", "helpfile", "deffile"):
        assert getattr(texts, name) == said[name]
    assert found.root is not None
    assert (found.root.codec, found.config, found.unread) == (codec, None, None)


def test_a_file_without_metadata_is_asked_for_its_files() -> None:
    found = contents(squashfs(OLD))
    assert found.texts == Texts(
        labels={"owner": "ada"},
        environment={"/.singularity.d/env/90-environment.sh": "A=1"},
        runscript=SCRIPT,
        startscript=SCRIPT,
        helpfile="How to use it.",
        deffile="bootstrap: docker\n",
    )
    assert (found.unread, found.created) == (None, TIME)


def test_a_container_that_says_nothing() -> None:
    found = contents(squashfs(directory({"bin": directory()})))
    assert (found.texts, found.config, found.unread) == (Texts(), None, None)


def test_a_codec_that_cannot_be_read_is_named_and_the_rest_is_told() -> None:
    data = bytearray(image_bytes(OLD))
    data[20:22] = (5).to_bytes(2, "little")
    packed = Object(DataType.PARTITION, len(data), data=bytes(data), extra=writer.partition(0, "amd64").extra)
    labels = Object(DataType.LABELS, 16, data=b'{"owner": "ada"}')
    found = contents(writer.deffile("bootstrap: scratch\n"), labels, packed)
    assert found.unread is not None
    assert (found.unread.code, found.unread.facts["codec"]) == ("squashfs-compressor", "lz4")
    assert found.root is not None
    assert found.root.codec == "lz4"
    assert found.texts == Texts({"owner": "ada"}, deffile="bootstrap: scratch\n")


@pytest.mark.parametrize(
    ("objects", "code"),
    [
        ([], "sif-no-primary"),
        ([partition(Filesystem.ENCRYPTED_SQUASHFS)], "sif-encrypted"),
        ([partition(Filesystem.EXT3)], "sif-filesystem"),
        ([partition(Filesystem.SQUASHFS)], "squashfs-not-an-image"),
    ],
)
def test_a_root_that_cannot_be_read_is_a_fact_and_no_failure(objects: list[Object], code: str) -> None:
    found = contents(metadata({"labels": {"owner": "ada"}}), *objects)
    assert found.unread is not None
    assert (found.unread.code, found.root, dict(found.texts.labels)) == (code, None, {"owner": "ada"})


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_metadata_of_any_kind_is_read_or_passed_over(value: Any) -> None:
    for document in ({"data": value}, {"data": {"attributes": value}}, {"data": {"attributes": {"labels": value}}}):
        texts = texts_of(document) or Texts()
        assert all(isinstance(text, str) for text in (*texts.labels.values(), *texts.environment.values()))


@given(st.binary(max_size=300))
def test_objects_of_any_bytes_are_read_or_passed_over(data: bytes) -> None:
    documents = [writer.json_object(name, data) for name in ("inspect-metadata.json", "oci-config.json")]
    found = contents(*documents, squashfs(directory({".singularity.d": directory({"labels.json": file(data)})})))
    assert found.unread is None


@given(st.integers(0, 40_000), st.integers(0, 255))
def test_damage_anywhere_is_an_error_of_ours_or_none(at: int, value: int) -> None:
    data = bytearray(sif_bytes([writer.deffile("bootstrap: docker\n"), squashfs(OLD)]))
    data[at % len(data)] = value
    try:
        read_contents(io.BytesIO(bytes(data)))
    except SregistryError as error:
        assert error.code.startswith("sif-")

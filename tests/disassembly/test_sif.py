"""SIF files of ours: taken apart and put together again they are the same."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from sregistry.disassembly.sif import is_of_a_pull, read_parts
from sregistry.errors import SregistryError
from sregistry.sif.descriptors import Filesystem, PartitionType
from sregistry.sif.writer import Object
from tests.disassembly.sifs import CONFIG, again, listing, take_apart
from tests.layers.corpus import CASES
from tests.sif.files import partition, sif_bytes
from tests.support import images, pulling, tars, trees
from tests.support.building import build_sif


@pytest.mark.parametrize("exact", [True, False], ids=["exact", "usable"])
@pytest.mark.parametrize("name", CASES)
def test_the_tree_is_the_same(name: str, exact: bool, tmp_path: Path) -> None:
    """Every difficult layer, with what a pull changes for ordinary users and without."""
    first = build_sif(images.image(CASES[name], CONFIG), tmp_path / "first.sif", exact=exact)
    apart = take_apart(first)
    second = again(apart, tmp_path / "second.sif", exact=exact)
    assert listing(second) == listing(first)
    assert apart.document["config"] == CONFIG


def test_unsquashfs_finds_the_same(tmp_path: Path) -> None:
    """The judge is not our own reader."""
    layers = [layer for name in ("devices", "xattrs", "hardlink") for layer in CASES.get(name, [])] + [
        tars.archive(
            tars.directory("opt", 0o2750, uid=1000, gid=2000),
            tars.file("opt/tool", b"x" * 300_000, 0o6755, uid=3, xattrs={"security.capability": CAPABILITY}),
            tars.hardlink("opt/again", "opt/tool"),
            tars.file("opt/ünï → code", b"", uid=3_000_000_000),
            tars.symlink("opt/link", "t" * 300),
            tars.fifo("opt/pipe", 0o620),
            tars.device("dev/console", 5, 1, mode=0o600),
            tars.device("dev/sda", 8, 0, block=True),
            tars.file("opt/zeros", bytes(1 << 20)),
        )
    ]
    first = build_sif(images.image(layers, CONFIG), tmp_path / "first.sif")
    second = again(take_apart(first), tmp_path / "second.sif", exact=True)
    found = []
    for sif in (first, second):
        folder = trees.unsquashed(sif, tmp_path / sif.stem, pulling.partition_offset(sif))
        found.append(trees.read(folder))
        for path in (b".singularity.d/labels.json", b".singularity.d/Singularity"):
            del found[-1][path]
    trees.assert_equal(*found)


#: cap_net_raw+ep.
CAPABILITY = bytes.fromhex("0100000200200000000000000000000000000000")


def test_what_a_pull_added_is_left_out(tmp_path: Path) -> None:
    """Scripts and their links, and empty mount points; what programs need stays."""
    sif = build_sif(images.image([tars.archive(tars.file("bin/tool", b"x"))], CONFIG), tmp_path / "a.sif")
    made = build_sif(images.image([take_apart(sif).layer]), tmp_path / "b.sif")
    names = {path for path in listing(made) if not path.startswith(b".")}
    assert {b"bin", b"bin/tool", b"tmp", b"var/tmp", b"root", b"home"} <= names
    assert not {b"srv", b"srv/here", b"data"} & names


def test_what_looks_like_it_but_is_the_image_s_own_stays(tmp_path: Path) -> None:
    """By another owner, mode, time or content."""
    own = [
        tars.file("etc/hosts", b"", 0o600),
        tars.file("etc/resolv.conf", b"nameserver 1"),
        tars.directory("dev", uid=7),
        tars.directory("data", mtime=1),
        tars.file("singularity", b"a file"),
        tars.symlink("environment", "etc/hosts"),
    ]
    sif = build_sif(images.image([tars.archive(*own)], CONFIG), tmp_path / "a.sif")
    left_out = take_apart(sif).parts.difference.left_out
    assert not {header.name.encode() for header, _ in own} & left_out
    assert b"etc/passwd" in left_out
    assert b"etc" not in left_out


def test_a_container_of_before_gets_its_scripts_back(tmp_path: Path) -> None:
    own = [
        tars.directory(".singularity.d", 0o700),
        tars.file(".singularity.d/runscript", b"#!/bin/sh\necho mine\n", 0o755),
        tars.file(".singularity.d/notes", b"mine"),
    ]
    first = build_sif(images.image([tars.archive(*own)], CONFIG), tmp_path / "a.sif")
    apart = take_apart(first)
    assert apart.parts.difference.names == {b".singularity.d/runscript.of-the-image": b".singularity.d/runscript"}
    assert listing(again(apart, tmp_path / "b.sif", exact=True)) == listing(first)


def test_folders_that_were_opened_are_closed_again(tmp_path: Path) -> None:
    layer = tars.archive(tars.directory("./", 0o555), tars.directory("etc", 0o600), tars.file("f"))
    first = build_sif(images.image([layer], CONFIG), tmp_path / "a.sif", exact=False)
    apart = take_apart(first)
    assert apart.parts.difference.modes == {b"": 0o555, b"etc": 0o600}
    exact = listing(again(apart, tmp_path / "b.sif", exact=True))
    assert (exact[b""][1], exact[b"etc"][1]) == (0o555, 0o600)
    assert listing(again(apart, tmp_path / "c.sif", exact=False)) == listing(first)


def test_device_nodes_are_put_back(tmp_path: Path) -> None:
    """Of several names, too."""
    members = [
        tars.device("dev/sda", 8, 1, block=True),
        tars.hardlink("a-disk", "dev/sda"),
        tars.device("dev/tty", 5, 0, mode=0o20),
        tars.file("dev/empty"),
    ]
    first = build_sif(images.image([tars.archive(*members)], CONFIG), tmp_path / "a.sif", exact=False)
    apart = take_apart(first)
    exact = listing(again(apart, tmp_path / "b.sif", exact=True))
    assert exact == listing(build_sif(images.image([tars.archive(*members)], CONFIG), tmp_path / "d.sif", exact=True))
    assert listing(again(apart, tmp_path / "c.sif", exact=False)) == listing(first)


def test_the_config_is_whole(tmp_path: Path) -> None:
    made = images.image([tars.archive(tars.file("f"))], CONFIG, platform="linux/arm64", created="2020-01-02T03:04:05Z")
    apart = take_apart(build_sif(made, tmp_path / "a.sif"))
    source = f"registry.example.org/made/here@{made.manifest.digest}"
    assert apart.document == {
        "created": "2020-01-02T03:04:05Z",
        "architecture": "arm64",
        "os": "linux",
        "config": CONFIG,
        "rootfs": {"type": "layers", "diff_ids": [str(apart.blob.diff_id)]},
        "history": [
            {
                "created": "2020-01-02T03:04:05Z",
                "created_by": "sregistry push",
                "comment": f"the files of {source}",
            }
        ],
    }


def test_no_time_is_made_up(tmp_path: Path) -> None:
    made = images.image([tars.archive(tars.file("f"))], CONFIG, created="")
    document = take_apart(build_sif(made, tmp_path / "a.sif")).document
    assert "created" not in document
    assert "created" not in document["history"][0]


@pytest.mark.parametrize("codec", ["gzip", "zstd", "none"])
def test_the_same_image_has_the_same_digest(codec: str, tmp_path: Path) -> None:
    """Whatever codec its SIF has."""
    made = images.image([tars.archive(tars.file("f", b"text" * 100_000))], CONFIG)
    first, second = (
        take_apart(build_sif(made, tmp_path / f"{name}.sif", compression=name), codec) for name in ("gzip", "zstd")
    )
    assert first.data == second.data
    assert first.blob == second.blob
    assert first.document == second.document


def test_a_name_that_would_delete_is_refused(tmp_path: Path) -> None:
    """No pull makes such a file, so one is renamed in the finished SIF."""
    layer = tars.archive(tars.file("opt/+wh.gone"))
    sif = build_sif(images.image([layer], CONFIG), tmp_path / "a.sif", compression="none")
    sif.write_bytes(sif.read_bytes().replace(b"+wh.gone", b".wh.gone"))
    with pytest.raises(SregistryError) as caught:
        take_apart(sif)
    assert (caught.value.code, caught.value.facts["path"]) == ("layer-name-whiteout", "opt/.wh.gone")


def test_more_than_the_limit_is_refused(tmp_path: Path) -> None:
    sif = build_sif(images.image([tars.archive(tars.file("f", bytes(5000)))], CONFIG), tmp_path / "a.sif")
    with pytest.raises(SregistryError) as caught:
        take_apart(sif, limit=4999)
    assert caught.value.code == "layer-too-large"
    assert caught.value.facts["setting"] == "max_unpacked_size"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bootstrap: docker\nfrom: alpine:latest\n\n", True),
        ("Bootstrap: oci-archive\nFrom: x.tar\n", True),
        ("bootstrap: docker\nfrom: a@sha256:b\n\n# a for linux/amd64, as it was when it was pulled.\n", True),
        ("Bootstrap: docker\nFrom: alpine\n\n%post\n  apk add x\n", False),
        ("Bootstrap: docker\nFrom: alpine\n%runscript\n", False),
        ("bootstrap: localimage\nfrom: a.sif\n", False),
        ("Bootstrap: docker\nFrom: a\nStage: build\n\nBootstrap: scratch\n", False),
        ("", False),
    ],
)
def test_the_definition_file_of_a_pull_is_known(text: str, expected: bool) -> None:
    assert is_of_a_pull(text) is expected


@pytest.mark.parametrize("platform", ["linux/arm/v6", "linux/arm64", "linux/ppc64le"])
def test_the_platform_is_kept(platform: str, tmp_path: Path) -> None:
    """A SIF knows the architecture only; our definition file says more."""
    made = images.image([tars.archive(tars.file("f"))], CONFIG, platform=platform)
    document = take_apart(build_sif(made, tmp_path / "a.sif")).document
    assert document["architecture"] == platform.split("/")[1]
    assert document.get("variant") == ([*platform.split("/"), None])[2]


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (partition(Filesystem.ENCRYPTED_SQUASHFS), "sif-encrypted"),
        (partition(Filesystem.EXT3), "sif-filesystem"),
        (partition(Filesystem.SQUASHFS, PartitionType.DATA), "sif-no-primary"),
        (partition(Filesystem.SQUASHFS), "squashfs-not-an-image"),
    ],
)
def test_what_cannot_be_read_is_refused(part: Object, code: str) -> None:
    with pytest.raises(SregistryError) as caught:
        read_parts(io.BytesIO(sif_bytes([part])))
    assert caught.value.code == code

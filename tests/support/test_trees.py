"""Trees read back by four readers are the same tree, whatever is in it: the ground that comparisons stand on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import images, tars, tools, trees

CAPABILITY = bytes.fromhex("0100000200040000000000000000000000000000")

LOWER = tars.archive(
    tars.directory("etc", mtime=1_500_000_000),
    tars.file("etc/secret", b"s" * 300_000, mode=0o000, uid=12, gid=34),
    tars.file("etc/gone", b"x"),
    tars.directory("old"),
    tars.file("old/inside", b"x"),
    tars.file("bin/ping", b"\x7fELF", mode=0o4755, xattrs={"security.capability": CAPABILITY}),
)
UPPER = tars.archive(
    tars.whiteout("etc/gone"),
    tars.opaque("old"),
    tars.file("old/new", b"new"),
    tars.hardlink("etc/secret-too", "etc/secret"),
    tars.symlink("link", "/etc/../nowhere"),
    tars.device("dev/null", 1, 3, mode=0o666),
    tars.device("dev/sda", 8, 1, block=True),
    tars.fifo("run/pipe"),
    tars.file("häßlich", b"utf-8", uid=4_000_000, xattrs={"user.note": b"n"}),
    tars.file("empty"),
)

pytestmark = pytest.mark.root


@pytest.fixture(scope="module")
def rootfs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two layers, unpacked by umoci."""
    folder = tmp_path_factory.mktemp("umoci")
    layout = images.write_layout(folder / "layout", images.image([LOWER, images.layer(UPPER, "zstd")]))
    return trees.unpacked_by_umoci(layout, folder / "bundle")


@pytest.fixture(scope="module")
def squashfs(rootfs: Path) -> Path:
    """The tree made a squashfs by mksquashfs, 4096 bytes into a file."""
    image = rootfs.parent / "image.sqfs"
    tools.require("mksquashfs", newest=True).run(rootfs, image, "-quiet", "-no-progress", "-offset", "4096")
    return image


def test_umoci_unpacks_what_the_layers_say(rootfs: Path) -> None:
    tree = trees.read(rootfs)
    assert sorted(name for name in tree if name.startswith((b"old", b"etc"))) == [
        b"etc",
        b"etc/secret",
        b"etc/secret-too",
        b"old",
        b"old/new",
    ]
    assert tree[b"etc"].mtime == 1_500_000_000
    assert tree[b"etc/secret"][:4] == ("file", 0o000, 12, 34)
    assert tree[b"etc/secret"].names == (b"etc/secret", b"etc/secret-too")
    assert tree[b"bin/ping"].xattrs == (("security.capability", CAPABILITY),)
    assert tree[b"dev/sda"].device == (8, 1)
    assert tree["häßlich".encode()].uid == 4_000_000


def by_kernel(image: Path, folder: Path) -> trees.Tree:
    with trees.mounted(image, folder, 4096) as root:
        return trees.read(root)


def by_squashfuse(image: Path, folder: Path) -> trees.Tree:
    with trees.fused(image, folder, 4096) as root:
        return trees.read(root)


def by_unsquashfs(image: Path, folder: Path) -> trees.Tree:
    return trees.read(trees.unsquashed(image, folder, 4096))


@pytest.mark.parametrize("reader", [by_kernel, by_squashfuse, by_unsquashfs])
def test_every_reader_gives_the_tree_back(
    rootfs: Path, squashfs: Path, tmp_path: Path, reader: Callable[[Path, Path], trees.Tree]
) -> None:
    trees.assert_equal(trees.read(rootfs), reader(squashfs, tmp_path / "tree"))


def test_differences_name_path_and_fields(rootfs: Path) -> None:
    tree = trees.read(rootfs)
    other = {**tree, b"empty": tree[b"empty"]._replace(mode=0o755, uid=1), b"more": tree[b"empty"]}
    del other[b"link"]
    assert trees.differences(tree, other) == [
        "b'empty': mode 420 → 493, uid 0 → 1",
        f"b'link': only in the expected tree: {tree[b'link']}",
        f"b'more': only in the actual tree: {tree[b'empty']}",
    ]

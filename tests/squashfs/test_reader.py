"""Reading images: by path, by walking, as mksquashfs makes them, from a part of a file."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from sregistry.squashfs.errors import SquashfsError
from sregistry.squashfs.node import CHARACTER, DIRECTORY, FILE
from sregistry.squashfs.reader import Image, open_image
from tests.squashfs import images, views
from tests.squashfs.examples import TREES, text
from tests.squashfs.images import device, directory, file, image_bytes, symlink
from tests.support import tools, trees


def opened(root: images.Node, **options: object) -> Image:
    return open_image(io.BytesIO(image_bytes(root, **options)))


@pytest.fixture
def image() -> Image:
    """``/usr/bin/sh``, and links to it of every kind."""
    return opened(
        directory(
            {
                "usr": directory(
                    {
                        "bin": directory({"sh": file(b"#!"), "ash": symlink(b"sh"), "up": symlink(b"../../etc/x")}),
                        "lib": directory(),
                    }
                ),
                "etc": directory({"x": file(b"x"), "abs": symlink(b"/usr/bin/ash")}),
                "bin": symlink(b"usr/bin"),
                "out": symlink(b"../../../../etc/x"),
                "slashes": symlink(b"//etc///./x"),
                "loop": symlink(b"loop"),
                "ping": symlink(b"pong/a"),
                "pong": symlink(b"ping/b"),
                "nowhere": symlink(b"/no/where"),
                "null": device(CHARACTER, 1, 3),
            }
        )
    )


@pytest.mark.parametrize(
    "path, content",
    [
        (b"usr/bin/sh", b"#!"),
        (b"/usr/bin/sh", b"#!"),
        (b"./usr//bin/./sh", b"#!"),
        (b"usr/lib/../bin/sh", b"#!"),
        (b"../../usr/bin/sh", b"#!"),
        (b"bin/sh", b"#!"),
        (b"bin/ash", b"#!"),
        (b"etc/abs", b"#!"),
        (b"bin/up", b"x"),
        (b"out", b"x"),
        (b"slashes", b"x"),
    ],
)
def test_lookup_follows_links_and_stays_inside_the_root(image: Image, path: bytes, content: bytes) -> None:
    found = image.lookup(path)
    assert found is not None
    assert image.read(found) == content


@pytest.mark.parametrize("path", [b"no", b"usr/no", b"usr/bin/sh/no", b"usr/bin/sh/..", b"nowhere", b"zzz", b"u"])
def test_lookup_gives_none_where_there_is_nothing(image: Image, path: bytes) -> None:
    assert image.lookup(path) is None


@pytest.mark.parametrize("path", [b"", b"/", b".", b"..", b"usr/.."])
def test_lookup_finds_the_root(image: Image, path: bytes) -> None:
    found = image.lookup(path)
    assert found is not None
    assert found.number == image.root().number


@pytest.mark.parametrize("path", [b"loop", b"ping", b"a/../" * 2000])
def test_lookup_gives_up_where_links_lead_round_in_a_circle(image: Image, path: bytes) -> None:
    path = path.replace(b"a", b"usr")
    with pytest.raises(SquashfsError) as caught:
        image.lookup(path)
    assert caught.value.code == "squashfs-symlink-loop"


def test_lookup_can_leave_the_last_link_alone(image: Image) -> None:
    link, through = image.lookup(b"bin", follow=False), image.lookup(b"bin/ash", follow=False)
    assert link is not None
    assert through is not None
    assert (link.target, through.target) == (b"usr/bin", b"sh")


def test_lookup_finds_every_name_of_a_long_listing() -> None:
    root = TREES["long_listing"]()
    image = opened(root)
    for name, node in root.children[b"big"].children.items():
        found = image.lookup(b"big/" + name)
        assert found is not None
        assert image.read(found) == node.content


def test_walk_gives_directories_before_what_is_in_them_and_names_in_order(image: Image) -> None:
    paths = [path for path, _ in image.walk()]
    assert paths[:6] == [b"bin", b"etc", b"etc/abs", b"etc/x", b"loop", b"nowhere"]
    assert paths == sorted(paths, key=lambda path: path.split(b"/"))


def test_children_are_those_of_one_directory(image: Image) -> None:
    found = image.lookup(b"usr")
    assert found is not None
    assert [(name, inode.kind) for name, inode in image.children(found)] == [(b"bin", DIRECTORY), (b"lib", DIRECTORY)]


def test_content_comes_block_by_block() -> None:
    content = text(10_000) + bytes(8192) + b"end"
    image = opened(directory({"a": file(content)}), block_size=4096)
    ((_, inode),) = image.walk()
    blocks = list(image.stream(inode))
    assert [len(block) for block in blocks] == [4096, 4096, 4096, 4096, 1811]
    assert b"".join(blocks) == image.read(inode) == content


def test_files_may_end_in_a_short_block_instead_of_a_fragment() -> None:
    root = directory({"a": file(text(10_000)), "b": file(b"b"), "c": file(bytes(5000))})
    image = opened(root, fragments=False)
    assert image.superblock.fragments == 0
    trees.assert_equal(views.expected(root), views.found(image))


def test_reading_stops_at_a_limit() -> None:
    image = opened(directory({"a": file(text(1001))}))
    ((_, inode),) = image.walk()
    assert len(image.read(inode, limit=1001)) == 1001
    with pytest.raises(SquashfsError) as caught:
        image.read(inode, limit=1000)
    assert caught.value.code == "squashfs-file-too-large"
    assert (caught.value.facts["size"], caught.value.facts["limit"]) == (1001, 1000)


def test_only_files_have_content(image: Image) -> None:
    for path in (b"usr", b"null"):
        found = image.lookup(path)
        assert found is not None
        with pytest.raises(SquashfsError) as caught:
            image.read(found)
        assert caught.value.code == "squashfs-not-a-file"


def test_devices_have_two_numbers(image: Image) -> None:
    found = image.lookup(b"null")
    assert found is not None
    assert found.device == (1, 3)


@pytest.mark.parametrize("size", [None, 8192])
def test_an_image_may_be_a_part_of_a_file(size: int | None) -> None:
    data = b"before" * 100 + image_bytes(directory({"a": file(b"here")})) + b"after" * 2000
    image = open_image(io.BytesIO(data), 600, size)
    found = image.lookup(b"a")
    assert found is not None
    assert image.read(found) == b"here"


def test_an_unbuffered_file_that_gives_less_than_asked_for_is_read_on() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 0, 7))

    root = TREES["sizes"]()
    trees.assert_equal(views.expected(root), views.found(open_image(Slow(image_bytes(root)))))


@pytest.mark.parametrize("data", [b"", b"hsqs", b"hsqs" * 10, bytes(4096), b"SIF_MAGIC" * 100])
def test_what_is_no_image_is_told(data: bytes) -> None:
    with pytest.raises(SquashfsError) as caught:
        open_image(io.BytesIO(data))
    assert caught.value.code == "squashfs-not-an-image"


@pytest.mark.parametrize("version, name", [(b"\x03\0\x01\0", "3.1"), (b"\x04\0\x01\0", "4.1")])
def test_other_versions_are_told(version: bytes, name: str) -> None:
    data = bytearray(image_bytes(directory()))
    data[28:32] = version
    with pytest.raises(SquashfsError) as caught:
        open_image(io.BytesIO(bytes(data)))
    assert (caught.value.code, caught.value.facts["detail"]) == ("squashfs-version", name)


def test_an_image_that_is_cut_off_is_told_at_once() -> None:
    data = image_bytes(directory({"a": file(text(100_000))}))
    used = int.from_bytes(data[40:48], "little")
    open_image(io.BytesIO(data[:used]))
    with pytest.raises(SquashfsError) as caught:
        open_image(io.BytesIO(data[: used - 1]))
    facts = caught.value.facts
    assert (caught.value.code, facts["expected_size"], facts["actual_size"]) == ("squashfs-truncated", used, used - 1)


def test_a_file_that_shrinks_while_it_is_read_is_told() -> None:
    data = image_bytes(directory({"a": file(text(9000))}))
    opened_file = io.BytesIO(data)
    image = open_image(opened_file)
    opened_file.truncate(200)
    with pytest.raises(SquashfsError) as caught:
        image.root()
    assert caught.value.code == "squashfs-truncated"


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A folder with a little of everything that needs no root."""
    folder = tmp_path / "sources"
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "long").write_bytes(text(300_000) + bytes(400_000) + text(5))
    (folder / "a" / "b" / "link").symlink_to("../long")
    (folder / "a" / "other name").hardlink_to(folder / "a" / "long")
    for number in range(1000):
        (folder / "a" / "b" / f"{number:04}{'x' * 100}").write_bytes(b"%d" % number * number)
    return folder


def mksquashfs(sources: Path, image: Path, *options: str) -> Path:
    arguments = ["-quiet", "-no-progress", "-noappend", *options]
    tools.require("mksquashfs").run(sources, image, *arguments)
    return image


@pytest.mark.parametrize(
    "options",
    [
        ["-comp", "gzip"],
        ["-comp", "gzip", "-Xcompression-level", "1"],
        ["-comp", "zstd"],
        ["-comp", "xz"],
        ["-comp", "xz", "-Xbcj", "x86"],
        ["-comp", "gzip", "-noI", "-noD", "-noF", "-noX"],
        ["-comp", "gzip", "-no-fragments"],
        ["-comp", "zstd", "-always-use-fragments", "-b", "4096"],
        ["-comp", "gzip", "-b", "1M", "-no-exports", "-no-xattrs"],
    ],
    ids=" ".join,
)
def test_images_by_mksquashfs_are_read(options: list[str], sources: Path, tmp_path: Path) -> None:
    path = mksquashfs(sources, tmp_path / "image", *options)
    with path.open("rb") as stream:
        trees.assert_equal(trees.read(sources), views.found(open_image(stream)))


@pytest.mark.parametrize("codec", ["lzo", "lz4"])
def test_images_by_mksquashfs_with_other_codecs_are_told(codec: str, sources: Path, tmp_path: Path) -> None:
    path = mksquashfs(sources, tmp_path / "image", "-comp", codec)
    with path.open("rb") as stream, pytest.raises(SquashfsError) as caught:
        open_image(stream)
    assert (caught.value.code, caught.value.facts["codec"]) == ("squashfs-compressor", codec)


@pytest.mark.root
def test_attributes_by_mksquashfs_are_read(tmp_path: Path) -> None:
    """mksquashfs stores equal long values once and refers to them."""
    sources = tmp_path / "sources"
    sources.mkdir()
    for name in ("a", "b", "c"):
        (sources / name).write_bytes(b"")
        for attribute, value in ((b"user.same", text(500)), (b"user.other", name.encode()), (b"trusted.t", b"\0")):
            os.setxattr(sources / name, attribute, value)
    path = mksquashfs(sources, tmp_path / "image")
    with path.open("rb") as stream:
        trees.assert_equal(trees.read(sources), views.found(open_image(stream)))


def test_all_kinds_are_read() -> None:
    root = TREES["kinds"]()
    trees.assert_equal(views.expected(root), views.found(opened(root)))
    assert {inode.kind for _, inode in opened(root).walk()} | {FILE} == set(range(1, 8))

"""Images as the writer makes them: what the kernel, unsquashfs, squashfuse and our own reader find in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sregistry.squashfs.reader import open_image
from tests.squashfs import images, views
from tests.squashfs.examples import LARGE, TREES, text
from tests.support import trees
from tests.support.trees import Tree

Judge = Callable[[Path, Path, int], Tree]


def kernel(image: Path, folder: Path, offset: int = 0) -> Tree:
    with trees.mounted(image, folder, offset) as root:
        return trees.read(root)


def unsquashfs(image: Path, folder: Path, offset: int = 0) -> Tree:
    return trees.read(trees.unsquashed(image, folder, offset))


def squashfuse(image: Path, folder: Path, offset: int = 0) -> Tree:
    with trees.fused(image, folder, offset) as root:
        return trees.read(root)


def ours(image: Path, folder: Path, offset: int = 0) -> Tree:
    with image.open("rb") as opened:
        return views.found(open_image(opened, offset))


JUDGES = [pytest.param(judge, marks=pytest.mark.root) for judge in (kernel, unsquashfs, squashfuse)] + [ours]


#: squashfuse 0.1 to 0.5 mixes up security and trusted attributes, so it can't judge those.
NO_JUDGE = {("attributes", squashfuse)}


@pytest.mark.parametrize(
    ("name", "judge"),
    [
        pytest.param(name, judge, marks=[] if judge is ours else pytest.mark.root)
        for name in sorted(TREES.keys() - LARGE)
        for judge in (kernel, unsquashfs, squashfuse, ours)
        if (name, judge) not in NO_JUDGE
    ],
)
def test_every_reader_finds_what_was_written(name: str, judge: Judge, tmp_path: Path) -> None:
    root = TREES[name]()
    images.make(root, tmp_path / "image")
    trees.assert_equal(views.expected(root), judge(tmp_path / "image", tmp_path / "tree", 0))


@pytest.mark.parametrize("judge", [pytest.param(kernel, marks=pytest.mark.root), ours])
@pytest.mark.parametrize("name", sorted(LARGE))
def test_the_kernel_and_our_reader_find_what_is_large(name: str, judge: Judge, tmp_path: Path) -> None:
    root = TREES[name]()
    images.make(root, tmp_path / "image")
    trees.assert_equal(views.expected(root), judge(tmp_path / "image", tmp_path / "tree", 0))


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("codec", ["gzip", "zstd", "none"])
@pytest.mark.parametrize("block_size", [4096, 131072, 1 << 20])
def test_every_reader_takes_our_codecs_and_block_sizes(
    codec: str, block_size: int, judge: Judge, tmp_path: Path
) -> None:
    root = images.directory({"long": images.file(text(3 << 20)), "short": images.file(b"short")})
    images.make(root, tmp_path / "image", codec, block_size=block_size)
    trees.assert_equal(views.expected(root), judge(tmp_path / "image", tmp_path / "tree", 0))


@pytest.mark.parametrize("judge", JUDGES)
def test_an_image_may_begin_anywhere_in_a_file(judge: Judge, tmp_path: Path) -> None:
    root = TREES["kinds"]()
    images.make(root, tmp_path / "image", at=36864)
    trees.assert_equal(views.expected(root), judge(tmp_path / "image", tmp_path / "tree", 36864))


@pytest.mark.parametrize("judge", JUDGES)
def test_data_may_lie_behind_four_gigabytes(judge: Judge, tmp_path: Path) -> None:
    """The file is sparse. Tables and blocks then need more than 32 bits for their place."""
    root = images.directory({"far": images.file(text(10_000)), "tail": images.file(b"tail")})
    images.make(root, tmp_path / "image", data_from=5 << 30)
    trees.assert_equal(views.expected(root), judge(tmp_path / "image", tmp_path / "tree", 0))


@pytest.mark.root
def test_the_kernel_finds_every_name_of_a_long_listing_by_its_index(tmp_path: Path) -> None:
    """Reading a directory does not use the index; asking for a name does."""
    root = TREES["long_listing"]()
    images.make(root, tmp_path / "image")
    with trees.mounted(tmp_path / "image", tmp_path / "tree") as mounted:
        for name, made in root.children[b"big"].children.items():
            assert (mounted / "big" / name.decode()).stat().st_size == len(made.content)
        assert not (mounted / "big" / "00000").exists()
        assert not (mounted / "big" / "99999").exists()


@pytest.mark.root
def test_the_kernel_counts_holes_as_free(tmp_path: Path) -> None:
    root = TREES["holes"]()
    images.make(root, tmp_path / "image")
    with trees.mounted(tmp_path / "image", tmp_path / "tree") as mounted:
        assert (mounted / "whole").stat().st_blocks <= 8
        assert (mounted / "in the middle").stat().st_blocks == 16


@pytest.mark.root
def test_the_kernel_counts_links(tmp_path: Path) -> None:
    root = TREES["hard_links"]()
    images.make(root, tmp_path / "image")
    with trees.mounted(tmp_path / "image", tmp_path / "tree") as mounted:
        assert (mounted / "here").stat().st_nlink == 3
        assert (mounted / "a" / "link").lstat().st_nlink == 2
        assert mounted.stat().st_nlink == 4
        assert (mounted / "b").stat().st_nlink == 3

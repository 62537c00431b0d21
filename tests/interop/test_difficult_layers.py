"""Layers as hard as tar allows: what the kernel reads from our image is what umoci unpacks from the same layers.

Each difficulty of the corpus alone, then put together by Hypothesis.
"""

from __future__ import annotations

import itertools
import tarfile
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sregistry.errors import SregistryError
from tests.layers import corpus, difficult
from tests.support import images, trees
from tests.support.additions import without_additions
from tests.support.building import build_sif
from tests.support.pulling import partition_offset
from tests.support.tars import Member, archive, device, directory, fifo, file, hardlink, opaque, symlink, whiteout

pytestmark = pytest.mark.root

CREATED = "2018-03-02T00:00:00Z"
CREATED_SECONDS = 1_519_948_800
LAST_TIME = 0xFFFFFFFF

ROOT = directory("./")
"""Without it the time of the root directory is made up."""

Layers = Sequence[bytes | images.Layer]


def unpacked_and_built(layers: Layers, folder: Path) -> tuple[trees.Tree, trees.Tree]:
    """The tree by umoci, and the tree in our image without what belongs to the container."""
    image = images.image(layers, created=CREATED)
    start = int(time.time())
    expected = unpacked(image, folder)
    actual = without_additions(built(image, folder), expected)
    return without_times_of_unpacking(expected, actual, start), actual


def unpacked(image: images.Image, folder: Path) -> trees.Tree:
    """What umoci unpacks, with the nearest times that squashfs can hold."""
    layout = images.write_layout(folder / "layout", image)
    tree = trees.read(trees.unpacked_by_umoci(layout, folder / "bundle"))
    return {path: entry._replace(mtime=min(max(entry.mtime, 0), LAST_TIME)) for path, entry in tree.items()}


def built(image: images.Image, folder: Path) -> trees.Tree:
    """What the kernel reads from the image that we build."""
    sif = build_sif(image, folder / "image.sif")
    with trees.mounted(sif, folder / "mount", partition_offset(sif)) as root:
        return trees.read(root)


def without_times_of_unpacking(expected: trees.Tree, actual: trees.Tree, start: int) -> trees.Tree:
    """The tree by umoci, our times in the place of those that umoci made up while it unpacked.

    That happens to directories that no layer describes (the root among them, which gets 0), and to some that it
    changed after it had set their time.
    """
    directories = {path: entry.mtime for path, entry in expected.items() if entry.type == "directory"}
    meanwhile = range(start, int(time.time()) + 1)
    made_up = {path for path, mtime in directories.items() if mtime in meanwhile or (path, mtime) == (b".", 0)}
    ours = {path: actual[path].mtime for path in made_up & actual.keys()}
    assert not any(mtime in meanwhile for mtime in ours.values()), "our times come from the layers or the config"
    return {path: entry._replace(mtime=ours.get(path, entry.mtime)) for path, entry in expected.items()}


@pytest.mark.parametrize("case", [name for name in corpus.CASES if name not in corpus.UMOCI_REFUSES])
def test_each_difficulty_alone(case: str, tmp_path: Path) -> None:
    expected, actual = unpacked_and_built(corpus.CASES[case], tmp_path)
    if case in corpus.UMOCI_DIFFERS:
        assert trees.differences(expected, actual), f"umoci no longer {corpus.UMOCI_DIFFERS[case]}"
    else:
        trees.assert_equal(expected, actual)


def kinds(name: str) -> dict[str, Member]:
    """An entry of every kind under one name."""
    return {
        "file": file(name, b"a file"),
        "directory": directory(name, mode=0o700),
        "symlink": symlink(name, "other"),
        "hardlink": hardlink(name, "other"),
        "fifo": fifo(name),
        "device": device(name, 10, 200),
    }


@pytest.mark.parametrize(("old", "new"), list(itertools.product(kinds(""), repeat=2)))
def test_every_kind_replaces_every_kind(old: str, new: str, tmp_path: Path) -> None:
    inside = [file("x/inside")] if old == "directory" else []
    lower = archive(ROOT, file("other", b"o"), kinds("x")[old], *inside)
    trees.assert_equal(*unpacked_and_built([lower, archive(kinds("x")[new])], tmp_path))


def test_parents_that_are_missing_have_a_plain_mode_and_the_time_of_the_image(tmp_path: Path) -> None:
    _, tree = unpacked_and_built([archive(file("a/b/f", uid=9, mtime=5))], tmp_path)
    for path in (b".", b"a", b"a/b"):
        assert tree[path] == trees.Entry("directory", 0o755, 0, 0, CREATED_SECONDS)


def test_a_directory_keeps_its_time_whatever_happens_in_it(tmp_path: Path) -> None:
    lower = archive(ROOT, directory("d", mtime=5), file("d/old"))
    upper = archive(directory("d", mtime=6), file("d/new"), whiteout("d/old"), file("d/newer", mtime=9))
    _, tree = unpacked_and_built([lower, upper], tmp_path)
    assert tree[b"d"].mtime == 6


COMMON = [directory("d", mode=0o750, mtime=7), file("d/file", b"x" * 1000, uid=5), symlink("d/link", "file")]
LONG = "n" * 150


@pytest.mark.parametrize("extra", [[], [file(f"{LONG}/{LONG}", b"long")]])
def test_all_dialects_give_the_same_bytes(extra: list[Member], tmp_path: Path) -> None:
    dialects = [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT] + ([] if extra else [tarfile.USTAR_FORMAT])
    built = set()
    for dialect in dialects:
        image = images.image([archive(ROOT, *COMMON, *extra, dialect=dialect)])
        same_origin = images.Image(images.Blob("", b"the same"), image.config, image.layers, image.platform)
        sif = build_sif(same_origin, tmp_path / "image.sif")
        built.add(partition(sif))
    assert len(built) == 1


def partition(sif: Path) -> bytes:
    """The root filesystem of a SIF."""
    return sif.read_bytes()[partition_offset(sif) :]


NAMES_USED = st.sampled_from(["a", "b", "c", "a/a", "a/b", "b/a", "b/c", "a/b/c", "c/a/b"])
TARGETS = st.sampled_from(["a", "b", "/a", "/b/c", "../a", "../../b", "a/b", ".", "nowhere", "/"])
NUMBERS = st.integers(0, 3)


def entries() -> st.SearchStrategy[Member]:
    """One member of a layer, on few names so that members meet."""
    makers: list[st.SearchStrategy[Member]] = [
        st.builds(file, NAMES_USED, st.binary(max_size=4), mode=st.sampled_from([0o644, 0o4755, 0]), uid=NUMBERS),
        st.builds(directory, NAMES_USED, mode=st.sampled_from([0o755, 0o700]), mtime=NUMBERS),
        st.builds(symlink, NAMES_USED, TARGETS, uid=NUMBERS),
        st.builds(hardlink, NAMES_USED, NAMES_USED),
        st.builds(whiteout, NAMES_USED),
        st.builds(opaque, st.sampled_from(["a", "b", "a/b", "c"])),
        st.builds(fifo, NAMES_USED),
    ]
    return st.one_of(makers)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(layers=difficult.images())
def test_what_is_legal_gives_the_same_tree(layers: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        trees.assert_equal(*unpacked_and_built(layers, Path(folder)))


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(layers=st.lists(st.lists(entries(), max_size=6), min_size=1, max_size=3))
def test_what_may_be_wrong_gives_the_same_tree_or_an_error(layers: list[list[Member]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        whole = [archive(ROOT, *layers[0]), *(archive(*members) for members in layers[1:])]
        judge(whole, Path(folder))


AS_DOCKER = {"layer-parent-not-directory"}
"""Docker and containerd refuse these layers as we do; umoci replaces the file in the way by a directory."""


def judge(layers: Layers, folder: Path) -> None:
    """Compare where umoci can unpack the layers; where it can't, ours must succeed or say why not."""
    image = images.image(layers, created=CREATED)
    start = int(time.time())
    try:
        expected = unpacked(image, folder)
    except AssertionError:
        expected = None
    try:
        actual = built(image, folder)
    except SregistryError as error:
        if expected is None or error.code in AS_DOCKER:
            return
        raise
    if expected is not None:
        actual = without_parents_of_whiteouts(without_additions(actual, expected), expected)
        trees.assert_equal(without_times_of_unpacking(expected, actual, start), actual)


def without_parents_of_whiteouts(actual: trees.Tree, expected: trees.Tree) -> trees.Tree:
    """The tree without the directories that we, like Docker and unlike umoci, make for a whiteout in them."""
    made = trees.Entry("directory", 0o755, 0, 0, CREATED_SECONDS)
    return {path: entry for path, entry in actual.items() if path in expected or entry != made}

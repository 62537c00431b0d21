"""Layers as hard as tar allows: what the kernel reads from our image is what umoci unpacks from the same layers.

Each difficulty of the corpus alone, then Hypothesis puts them together.
"""

from __future__ import annotations

import tarfile
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sregistry.errors import SregistryError
from tests.interop.corpus import CASES, ROOT, Layers
from tests.support import images, tools, trees
from tests.support.additions import without_additions
from tests.support.building import build_sif
from tests.support.pulling import partition_offset
from tests.support.tars import Member, archive, directory, fifo, file, hardlink, opaque, symlink, whiteout

pytestmark = pytest.mark.root

CREATED = "2018-03-02T00:00:00Z"
CREATED_SECONDS = 1_519_948_800


def unpacked_and_built(layers: Layers, folder: Path) -> tuple[trees.Tree, trees.Tree]:
    """The tree by umoci, and the tree in our image without what belongs to the container."""
    image = images.image(layers, created=CREATED)
    start = int(time.time())
    expected = unpacked(image, folder)
    actual = without_additions(built(image, folder), expected)
    return without_times_of_unpacking(expected, actual, start), actual


def unpacked(image: images.Image, folder: Path) -> trees.Tree:
    """What umoci unpacks."""
    layout = images.write_layout(folder / "layout", image)
    return trees.read(trees.unpacked_by_umoci(layout, folder / "bundle"))


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
    made_up = {path for path, mtime in directories.items() if mtime >= start or (path, mtime) == (b".", 0)}
    ours = {path: actual[path].mtime for path in made_up & actual.keys()}
    assert all(mtime < start for mtime in ours.values()), "our times come from the layers or the config"
    return {path: entry._replace(mtime=ours.get(path, entry.mtime)) for path, entry in expected.items()}


@pytest.mark.parametrize("case", CASES)
def test_each_difficulty_alone(case: str, tmp_path: Path) -> None:
    trees.assert_equal(*unpacked_and_built(CASES[case], tmp_path))


def test_parents_that_are_missing_have_a_plain_mode_and_the_time_of_the_image(tmp_path: Path) -> None:
    _, tree = unpacked_and_built([archive(file("a/b/f", uid=9, mtime=5))], tmp_path)
    for path in (b".", b"a", b"a/b"):
        assert tree[path] == trees.Entry("directory", 0o755, 0, 0, CREATED_SECONDS)


def test_a_directory_keeps_its_time_whatever_happens_in_it(tmp_path: Path) -> None:
    lower = archive(ROOT, directory("d", mtime=5), file("d/old"))
    upper = archive(directory("d", mtime=6), file("d/new"), whiteout("d/old"), file("d/newer", mtime=9))
    _, tree = unpacked_and_built([lower, upper], tmp_path)
    assert tree[b"d"].mtime == 6


SPARSE_FORMS = {
    "GNU": ["--format=gnu"],
    "PAX 0.0": ["--format=pax", "--sparse-version=0.0"],
    "PAX 0.1": ["--format=pax", "--sparse-version=0.1"],
    "PAX 1.0": ["--format=pax", "--sparse-version=1.0"],
}


@pytest.fixture(scope="module")
def sparse_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files with holes at the start, in the middle, at the end, in many places, and nothing but a hole."""
    root = tmp_path_factory.mktemp("sparse")
    extents = {
        "start": (700_000, [600_000]),
        "middle": (900_000, [0, 800_000]),
        "end": (900_000, [0]),
        "many": (4_000_000, list(range(0, 4_000_000, 70_000))),
        "hole": (500_000, []),
        "small": (9000, [8192]),
    }
    for name, (size, starts) in extents.items():
        with (root / name).open("wb") as stream:
            for start in starts:
                stream.seek(start)
                stream.write(name.encode() * 10)
            stream.truncate(size)
    return root


@pytest.mark.parametrize("form", SPARSE_FORMS)
def test_sparse_files_of_every_dialect(form: str, sparse_tree: Path, tmp_path: Path) -> None:
    options = [*SPARSE_FORMS[form], "--sparse", "--owner=0", "--group=0", "--sort=name"]
    tar = tools.require("tar").run("-C", sparse_tree, *options, "-cf", "-", ".").stdout
    actual = built(images.image([tar], created=CREATED), tmp_path)
    for path, entry in trees.read(sparse_tree).items():
        if path != b".":
            assert (actual[path].size, actual[path].sha256) == (entry.size, entry.sha256), path


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


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(layers=st.lists(st.lists(entries(), max_size=6), min_size=1, max_size=3))
def test_difficulties_together(layers: list[list[Member]]) -> None:
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
        actual = without_additions(actual, expected)
        trees.assert_equal(without_times_of_unpacking(expected, actual, start), actual)

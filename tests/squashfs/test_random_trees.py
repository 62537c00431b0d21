"""Trees that Hypothesis makes up: what was written is what is read."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sregistry.squashfs.node import BLOCK, CHARACTER
from sregistry.squashfs.reader import open_image
from tests.squashfs import views
from tests.squashfs.examples import noise
from tests.squashfs.images import Node, device, directory, fifo, file, image_bytes, socket, symlink
from tests.support import trees

BLOCK_SIZE = 4096

names = st.one_of(
    st.binary(min_size=1, max_size=12),
    st.sampled_from([b"a", b"b", b"A", b"a.b", b"-", b"\xff", b"x" * 255]),
).filter(lambda name: not {b"/", b"\0"} & {name[at : at + 1] for at in range(len(name))} and name not in (b".", b".."))
values = st.binary(max_size=20)
owners = st.one_of(st.just(0), st.integers(0, 2**32 - 2))
pieces = st.one_of(
    st.integers(0, 3 * BLOCK_SIZE).map(bytes),
    st.tuples(st.binary(min_size=1, max_size=5), st.integers(0, 3000)).map(lambda pair: pair[0] * pair[1]),
    st.integers(0, 100).map(lambda seed: noise(BLOCK_SIZE, seed)),
)
contents = st.lists(pieces, max_size=4).map(b"".join)


def attributes(prefixes: list[bytes]) -> st.SearchStrategy[tuple[tuple[bytes, bytes], ...]]:
    """A few attributes whose names are text without NUL, as tools want them."""
    rest = st.text("abcxyz._", min_size=1, max_size=8).map(str.encode)
    full = st.tuples(st.sampled_from(prefixes), rest).map(b"".join)
    return st.dictionaries(full, values, max_size=3).map(lambda pairs: tuple(pairs.items()))


def fields(prefixes: list[bytes]) -> dict[str, st.SearchStrategy[object]]:
    return {
        "mode": st.integers(0, 0o7777),
        "uid": owners,
        "gid": owners,
        "mtime": st.integers(0, 2**32 - 1),
        "xattrs": attributes(prefixes),
    }


ANY = fields([b"user.", b"trusted."])
#: Linux keeps user attributes of files and directories only, and no modes of links.
SPECIAL = fields([b"trusted."])
LINK = {name: strategy for name, strategy in SPECIAL.items() if name != "mode"}

leaves = st.one_of(
    st.builds(file, contents, **ANY),
    st.builds(symlink, st.binary(min_size=1, max_size=40).filter(lambda target: b"\0" not in target), **LINK),
    st.builds(device, st.sampled_from([BLOCK, CHARACTER]), st.integers(0, 4095), st.integers(0, 2**20 - 1), **SPECIAL),
    st.builds(fifo, **SPECIAL),
    st.builds(socket, **SPECIAL),
)


@st.composite
def roots(draw: st.DrawFn) -> Node:
    """A tree in which some leaves have several names."""
    shared = draw(st.lists(leaves, max_size=3))
    leaf = st.one_of(leaves, st.sampled_from(shared)) if shared else leaves
    nodes = st.recursive(
        leaf, lambda inner: st.builds(directory, st.dictionaries(names, inner, max_size=6), **ANY), max_leaves=25
    )
    return directory(draw(st.dictionaries(names, nodes, max_size=8)), mode=draw(ANY["mode"]))


few = settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(roots(), st.sampled_from(["gzip", "zstd", "none"]), st.booleans())
def test_our_reader_finds_what_was_written(root: Node, codec: str, fragments: bool) -> None:
    data = image_bytes(root, codec, block_size=BLOCK_SIZE, fragments=fragments)
    trees.assert_equal(views.expected(root), views.found(open_image(io.BytesIO(data))))


@pytest.mark.root
@few
@given(roots(), st.sampled_from(["gzip", "zstd", "none"]))
def test_the_kernel_finds_what_was_written(root: Node, codec: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "image"
        path.write_bytes(image_bytes(root, codec, block_size=BLOCK_SIZE))
        with trees.mounted(path, Path(folder) / "tree") as mounted:
            trees.assert_equal(views.expected(root), trees.read(mounted))


@pytest.mark.root
@few
@given(roots(), st.sampled_from(["gzip", "zstd", "none"]))
def test_unsquashfs_finds_what_was_written(root: Node, codec: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "image"
        path.write_bytes(image_bytes(root, codec, block_size=BLOCK_SIZE))
        trees.assert_equal(views.expected(root), trees.read(trees.unsquashed(path, Path(folder) / "tree")))

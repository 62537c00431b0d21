"""SIF files that were damaged or made to harm: taken apart, or an error of the family, soon and without much memory."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sregistry.disassembly.sif import read_parts
from sregistry.errors import SregistryError
from tests.disassembly.sifs import CONFIG
from tests.support import images, tars
from tests.support.building import build_sif


class Nowhere:
    """Takes bytes, up to a limit that no small image reaches."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: bytes | bytearray, /) -> None:
        self.size += len(data)
        assert self.size < 64 << 20


@pytest.fixture(scope="module")
def sif(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small image with one of each, its metadata not compressed so that changes get through."""
    members = [
        tars.directory("d"),
        tars.file("d/f", b"x" * 200_000, xattrs={"user.x": b"y"}),
        tars.file("d/g", b"short"),
        tars.hardlink("h", "d/f"),
        tars.symlink("l", "d"),
        tars.device("c", 1, 3),
        tars.fifo("p"),
    ]
    made = images.image([tars.archive(*members)], CONFIG)
    return build_sif(made, tmp_path_factory.mktemp("sif") / "a.sif", compression="none")


#: In the descriptors, the objects, the superblock, and the tables, which stand at the end.
PLACES = st.one_of(st.integers(0, 40_000), st.integers(-9000, -1))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(PLACES, st.integers(0, 255)), min_size=1, max_size=4))
def test_any_change_is_survived(sif: Path, changes: list[tuple[int, int]]) -> None:
    changed = bytearray(sif.read_bytes())
    for place, value in changes:
        changed[place] = value
    with contextlib.suppress(SregistryError):
        parts = read_parts(io.BytesIO(changed))
        parts.document(parts.write(Nowhere(), "none", None, workers=1, limit=32 << 20))

"""The fuzz targets run: over their seeds, and under Hypothesis over seeds that are cut, changed and extended."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.targets import TARGETS

#: Targets whose seeds are so large that one run takes long.
HEAVY = frozenset({"layer", "saved_archive", "sif", "contents", "squashfs"})


@cache
def seeds(name: str) -> list[bytes]:
    return TARGETS[name].seeds()


@st.composite
def damaged(draw: st.DrawFn, name: str) -> bytes:
    """A seed that is cut, with some bytes changed and others put in, or any bytes."""
    data = bytearray(draw(st.sampled_from(seeds(name)) | st.binary(max_size=200)))
    for _ in range(draw(st.integers(0, 6))):
        place = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(("cut", "change", "insert", "repeat"))):
            case "cut":
                del data[place:]
            case "change" if place < len(data):
                data[place] ^= 1 << draw(st.integers(0, 7))
            case "insert":
                data[place:place] = draw(st.binary(max_size=8) | st.sampled_from([b'"', b"{", b"[", b"0", b"null"]))
            case "repeat":
                data[place:place] = data[place : place + draw(st.integers(0, 64))]
    return bytes(data)


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_are_read(name: str) -> None:
    for seed in seeds(name):
        TARGETS[name].run(seed)


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_comes_gives_an_answer_or_an_error_of_the_family(name: str) -> None:
    @settings(max_examples=40 if name in HEAVY else 400)
    @given(damaged(name))
    def examine(data: bytes) -> None:
        TARGETS[name](data)

    examine()

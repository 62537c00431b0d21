"""The corpus through the conversion of layers and their merging: accepted, or refused with the code it names."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sregistry.assembly.merge import merge
from sregistry.errors import SregistryError
from sregistry.layers.errors import LayerError
from sregistry.packs import CompressionPool, Limits, Pack, convert
from sregistry.squashfs.compressors import get_compressor
from tests.layers import difficult
from tests.layers.corpus import CASES, REFUSED, STORED

#: The folder is the same for all examples of a property; every example writes the same files anew.
PROPERTY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def pool() -> Iterator[CompressionPool]:
    pool = CompressionPool(get_compressor("none"), 1)
    yield pool
    pool.close()


def names_of(layers: list[bytes], folder: Path, pool: CompressionPool) -> set[bytes]:
    """Convert and merge layers; return the paths in the tree."""
    with ExitStack() as stack:
        packs = []
        for number, layer in enumerate(layers):
            path = folder / f"{number}.pack"
            with path.open("wb+") as out:
                convert(io.BytesIO(layer), out, pool, block_size=131072, diff_id=None, limits=Limits())
            pack = Pack(path)
            stack.callback(pack.close)
            packs.append(pack)
        root = merge(packs, 0).tree.root
        waiting, found = [(b"", root)], set()
        while waiting:
            prefix, node = waiting.pop()
            found |= {prefix + name for name in node.children}
            waiting += [(prefix + name + b"/", child) for name, child in node.children.items()]
        return found


@pytest.mark.parametrize("name", CASES)
def test_difficult_layers_are_accepted(name: str, tmp_path: Path, pool: CompressionPool) -> None:
    names_of(CASES[name], tmp_path, pool)


@pytest.mark.parametrize("name", REFUSED)
def test_impossible_layers_are_refused_by_name(name: str, tmp_path: Path, pool: CompressionPool) -> None:
    with pytest.raises(SregistryError) as caught:
        names_of(REFUSED[name].layers, tmp_path, pool)
    assert caught.value.code == REFUSED[name].code


@pytest.mark.parametrize("way", STORED)
def test_every_way_to_store_a_layer_is_read(way: str, tmp_path: Path, pool: CompressionPool) -> None:
    layers = CASES["opaque-last"]
    assert names_of([STORED[way](layer) for layer in layers], tmp_path, pool) == names_of(layers, tmp_path, pool)


@PROPERTY
@given(data=st.data())
def test_whatever_is_legal_is_accepted(data: st.DataObject, tmp_path: Path, pool: CompressionPool) -> None:
    layers = data.draw(difficult.images())
    names_of(data.draw(difficult.stored(layers)), tmp_path, pool)


@PROPERTY
@given(layer=difficult.damaged())
def test_damage_gives_an_error_of_ours_or_none(layer: bytes, tmp_path: Path, pool: CompressionPool) -> None:
    with contextlib.suppress(LayerError):
        names_of([layer], tmp_path, pool)

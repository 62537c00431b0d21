"""The table of codecs is the one of squashfs, and of what can be asked for."""

from __future__ import annotations

import pytest

from sregistry.codecs import CODECS, READ, WRITTEN
from sregistry.settings.values import read_compression
from sregistry.squashfs.compressors import find_reader, get_compressor


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_written_can_be_asked_for_at_each_of_its_levels(name: str) -> None:
    for level in (None, *CODECS[name].levels):
        asked = read_compression(name if level is None else f"{name}:{level}")
        compressor = get_compressor(asked.codec, asked.level)
        assert (compressor.id, compressor.level) == (CODECS[name].id, level or CODECS[name].default)


@pytest.mark.parametrize("name", READ)
def test_what_is_read_has_a_reader(name: str) -> None:
    assert callable(find_reader(CODECS[name].id))


@pytest.mark.parametrize("name", sorted(set(CODECS) - set(WRITTEN)))
def test_what_is_not_written_cannot_be_asked_for(name: str) -> None:
    with pytest.raises(ValueError):
        read_compression(name)

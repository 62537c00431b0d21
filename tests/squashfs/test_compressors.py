"""Codecs: what the kernel demands of a block, and what readers refuse."""

from __future__ import annotations

import lzma
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
import zstandard

from sregistry.codecs import CODECS
from sregistry.squashfs import compressors
from sregistry.squashfs.compressors import GZIP, XZ, ZSTD, decompress, get_compressor
from sregistry.squashfs.errors import SquashfsError
from tests.squashfs.examples import noise, text

BLOCKS = [b"x", text(8192), bytes(131072), noise(131072), text(1 << 20)]


@pytest.mark.parametrize("block", BLOCKS, ids=len)
@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_blocks_come_back(name: str, block: bytes) -> None:
    compressor = get_compressor(name)
    assert decompress(compressor.id, compressor.compress(block), len(block)) == block


@pytest.mark.parametrize("level", range(1, 13))
def test_gzip_blocks_are_zlib_streams_at_every_level(level: int) -> None:
    assert zlib.decompress(get_compressor("gzip", level).compress(text(9000))) == text(9000)


@pytest.mark.parametrize("block", BLOCKS, ids=len)
@pytest.mark.parametrize("level", [1, 3, 9, 19, 22])
def test_zstd_blocks_are_one_frame_with_a_window_no_larger_than_the_block(level: int, block: bytes) -> None:
    """Kernels size their decoder by the block and refuse frames that ask for more."""
    frame = get_compressor("zstd", level).compress(block)
    found = zstandard.get_frame_parameters(frame)
    assert found.content_size == len(block)
    assert found.window_size <= max(len(block), 8192)
    assert not found.has_checksum
    assert zstandard.ZstdDecompressor().decompress(frame, allow_extra_data=False) == block


def test_none_never_makes_a_block_smaller() -> None:
    assert get_compressor("none").compress(text(9000)) == text(9000)


def test_levels_have_defaults_and_are_part_of_the_identity() -> None:
    gzip, zstd = get_compressor("gzip"), get_compressor("zstd")
    assert (gzip.level, zstd.level, get_compressor("none").level) == (3, 3, None)
    assert gzip.identity.startswith("gzip:3:libdeflate:")
    assert zstd.identity.startswith("zstd:3:")
    assert get_compressor("gzip", 5).identity != gzip.identity


@pytest.mark.parametrize("name, level", [("gzip", 0), ("gzip", 13), ("zstd", 23), ("zstd", -1)])
def test_other_levels_are_refused(name: str, level: int) -> None:
    with pytest.raises(SquashfsError) as caught:
        get_compressor(name, level)
    assert caught.value.code == "squashfs-level"


def test_other_codecs_are_refused_with_those_that_there_are() -> None:
    with pytest.raises(SquashfsError) as caught:
        get_compressor("lzo")
    assert (caught.value.code, caught.value.facts["known"]) == ("squashfs-compressor", ["gzip", "zstd", "none"])


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_a_compressor_may_be_used_by_many_threads(name: str) -> None:
    compressor = get_compressor(name)
    blocks = [text(1000 * number) for number in range(1, 50)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(compressor.compress, blocks)) == [compressor.compress(block) for block in blocks]


PACKED = {
    GZIP: zlib.compress(text(5000)),
    XZ: lzma.compress(text(5000), check=lzma.CHECK_CRC32),
    ZSTD: zstandard.compress(text(5000)),
}


@pytest.mark.parametrize("compressor", PACKED)
def test_blocks_longer_than_allowed_are_refused(compressor: int) -> None:
    assert decompress(compressor, PACKED[compressor], 5000) == text(5000)
    with pytest.raises(SquashfsError) as caught:
        decompress(compressor, PACKED[compressor], 4999)
    assert caught.value.code == "squashfs-corrupt"


@pytest.mark.parametrize("compressor", PACKED)
def test_blocks_that_end_too_early_or_make_no_sense_are_refused(compressor: int) -> None:
    for payload in (PACKED[compressor][:-5], b"", b"nonsense", PACKED[compressor][:1]):
        with pytest.raises(SquashfsError) as caught:
            decompress(compressor, payload, 8192)
        assert caught.value.code == "squashfs-corrupt"


def test_a_frame_that_promises_too_much_is_refused_before_room_is_made() -> None:
    bomb = zstandard.ZstdCompressor(level=19).compress(bytes(1 << 28))
    with pytest.raises(SquashfsError) as caught:
        decompress(ZSTD, bomb, 131072)
    assert caught.value.code == "squashfs-corrupt"


@pytest.mark.parametrize("compressor", [*(CODECS[name].id for name in ("lzma", "lzo", "lz4")), 0, 7])
def test_codecs_that_are_not_read_are_named(compressor: int) -> None:
    with pytest.raises(SquashfsError) as caught:
        decompress(compressor, b"", 1)
    assert caught.value.code == "squashfs-compressor"
    assert caught.value.facts["codec"] == compressors.NAMES.get(compressor, str(compressor))

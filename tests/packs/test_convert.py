"""A layer becomes a pack: the same bytes whatever the timing, memory bounded, every fault named."""

from __future__ import annotations

import gzip
import hashlib
import io
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sregistry.digests import Digest
from sregistry.errors import SregistryError
from sregistry.layers.errors import LayerError
from sregistry.packs import CompressionPool, Limits, Pack, PackError, convert
from sregistry.packs.format import RECORD
from sregistry.squashfs.compressors import Compressor, get_compressor
from tests.layers.blocks import noise
from tests.support.tars import archive, directory, file

BLOCK = 1 << 17


@pytest.fixture
def pool() -> Iterator[CompressionPool]:
    with CompressionPool(get_compressor("gzip"), 2) as pool:
        yield pool


def layer() -> bytes:
    return archive(
        directory("d"),
        file("d/small", b"few bytes"),
        file("d/again", b"few bytes"),
        file("d/large", noise(b"large", 5 * BLOCK + 17)),
        file("d/text", b"a line of text\n" * 40000),
        file("d/zeros", bytes(3 * BLOCK)),
        file("d/empty"),
    )


def pack_bytes(data: bytes, pool: CompressionPool, **more: object) -> bytes:
    out = io.BytesIO()
    options = {"block_size": BLOCK, "diff_id": None, "limits": Limits(), **more}
    convert(io.BytesIO(data), out, pool, **options)  # type: ignore[arg-type]
    return out.getvalue()


def opened(data: bytes, folder: Path) -> Pack:
    path = folder / "x.pack"
    path.write_bytes(data)
    return Pack(path)


class _Moody:
    """A codec that takes its time for some blocks, so that they finish out of order."""

    name, id, level, identity = "gzip", 1, 1, "moody"

    def __init__(self, inner: Compressor) -> None:
        self._inner = inner

    def compress(self, block: bytes) -> bytes:
        time.sleep((block[0] % 3) / 300)
        return self._inner.compress(block)


def test_the_bytes_of_a_pack_do_not_depend_on_timing(pool: CompressionPool) -> None:
    with CompressionPool(_Moody(get_compressor("gzip")), 5) as moody:
        assert pack_bytes(layer(), moody) == pack_bytes(layer(), pool)


def test_gzip_members_zstd_and_plain_give_one_pack(pool: CompressionPool) -> None:
    import zstandard

    data = layer()
    members = gzip.compress(data[:1000]) + gzip.compress(data[1000:])
    frames = zstandard.compress(data[:5000]) + zstandard.compress(data[5000:])
    assert pack_bytes(members, pool) == pack_bytes(data, pool) == pack_bytes(frames, pool)


def test_equal_small_files_are_stored_once_and_zeros_not_at_all(pool: CompressionPool, tmp_path: Path) -> None:
    with opened(pack_bytes(layer(), pool), tmp_path) as pack:
        index = pack.index()
        assert pack.entries == 7
        records = {index.heap[r[6] : r[6] + r[7]]: r for r in RECORD.iter_unpack(index.records)}
        assert records[b"d/small"][15:17] == records[b"d/again"][15:17]
        assert records[b"d/small"][18] == records[b"d/again"][18]
        assert records[b"d/zeros"][17] == 3 * BLOCK
        assert index.checksums.end < 5 * BLOCK + 17 + 20000


def test_the_unpacked_layer_must_be_the_one_the_config_names(pool: CompressionPool) -> None:
    data = layer()
    right = Digest("sha256", hashlib.sha256(data).hexdigest())
    assert pack_bytes(gzip.compress(data), pool, diff_id=right)
    with pytest.raises(LayerError) as caught:
        pack_bytes(gzip.compress(data), pool, diff_id=Digest.of(b"another"))
    assert caught.value.code == "layer-diff-id-mismatch"
    assert caught.value.facts["actual"] == str(right)


@pytest.mark.parametrize(
    ("limits", "code", "setting"),
    [
        (Limits(max_layer_entries=6), "layer-too-many-entries", "max_layer_entries"),
        (Limits(max_unpacked_size=1000), "layer-too-large", "max_unpacked_size"),
    ],
)
def test_a_limit_names_the_setting_that_lifts_it(
    limits: Limits, code: str, setting: str, pool: CompressionPool
) -> None:
    with pytest.raises(LayerError) as caught:
        pack_bytes(layer(), pool, limits=limits)
    assert caught.value.code == code
    assert caught.value.facts["setting"] == setting


def test_zeros_that_become_a_hole_are_no_bomb(pool: CompressionPool) -> None:
    lastlog = gzip.compress(archive(file("var/log/lastlog", bytes(64 << 20))))
    assert len(pack_bytes(lastlog, pool, limits=Limits(unquestioned=1 << 20))) < 10_000


def test_a_bomb_is_stopped(pool: CompressionPool) -> None:
    bomb = gzip.compress(archive(file("ones", b"1" * (64 << 20))))
    with pytest.raises(LayerError) as caught:
        pack_bytes(bomb, pool, limits=Limits(unquestioned=1 << 20))
    assert caught.value.code == "layer-expands-too-far"
    assert caught.value.facts["setting"] == "max_expansion_ratio"


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda data: data[:-30], "layer-compression-truncated"),
        (lambda data: data[:5000] + bytes([data[5000] ^ 8]) + data[5001:], "layer-compression-corrupt"),
    ],
)
def test_damaged_compression_is_named(spoil: Callable[[bytes], bytes], code: str, pool: CompressionPool) -> None:
    with pytest.raises(LayerError) as caught:
        pack_bytes(spoil(gzip.compress(archive(file("x", noise(b"x", 50000))))), pool)
    assert caught.value.code in {code, "layer-tar-truncated"}


def test_an_error_of_the_stream_passes_through_unchanged(pool: CompressionPool) -> None:
    class Broken:
        def __init__(self) -> None:
            self.source = io.BytesIO(gzip.compress(noise(b"stream", 400000)))

        def read(self, size: int = -1) -> bytes:
            if self.source.tell() > 100000:
                raise SregistryError("network-reset", "the connection broke")
            return self.source.read(min(size, 30000))

    with pytest.raises(SregistryError) as caught:
        convert(Broken(), io.BytesIO(), pool, block_size=BLOCK, diff_id=None, limits=Limits())
    assert caught.value.code == "network-reset"


@pytest.mark.parametrize("keep", [0, 10, 200, -1])
def test_a_pack_that_was_cut_is_not_used(keep: int, pool: CompressionPool, tmp_path: Path) -> None:
    data = pack_bytes(layer(), pool)
    with pytest.raises(PackError) as caught:
        opened(data[:keep], tmp_path)
    assert caught.value.code == "pack-unusable"


def test_a_flipped_bit_in_the_index_is_noticed(pool: CompressionPool, tmp_path: Path) -> None:
    data = bytearray(pack_bytes(layer(), pool))
    data[-200] ^= 1
    with opened(bytes(data), tmp_path) as pack, pytest.raises(PackError):
        pack.index()

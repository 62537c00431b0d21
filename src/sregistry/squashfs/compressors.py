"""Codecs of blocks: gzip (zlib streams by libdeflate), zstd (one frame per block), none; reading also xz.

Rules a kernel enforces: gzip blocks are zlib streams with header and Adler-32; a zstd block is a single
frame whose window is not larger than the block, which one-shot compression of the whole block gives.
Level and library decide the bytes, so both are part of a codec's `identity`.
"""

from __future__ import annotations

import lzma
import threading
from collections.abc import Callable
from functools import partial
from typing import Protocol, cast

from sregistry.codecs import CODECS, WRITTEN
from sregistry.resources.memory import require
from sregistry.squashfs.errors import SquashfsError, corrupt

GZIP, XZ, ZSTD = (CODECS[name].id for name in ("gzip", "xz", "zstd"))
NAMES = {codec.id: name for name, codec in CODECS.items() if name != "none"}
#: More than libdeflate takes, with room for the result: up to level 9, and above.
_TABLES, _LARGE_TABLES, _LARGE_LEVEL = 2 << 20, 12 << 20, 10


class Compressor(Protocol):
    """Compresses single blocks; safe to use from many threads.

    Attributes:
        name: "gzip", "zstd" or "none".
        id: the superblock's compressor number.
        level: None where the codec has none.
        identity: codec, level and library version; equal identity means equal bytes.
    """

    name: str
    id: int
    level: int | None
    identity: str

    def compress(self, block: bytes | memoryview) -> bytes | bytearray | memoryview:
        """Return the payload of one block; the caller stores the block raw if that is not smaller."""
        ...


class _Gzip:
    name = "gzip"
    id = GZIP

    def __init__(self, level: int) -> None:
        import deflate

        self._level = level
        self.level: int | None = level
        self.identity = f"gzip:{level}:libdeflate:{deflate.__version__}"
        self._compress = deflate.zlib_compress

    def compress(self, block: bytes | memoryview) -> bytes | bytearray | memoryview:
        # The library uses the memory for its tables without asking whether it got any.
        require(_LARGE_TABLES if self._level >= _LARGE_LEVEL else _TABLES)
        return self._compress(block, self._level)


class _Zstd:
    name = "zstd"
    id = ZSTD

    def __init__(self, level: int) -> None:
        import zstandard

        self.level: int | None = level
        self.identity = f"zstd:{level}:{'.'.join(map(str, zstandard.ZSTD_VERSION))}"
        self._make = partial(zstandard.ZstdCompressor, level=level, write_checksum=False)
        self._local = threading.local()

    def compress(self, block: bytes | memoryview) -> bytes | bytearray | memoryview:
        compressor = getattr(self._local, "compressor", None)
        if compressor is None:
            compressor = self._local.compressor = self._make()
        return compressor.compress(block)


class _Store:
    """No compression: every block is stored as it is, in an image that any reader can open."""

    name = "none"
    id = GZIP
    level: int | None = None
    identity = "none"

    def compress(self, block: bytes | memoryview) -> bytes | bytearray | memoryview:
        return block


def get_compressor(name: str, level: int | None = None) -> Compressor:
    """Return the codec `name` at `level` (its default for None).

    Raises SquashfsError ``squashfs-compressor`` for other names, ``squashfs-level`` for levels out of range.
    """
    make = _WRITERS.get(name)
    if make is None:
        raise SquashfsError(
            "squashfs-compressor", f"no image is written with the codec {name!r}", codec=name, known=list(WRITTEN)
        )
    levels = CODECS[name].levels
    chosen = CODECS[name].default if level is None else level
    if chosen is None or not levels:
        return _Store()
    if chosen not in levels:
        raise SquashfsError(
            "squashfs-level",
            f"{name} has the levels {levels[0]} to {levels[-1]}, not {chosen}",
            codec=name,
            expected=f"{levels[0]} to {levels[-1]}",
        )
    return make(chosen)


def decompress(compressor: int, payload: bytes, limit: int) -> bytes:
    """Return the unpacked block, at most `limit` bytes.

    Raises SquashfsError ``squashfs-compressor`` for a codec that is not read here, ``squashfs-corrupt``.
    """
    reader = find_reader(compressor)
    try:
        data = reader(payload, limit)
    except (lzma.LZMAError, ValueError, EOFError, MemoryError) as error:
        raise corrupt(f"a compressed block cannot be unpacked ({error})") from error
    if len(data) > limit:
        raise corrupt("a compressed block is too long")
    return data


def find_reader(compressor: int) -> Callable[[bytes, int], bytes]:
    """Return what unpacks a block; raise SquashfsError ``squashfs-compressor`` if there is nothing."""
    reader = _READERS.get(compressor)
    if reader is None:
        name = NAMES.get(compressor, str(compressor))
        raise SquashfsError("squashfs-compressor", f"images compressed with {name} cannot be read here", codec=name)
    return reader


def _read_gzip(payload: bytes, limit: int) -> bytes:
    # In half the time that zlib itself takes.
    from isal import igzip_lib, isal_zlib

    stream = isal_zlib.decompressobj()
    damaged = cast("type[Exception]", igzip_lib.IsalError)  # its stub says that it is an object
    try:
        return _whole(stream.decompress(payload, limit + 1), stream.eof, limit)
    except damaged as error:
        raise ValueError(str(error)) from error


def _read_xz(payload: bytes, limit: int) -> bytes:
    stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=64 << 20)
    return _whole(stream.decompress(payload, limit + 1), stream.eof, limit)


def _whole(data: bytes, ended: bool, limit: int) -> bytes:
    if not ended and len(data) <= limit:
        raise EOFError("it ends too early")
    return data


def _read_zstd(payload: bytes, limit: int) -> bytes:
    import zstandard

    try:
        if zstandard.frame_content_size(payload) > limit:  # the library would make room for it
            raise ValueError("it is too long")
        return zstandard.ZstdDecompressor().decompress(payload, max_output_size=limit)
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error


#: By name: takes a level.
_WRITERS: dict[str, Callable[[int], Compressor]] = {"gzip": _Gzip, "zstd": _Zstd, "none": lambda _: _Store()}
#: By number.
_READERS = {GZIP: _read_gzip, XZ: _read_xz, ZSTD: _read_zstd}

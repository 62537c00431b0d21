"""The corpus of difficult layers: `CASES` by name, each feature alone; `STORED` ways to store one tar as a blob.

All of `CASES` must be accepted; `REFUSED` must be turned down with the code it names. The bytes are the same on every
machine and every run.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import zstandard

from tests.layers import changes, contents, dialects
from tests.layers.blocks import (
    BLOCK,
    CHARACTER,
    END,
    FILE,
    archive,
    directory,
    extended,
    file,
    hardlink,
    header,
    long,
    noise,
    patched,
    symlink,
)

CASES: dict[str, list[bytes]] = {
    **dialects.FORMATS,
    **contents.SIZES,
    **contents.HOLES,
    **contents.KINDS,
    **contents.NAMES,
    **contents.ENDS,
    **changes.WHITEOUTS,
    **changes.REPLACEMENTS,
    **changes.LINKS,
}


#: What umoci, which otherwise must agree with us about `CASES`, does not accept.
UMOCI_REFUSES = frozenset({"contiguous-file", "pax-global-comment", "sparse-old-gnu"})

#: Where umoci accepts a case but leaves another tree, and how.
UMOCI_DIFFERS = {
    "xattr-empty": "drops attributes without a value",
    "whiteout-in-missing-directory": "makes no directory for a whiteout (Docker does)",
    "opaque-of-missing-directory": "makes no directory for an opaque marker (Docker does)",
}


def gzipped(tar: bytes, level: int = 6) -> bytes:
    """One gzip member without a time."""
    return gzip.compress(tar, level, mtime=0)


def _members(tar: bytes, size: int) -> bytes:
    return b"".join(gzipped(tar[at : at + size]) for at in range(0, max(len(tar), 1), size))


def _named_gzip(tar: bytes) -> bytes:
    """A member with all optional fields: extra, file name, comment, header checksum."""
    head = b"\x1f\x8b\x08\x1e" + bytes(4) + b"\0\x03" + b"\x04\0ab\0\0" + b"layer.tar\0" + b"a comment\0"
    plain = gzipped(tar)
    return head + (zlib.crc32(head) & 0xFFFF).to_bytes(2, "little") + plain[10:]


def _zstd(tar: bytes, level: int = 3) -> bytes:
    return zstandard.ZstdCompressor(level).compress(tar)


def _zstd_frames(tar: bytes) -> bytes:
    """Frames of 1000 bytes with a skippable one between them, as zstd:chunked has."""
    skippable = b"\x50\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"table"
    return skippable.join(_zstd(tar[at : at + 1000]) for at in range(0, max(len(tar), 1), 1000)) + skippable


def _zstd_stream(tar: bytes) -> bytes:
    """A frame that does not say its content's size."""
    return zstandard.ZstdCompressor(3, write_content_size=False, write_checksum=True).compress(tar)


def _zstd_long(tar: bytes) -> bytes:
    """As ``zstd --ultra -22 --long=31`` does it: the largest window that there is."""
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=31, enable_ldm=True)
    encoder = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return encoder.compress(tar) + encoder.flush()


def _skippable_first(tar: bytes) -> bytes:
    """As pzstd does it: a skippable frame before each frame."""
    pieces = [tar[at : at + 5000] for at in range(0, max(len(tar), 1), 5000)]
    kinds = (bytes([0x50 + number % 16]) for number in range(len(pieces)))
    return b"".join(
        kind + b"\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"size" + _zstd(piece)
        for kind, piece in zip(kinds, pieces, strict=True)
    )


def _xz_large(tar: bytes) -> bytes:
    """With a dictionary of 3 GiB by its header: next to nothing of it is touched."""
    data = bytearray(lzma.compress(tar, filters=[{"id": lzma.FILTER_LZMA2, "preset": 1}]))
    header, size = 12, 4 * (data[12] + 1)
    data[header + 4] = 39
    data[header + size - 4 : header + size] = zlib.crc32(data[header : header + size - 4]).to_bytes(4, "little")
    return bytes(data)


#: How one tar may be stored as a layer, whatever its media type says.
STORED: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzipped,
    "gzip-level-0": lambda tar: gzipped(tar, 0),
    "gzip-members": lambda tar: _members(tar, 700),
    "gzip-empty-members": lambda tar: gzipped(b"") + gzipped(tar) + gzipped(b""),
    "gzip-named": _named_gzip,
    "zstd": _zstd,
    "zstd-level-19": lambda tar: _zstd(tar, 19),
    "zstd-frames": _zstd_frames,
    "zstd-stream": _zstd_stream,
    "zstd-long": _zstd_long,
    "zstd-skippable-first": _skippable_first,
    "xz-large-dictionary": _xz_large,
    "xz": lambda tar: lzma.compress(tar, preset=1),
    "bzip2": bz2.compress,
}


def zstd_window(tar: bytes, exponent: int = 32) -> bytes:
    """A zstd stream whose header asks for a window of 2 ** exponent bytes."""
    encoder = zstandard.ZstdCompressor(3).compressobj()
    data = bytearray(encoder.compress(tar) + encoder.flush())
    data[5] = (exponent - 10) << 3
    return bytes(data)


@dataclass(frozen=True)
class Refused:
    """Layers, bottom first, and the code of the error they must give."""

    layers: list[bytes]
    code: str


def _one(code: str, *members: bytes, end: bytes = END) -> Refused:
    return Refused([archive(*members, end=end)], code)


_TEXT = b"content\n"
REFUSED: dict[str, Refused] = {
    "name-dotdot": _one("layer-escape", file(b"../../escape", _TEXT)),
    "name-dotdot-absolute": _one("layer-escape", file(b"/../escape", _TEXT)),
    "name-dotdot-in-pax": _one("layer-escape", extended({b"path": b"a/../../escape"}), file(b"f", _TEXT)),
    "name-dotdot-long": _one("layer-escape", long(b"../" * 60 + b"escape"), file(b"f", _TEXT)),
    "directory-dotdot": _one("layer-escape", directory(b"../d/")),
    "whiteout-dotdot": _one("layer-escape", file(b"../.wh.escape")),
    "hardlink-dotdot": _one("layer-escape", hardlink(b"h", b"../../etc/passwd")),
    "hardlink-missing": _one("layer-link-target-missing", hardlink(b"h", b"missing")),
    "hardlink-before-target": _one("layer-link-target-missing", hardlink(b"h", b"f"), file(b"f", _TEXT)),
    "hardlink-to-itself": _one("layer-link-target-missing", hardlink(b"h", b"h")),
    "hardlink-to-directory": _one("layer-link-target-directory", directory(b"d/"), hardlink(b"h", b"d")),
    "name-nul-in-pax": _one("layer-name-invalid", extended({b"path": b"a\0b"}), file(b"f", _TEXT)),
    "name-256-bytes": _one("layer-name-invalid", extended({b"path": b"n" * 256}), file(b"f", _TEXT)),
    "symlink-empty": _one("layer-name-invalid", symlink(b"l", b"")),
    "file-as-parent": _one("layer-parent-not-directory", file(b"f", _TEXT), file(b"f/g", _TEXT)),
    "path-of-5000-parts": _one("layer-path-too-deep", extended({b"path": b"a/" * 5000 + b"f"}), file(b"f", _TEXT)),
    "symlink-loop-as-parent": _one("layer-link-loop", symlink(b"a", b"b"), symlink(b"b", b"a"), file(b"a/f", _TEXT)),
    "root-is-file": _one("layer-root-not-directory", symlink(b"./", b"elsewhere")),
    "whiteout-of-no-name": _one("layer-whiteout-invalid", file(b".wh.")),
    "whiteout-of-dotdot": _one("layer-escape", directory(b"d/"), file(b"d/.wh...")),
    "kind-unknown": _one("layer-entry-kind", header(b"f", b"Z")),
    "owner-of-33-bits": _one("layer-owner-invalid", extended({b"uid": b"4294967296"}), file(b"f", _TEXT)),
    "owner-negative": _one("layer-owner-invalid", file(b"f", _TEXT, uid=-2)),
    "size-negative": _one("layer-tar-invalid", header(b"f", FILE, size=-1)),
    "size-not-a-number": _one("layer-tar-invalid", extended({b"size": b"many"}), file(b"f", _TEXT)),
    "size-without-data": _one("layer-tar-truncated", header(b"f", FILE, size=10 << 30)),
    "size-huge": _one("layer-too-large", header(b"f", FILE, size=1 << 60)),
    "checksum-wrong": _one("layer-tar-invalid", file(b"f", _TEXT, checksum=b"000001\0 ")),
    "checksum-not-a-number": _one("layer-tar-invalid", file(b"f", _TEXT, checksum=b"abcdef\0 ")),
    "second-header-corrupt": _one("layer-tar-invalid", file(b"f", _TEXT), noise(b"corrupt", BLOCK)),
    "pax-too-large": _one("layer-tar-invalid", header(b"x", b"x", size=64 << 20), bytes(1 << 16)),
    "pax-length-wrong": _one("layer-tar-invalid", file(b"x", b"99 path=f\n", kind=b"x"), file(b"f", _TEXT)),
    "pax-without-equals": _one("layer-tar-invalid", file(b"x", b"9 path f\n", kind=b"x"), file(b"f", _TEXT)),
    "pax-then-nothing": _one("layer-tar-invalid", extended({b"path": b"f"})),
    "time-not-a-number": _one("layer-tar-invalid", extended({b"mtime": b"yesterday"}), file(b"f", _TEXT)),
    "time-of-20-digits": _one("layer-tar-invalid", extended({b"mtime": b"99999999999999999999"}), file(b"f", _TEXT)),
    "time-of-20-digits-negative": _one("layer-tar-invalid", extended({b"mtime": b"-" + b"9" * 20}), file(b"f", _TEXT)),
    "time-of-95-bits": _one("layer-tar-invalid", patched(header(b"f"), 136, b"\x80" + b"\x7f" * 11)),
    "xattr-name-of-70000-bytes": _one(
        "layer-tar-invalid", extended({b"SCHILY.xattr.user." + b"n" * 70_000: b"x"}), file(b"f", _TEXT)
    ),
    "header-cut": _one("layer-tar-truncated", file(b"f", _TEXT), end=b"half a header"),
    "data-cut": _one("layer-tar-truncated", file(b"f", bytes(5000), size=50_000), end=b""),
    "sparse-map-descending": _one("layer-tar-invalid", contents.sparse_10(((9000, b"b"), (0, b"a")), 10_000)),
    "sparse-map-beyond-size": _one("layer-tar-invalid", contents.sparse_10(((0, b"a" * 100),), 50)),
    "sparse-bomb": _one("layer-too-large", contents.sparse_10(((0, b"a"),), 1 << 50)),
    "not-a-tar": Refused([noise(b"not a tar", 4096)], "layer-tar-invalid"),
    "not-a-tar-short": Refused([b"#!/bin/sh\necho this is a script\n"], "layer-tar-invalid"),
    "device-number-not-a-number": _one("layer-tar-invalid", patched(header(b"c", CHARACTER), 329, b"x234567\0")),
}

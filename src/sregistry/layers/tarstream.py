"""Tar bytes -> entries, one pass, no seeking, nothing written.

Reads v7, ustar, PAX (POSIX.1-2017 pax, "pax Interchange Format") and GNU tar (long names, base-256
numbers, sparse files of all four kinds). Where dialects disagree it follows Go's archive/tar, because
that is what wrote and what reads nearly every layer.

    reader = TarReader(tar_bytes.read)
    for entry in reader:                    # `reader.content(entry)` must be drained by the caller,
        for block in reader.content(size):  # or the next step skips what is left
            ...
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sregistry.layers import pax, sparse
from sregistry.layers.entries import Entry, Kind, as_whiteout, normalise
from sregistry.layers.errors import LayerError

BLOCK = 512
#: PAX headers and GNU long names are held in memory; Go's reader has the same limit.
MAX_SPECIAL = 1 << 20
MAX_SIZE = 1 << 62

_KINDS = {
    b"0": Kind.FILE,
    b"\0": Kind.FILE,
    b"7": Kind.FILE,
    b"S": Kind.FILE,
    b"1": Kind.HARDLINK,
    b"2": Kind.SYMLINK,
    b"3": Kind.CHARACTER,
    b"4": Kind.BLOCK,
    b"5": Kind.DIRECTORY,
    b"6": Kind.FIFO,
}
_ZERO_BLOCK = bytes(BLOCK)
#: What else is pushed as a layer, by its first bytes; compressed data here has been unpacked once already.
_LOOKS = (
    (b"\x1f\x8b", "compressed twice: what is inside the compressed data is gzip data"),
    (b"\x28\xb5\x2f\xfd", "compressed twice: what is inside the compressed data is zstd data"),
    (b"\xfd7zXZ\0", "compressed twice: what is inside the compressed data is xz data"),
    (b"BZh", "compressed twice: what is inside the compressed data is bzip2 data"),
    (b"\x04\x22\x4d\x18", "data compressed with lz4, which no container runtime unpacks"),
    (b"LZIP", "data compressed with lzip, which no container runtime unpacks"),
    (b"\x1f\x9d", "data compressed with compress (.Z), which no container runtime unpacks"),
    (b"PK\x03\x04", "a zip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"hsqs", "a squashfs filesystem"),
    (b"<!doctype html", "a web page (HTML)"),
    (b"<html", "a web page (HTML)"),
    (b"<?xml", "an XML document"),
    (b"{", "JSON"),
)


_ADLER = 65521


def _sum(data: bytes) -> int:
    """The sum of all bytes modulo 65521, faster than by `sum`: the low half of Adler-32 from 0 (RFC 1950, 8.2)."""
    return zlib.adler32(data, 0) & 0xFFFF


class _Buffer:
    """Exact reads over a source of arbitrary pieces."""

    __slots__ = ("_chunk", "_position", "_read", "base")

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._chunk = b""
        self._position = 0
        self.base = 0  # offset of _chunk in the tar

    @property
    def offset(self) -> int:
        return self.base + self._position

    def _next(self) -> bool:
        self.base += len(self._chunk)
        self._chunk = self._read(1 << 20)
        self._position = 0
        return bool(self._chunk)

    def take(self, size: int) -> bytes:
        """Return `size` bytes, or fewer at the end of the stream."""
        start = self._position
        end = start + size
        if end <= len(self._chunk):
            self._position = end
            return self._chunk[start:end]
        pieces = [self._chunk[start:]]
        missing = size - len(pieces[0])
        self._position = len(self._chunk)
        while missing and self._next():
            piece = self._chunk[:missing]
            self._position = len(piece)
            missing -= len(piece)
            pieces.append(piece)
        return b"".join(pieces)

    def view(self, size: int) -> bytes | memoryview:
        """Like `take`, without a copy where the bytes lie in one piece."""
        start = self._position
        end = start + size
        if end > len(self._chunk):
            return self.take(size)
        self._position = end
        return memoryview(self._chunk)[start:end]

    def skip(self, size: int) -> int:
        """Pass over `size` bytes; return how many there were."""
        left = size
        while left:
            step = min(left, len(self._chunk) - self._position)
            self._position += step
            left -= step
            if left and not self._next():
                break
        return size - left

    def drain(self) -> None:
        """Read to the end of the stream."""
        while self._next():
            self._position = len(self._chunk)


@dataclass(slots=True)
class _Pending:
    """What extension headers said about the next member."""

    records: dict[bytes, bytes] = field(default_factory=dict)
    sparse_pairs: list[tuple[bytes, bytes]] = field(default_factory=list)
    name: bytes | None = None
    link: bytes | None = None


class TarReader:
    """Iterates over the entries of one tar; see the module docstring.

    Args:
        read: gives the next bytes of the tar (at most the size asked), b"" at the end.
        max_entries: LayerError ``layer-too-many-entries`` beyond this.

    Raises LayerError with a ``layer-tar-*``, ``layer-name-invalid`` or ``layer-escape`` code.
    """

    def __init__(self, read: Callable[[int], bytes], *, max_entries: int) -> None:
        self._buffer = _Buffer(read)
        self._globals: dict[bytes, bytes] = {}
        self._left = 0  # stored bytes of the current member not yet read
        self._padding = 0
        self._max_entries = max_entries
        self._header_offset = 0
        self.count = 0

    def __iter__(self) -> Iterator[Entry]:
        while (header := self._next_header()) is not None:
            entry = self._member(header)
            if entry is None:
                continue
            self.count += 1
            if self.count > self._max_entries:
                raise LayerError(
                    "layer-too-many-entries",
                    f"the layer has more than {self._max_entries} entries",
                    limit=self._max_entries,
                    setting="max_layer_entries",
                )
            yield entry
        self._buffer.drain()

    def content(self, size: int) -> Iterator[bytes | memoryview]:
        """Yield the stored bytes of the entry just returned, in pieces of `size` (the last may be shorter)."""
        while self._left:
            step = min(size, self._left)
            data = self._buffer.view(step)
            if len(data) < step:
                raise self._truncated()
            self._left -= step
            yield data

    def take(self, size: int) -> bytes:
        """Return exactly `size` stored bytes of the current entry."""
        data = self._buffer.take(size)
        if len(data) < size:
            raise self._truncated()
        self._left -= size
        return data

    def _truncated(self) -> LayerError:
        return LayerError(
            "layer-tar-truncated",
            "the tar archive of the layer ends in the middle of an entry",
            offset=self._buffer.offset,
        )

    def _bad(self, detail: str) -> LayerError:
        return LayerError(
            "layer-tar-invalid",
            f"the layer is not a valid tar archive: {detail}",
            offset=self._header_offset,
            detail=detail,
        )

    def _no_tar(self, beginning: bytes) -> LayerError:
        """The error for a layer that is something else from its first byte on."""
        text = beginning.lstrip().lower()
        looks = next((words for magic, words in _LOOKS if beginning.startswith(magic) or text.startswith(magic)), None)
        return LayerError(
            "layer-tar-invalid",
            "the layer is not a tar archive" + (f" but {looks}" if looks else ""),
            offset=0,
            looks_like=looks or "something else",
        )

    def _finish_member(self) -> None:
        if self._buffer.skip(self._left + self._padding) < self._left:
            raise self._truncated()
        self._left = self._padding = 0

    def _next_header(self) -> bytes | None:
        if self._left or self._padding:
            self._finish_member()
        self._header_offset = self._buffer.offset
        header = self._buffer.take(BLOCK)
        if header == _ZERO_BLOCK:
            second = self._buffer.take(BLOCK)
            if second not in (b"", _ZERO_BLOCK):
                raise self._bad("data after a single zero block")
            return None
        if not header:
            return None
        if len(header) < BLOCK:
            raise self._truncated() if self._header_offset else self._no_tar(header)
        self._check(header)
        return header

    def _check(self, header: bytes) -> None:
        try:
            expected = self._number(header[148:156])
        except LayerError:
            expected = None
        # A sum that is wrong by exactly 65521 passes; what is damaged is found by the layer's digest anyway.
        checksum = header[148:156]
        if expected is not None and (_sum(header) - sum(checksum) + 256 - expected) % _ADLER == 0:
            return
        # Old programs added up signed bytes.
        total = sum(header) - sum(checksum) + 256
        signed = total - 256 * sum(byte > 127 for byte in header[:148] + header[156:])
        if signed == expected:
            return
        if not self._header_offset and header[257:262] != b"ustar":
            raise self._no_tar(header)
        raise self._bad(f"the checksum of a header is {'not a number' if expected is None else 'wrong'}")

    def _number(self, field_bytes: bytes) -> int:
        """Octal text, or GNU's base-256 where the first bit is set (two's complement)."""
        try:
            return int(field_bytes.rstrip(b"\0 ") or b"0", 8)
        except ValueError:
            return self._odd_number(field_bytes)

    def _odd_number(self, field_bytes: bytes) -> int:
        if field_bytes[0] & 0x80:
            value = int.from_bytes(field_bytes, "big", signed=False) & ((1 << (8 * len(field_bytes) - 1)) - 1)
            if field_bytes[0] & 0x40:
                value -= 1 << (8 * len(field_bytes) - 1)
            return value
        text = field_bytes.split(b"\0", 1)[0].strip()
        try:
            return int(text, 8) if text else 0
        except ValueError:
            raise self._bad(f"{text[:12]!r} is not an octal number") from None

    def _member(self, header: bytes) -> Entry | None:
        """Read extension headers until a real member; None if it means nothing (a whiteout's book-keeping)."""
        pending = _Pending()
        while True:
            flag = header[156:157]
            size = self._number(header[124:136])
            if flag not in (b"x", b"g", b"L", b"K"):
                return self._entry(header, flag, size, pending)
            self._set_length(size)
            if not 0 <= size <= MAX_SPECIAL:
                raise self._bad(f"an extension header of {size} bytes")
            self._extension(flag, self.take(size), pending)
            following = self._next_header()
            if following is None:
                if flag == b"g":
                    return None
                raise self._bad("an extension header with no member after it")
            header = following

    def _extension(self, flag: bytes, data: bytes, pending: _Pending) -> None:
        if flag == b"L":
            pending.name = data.split(b"\0", 1)[0]
        elif flag == b"K":
            pending.link = data.split(b"\0", 1)[0]
        elif flag == b"g":
            self._globals.update(pax.parse(data)[0])
        else:
            pending.records, pending.sparse_pairs = pax.parse(data)

    def _set_length(self, size: int) -> None:
        if not 0 <= size <= MAX_SIZE:
            raise self._bad(f"an entry of {size} bytes")
        self._left = size
        self._padding = -size % BLOCK

    def _entry(self, header: bytes, flag: bytes, size: int, pending: _Pending) -> Entry | None:
        records = {**self._globals, **pending.records} if self._globals else pending.records
        name = records.get(b"path") or pending.name or self._header_name(header)
        kind = _KINDS.get(flag)
        if kind is None:
            raise LayerError(
                "layer-entry-kind",
                f"the layer has an entry of the unsupported type {flag!r}",
                path=name.decode("utf-8", "surrogateescape"),
                offset=self._header_offset,
            )
        if flag == b"\0" and name.endswith(b"/"):
            kind = Kind.DIRECTORY
        if b"size" in records:
            size = pax.integer(records[b"size"], "size")
        stored = size if kind is Kind.FILE else 0
        self._set_length(stored)
        entry = Entry(normalise(name), kind, self._number(header[100:108]) & 0o7777)
        self._metadata(entry, header, records)
        if kind is Kind.FILE:
            entry.size = stored
            self._sparse(entry, header, flag, pending, records)
        elif kind is Kind.SYMLINK or kind is Kind.HARDLINK:
            self._link(entry, records.get(b"linkpath") or pending.link or header[157:257].split(b"\0", 1)[0])
        elif kind is Kind.CHARACTER or kind is Kind.BLOCK:
            entry.major, entry.minor = self._number(header[329:337]), self._number(header[337:345])
        return as_whiteout(entry)

    @staticmethod
    def _header_name(header: bytes) -> bytes:
        name = header[:100].split(b"\0", 1)[0]
        # GNU's magic ends in blanks and uses the prefix field for other things.
        if header[257:263] == b"ustar\0" and header[345]:
            name = header[345:500].split(b"\0", 1)[0] + b"/" + name
        return name

    def _link(self, entry: Entry, target: bytes) -> None:
        entry.target = normalise(target, what="the target of a hard link") if entry.kind is Kind.HARDLINK else target
        if entry.kind is Kind.SYMLINK and (not target or b"\0" in target or len(target) > 4095):
            raise LayerError(
                "layer-name-invalid",
                "a symbolic link has no usable target",
                path=entry.path.decode("utf-8", "surrogateescape"),
            )

    def _metadata(self, entry: Entry, header: bytes, records: dict[bytes, bytes]) -> None:
        entry.uid = pax.integer(records[b"uid"], "uid") if b"uid" in records else self._number(header[108:116])
        entry.gid = pax.integer(records[b"gid"], "gid") if b"gid" in records else self._number(header[116:124])
        if not (0 <= entry.uid < 1 << 32 and 0 <= entry.gid < 1 << 32):
            raise LayerError(
                "layer-owner-invalid",
                "an entry has an owner that is no 32-bit number",
                path=entry.path.decode("utf-8", "surrogateescape"),
                uid=entry.uid,
                gid=entry.gid,
            )
        entry.mtime = pax.seconds(records[b"mtime"]) if b"mtime" in records else self._number(header[136:148])
        if records:
            entry.xattrs = pax.xattrs(records)

    def _sparse(self, entry: Entry, header: bytes, flag: bytes, pending: _Pending, records: dict[bytes, bytes]) -> None:
        if flag == b"S":
            entry.size = self._number(header[483:495])
            entry.segments = sparse.old_gnu(header, self._number, lambda: self._buffer.take(BLOCK))
        elif b"GNU.sparse.major" in records or pending.sparse_pairs or b"GNU.sparse.map" in records:
            name = records.get(b"GNU.sparse.name")
            if name:
                entry.path = normalise(name)
            real = records.get(b"GNU.sparse.realsize") or records.get(b"GNU.sparse.size")
            entry.size = pax.integer(real, "GNU.sparse.size") if real else entry.size
            entry.segments = sparse.from_pax(records, pending.sparse_pairs, self.take)
        if entry.segments is not None:
            sparse.check(entry.segments, entry.size, self._left)

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

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sregistry.layers import pax, sparse, tarheader
from sregistry.layers.entries import WHITEOUT_PREFIX, Entry, Kind, as_whiteout, normalise
from sregistry.layers.errors import LayerError
from sregistry.layers.tarheader import BLOCK

#: PAX headers and GNU long names are held in memory; Go's reader has the same limit.
MAX_SPECIAL = 1 << 20
MAX_SIZE = 1 << 62
_END_OF_TIME = 1 << 63
#: To Linux this means "leave the owner alone", which is root when an image is unpacked.
_NO_OWNER = (1 << 32) - 1

# Looking up a member of an Enum takes Python 3.11 longer than most of what is done with it here.
_FILE, _SYMLINK, _HARDLINK, _DIRECTORY = Kind.FILE, Kind.SYMLINK, Kind.HARDLINK, Kind.DIRECTORY
_EXTENSIONS = (b"x", b"g", b"L", b"K")
_DEVICES = (Kind.CHARACTER, Kind.BLOCK)
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


class _Buffer:
    """Exact reads over a source of arbitrary pieces."""

    __slots__ = ("_read", "base", "chunk", "position")

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self.chunk = b""
        self.position = 0  # in chunk
        self.base = 0  # offset of chunk in the tar

    @property
    def offset(self) -> int:
        return self.base + self.position

    def _next(self) -> bool:
        self.base += len(self.chunk)
        self.chunk = self._read(1 << 20)
        self.position = 0
        return bool(self.chunk)

    def take(self, size: int) -> bytes:
        """Return `size` bytes, or fewer at the end of the stream."""
        start = self.position
        end = start + size
        if end <= len(self.chunk):
            self.position = end
            return self.chunk[start:end]
        pieces = [self.chunk[start:]]
        missing = size - len(pieces[0])
        self.position = len(self.chunk)
        while missing and self._next():
            piece = self.chunk[:missing]
            self.position = len(piece)
            missing -= len(piece)
            pieces.append(piece)
        return b"".join(pieces)

    def view(self, size: int) -> bytes | memoryview:
        """Like `take`, without a copy where the bytes lie in one piece."""
        start = self.position
        end = start + size
        if end > len(self.chunk):
            return self.take(size)
        self.position = end
        return memoryview(self.chunk)[start:end]

    def skip(self, size: int) -> int:
        """Pass over `size` bytes; return how many there were."""
        left = size
        while left:
            step = min(left, len(self.chunk) - self.position)
            self.position += step
            left -= step
            if left and not self._next():
                break
        return size - left

    def drain(self) -> None:
        """Read to the end of the stream."""
        while self._next():
            self.position = len(self.chunk)


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
        self.count: int = 0

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

    def view(self, size: int) -> bytes | memoryview:
        """Like `take`, without a copy where the bytes lie in one piece."""
        data = self._buffer.view(size)
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
        buffer = self._buffer
        start = buffer.position + self._left + self._padding
        end = start + BLOCK
        # Nearly always the whole header is at hand.
        if end <= len(buffer.chunk):
            self._left = self._padding = 0
            buffer.position = end
            header = buffer.chunk[start:end]
            self._header_offset = buffer.base + start
        else:
            self._finish_member()
            self._header_offset = buffer.base + buffer.position
            header = buffer.take(BLOCK)
        if tarheader.is_sound(header) and len(header) == BLOCK:
            return header
        return self._odd_header(header)

    def _odd_header(self, header: bytes) -> bytes | None:
        """What to make of bytes without the usual checksum: mostly the end of the archive."""
        if header == _ZERO_BLOCK:
            second = self._buffer.take(BLOCK)
            if second not in (b"", _ZERO_BLOCK):
                raise self._bad("data after a single zero block")
            return None
        if not header:
            return None
        if len(header) < BLOCK:
            raise self._truncated() if self._header_offset else self._no_tar(header)
        try:
            if tarheader.is_sound_with_signs(header):
                return header
            what = "wrong"
        except ValueError:
            what = "not a number"
        if not self._header_offset and header[257:262] != b"ustar":
            raise self._no_tar(header)
        raise self._bad(f"the checksum of a header is {what}")

    def _number(self, digits: bytes) -> int:
        try:
            return tarheader.number(digits)
        except ValueError as error:
            raise self._bad(str(error)) from error

    def _member(self, header: bytes) -> Entry | None:
        """Read extension headers until a real member; None if it means nothing (a whiteout's book-keeping)."""
        pending = _Pending()
        flag = header[156:157]
        while flag in _EXTENSIONS:
            size = self._number(header[124:136])
            if not 0 <= size <= MAX_SPECIAL:
                raise self._bad(f"an extension header of {size} bytes")
            self._set_length(size)
            self._extension(flag, self.take(size), pending)
            following = self._next_header()
            if following is None:
                if flag == b"g":
                    return None
                raise self._bad("an extension header with no member after it")
            header = following
            flag = header[156:157]
        return self._entry(header, flag, pending)

    def _extension(self, flag: bytes, data: bytes, pending: _Pending) -> None:
        if flag == b"x":
            pending.records, pending.sparse_pairs = pax.parse(data)
        elif flag == b"L":
            pending.name = data.split(b"\0", 1)[0]
        elif flag == b"K":
            pending.link = data.split(b"\0", 1)[0]
        else:
            self._globals.update(pax.parse(data)[0])

    def _set_length(self, size: int) -> None:
        if not 0 <= size <= MAX_SIZE:
            raise self._bad(f"an entry of {size} bytes")
        self._left = size
        self._padding = -size % BLOCK

    def _entry(self, header: bytes, flag: bytes, pending: _Pending) -> Entry | None:
        records = {**self._globals, **pending.records} if self._globals else pending.records
        name = records.get(b"path") or pending.name or tarheader.name(header)
        kind = tarheader.KINDS.get(flag)
        if kind is None:
            raise LayerError(
                "layer-entry-kind",
                f"the layer has an entry of the unsupported type {flag!r}",
                path=name.decode("utf-8", "surrogateescape"),
                offset=self._header_offset,
            )
        if flag == b"\0" and name.endswith(b"/"):
            kind = _DIRECTORY
        size = self._number(header[124:136])
        if b"size" in records:
            size = pax.integer(records[b"size"], "size")
        if kind is not _FILE:
            size = 0
        self._set_length(size)
        mode, uid, gid = self._mode_and_owner(header, records)
        mtime = pax.seconds(records[b"mtime"]) if b"mtime" in records else self._number(header[136:148])
        if not -_END_OF_TIME <= mtime < _END_OF_TIME:
            raise self._bad("a time of more than 64 bits")
        entry = Entry(normalise(name), kind, mode, uid, gid, mtime, size)
        if not (0 <= uid < _NO_OWNER and 0 <= gid < _NO_OWNER):
            _odd_owner(entry)
        if records:
            entry.xattrs = pax.xattrs(records)
        if kind is _FILE:
            if records or pending.sparse_pairs or flag == b"S":
                self._sparse(entry, header, flag, pending, records)
        elif kind is _SYMLINK or kind is _HARDLINK:
            self._link(entry, records.get(b"linkpath") or pending.link or header[157:257].split(b"\0", 1)[0])
        elif kind in _DEVICES:
            entry.major, entry.minor = self._number(header[329:337]), self._number(header[337:345])
        return as_whiteout(entry) if WHITEOUT_PREFIX in entry.path else entry

    def _mode_and_owner(self, header: bytes, records: dict[bytes, bytes]) -> tuple[int, int, int]:
        try:
            mode, uid, gid = tarheader.mode_and_owner(header[100:124])
        except ValueError as error:
            raise self._bad(str(error)) from error
        if b"uid" in records:
            uid = pax.integer(records[b"uid"], "uid")
        if b"gid" in records:
            gid = pax.integer(records[b"gid"], "gid")
        return mode, uid, gid

    def _link(self, entry: Entry, target: bytes) -> None:
        entry.target = normalise(target, what="the target of a hard link") if entry.kind is _HARDLINK else target
        if entry.kind is _SYMLINK and (not target or b"\0" in target or len(target) > 4095):
            raise LayerError(
                "layer-name-invalid",
                "a symbolic link has no usable target",
                path=entry.path.decode("utf-8", "surrogateescape"),
            )

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


def _odd_owner(entry: Entry) -> None:
    if not (0 <= entry.uid <= _NO_OWNER and 0 <= entry.gid <= _NO_OWNER):
        raise LayerError(
            "layer-owner-invalid",
            "an entry has an owner that is no 32-bit number",
            path=entry.path.decode("utf-8", "surrogateescape"),
            uid=entry.uid,
            gid=entry.gid,
        )
    entry.uid %= _NO_OWNER
    entry.gid %= _NO_OWNER

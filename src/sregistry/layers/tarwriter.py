"""Entries -> the bytes of a layer's tar, as Go's archive/tar writes them, with which Docker and containerd make layers.

A header is ustar wherever that can hold the entry. What it cannot hold (long or foreign names, large numbers,
extended attributes) stands in a PAX header in front of it. No time, user or order is asked for: the same entries give
the same bytes.

Sources: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header"; Go, archive/tar; containerd,
archive/tar.go (``SCHILY.xattr.``).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from urllib.parse import quote_from_bytes

from sregistry.layers.entries import WHITEOUT_PREFIX, Entry, Kind
from sregistry.layers.errors import LayerError
from sregistry.layers.tarheader import BLOCK

_TYPES = {
    Kind.FILE: b"0",
    Kind.HARDLINK: b"1",
    Kind.SYMLINK: b"2",
    Kind.CHARACTER: b"3",
    Kind.BLOCK: b"4",
    Kind.DIRECTORY: b"5",
    Kind.FIFO: b"6",
}
_PAX = b"x"
_NAME, _PREFIX = 100, 155
_XATTR, _OTHER_XATTR = b"SCHILY.xattr.", b"LIBARCHIVE.xattr."
_END = bytes(2 * BLOCK)


class TarWriter:
    """Writes one archive.

    Args:
        write: takes the bytes, in order.
    """

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write

    def add(self, entry: Entry, content: Iterable[bytes] = ()) -> None:
        """Append an entry of a kind that tar has; `content` is that of a file, `entry.size` bytes in all.

        A directory comes before what is in it, a file before its hard links: the caller sees to that.

        Raises:
            LayerError: ``layer-name-whiteout`` for a name that would delete something; nothing is written then.
        """
        _check(entry)
        size = entry.size if entry.kind == Kind.FILE else 0
        self._write(_header(entry, size))
        for piece in content:
            self._write(piece)
        self._write(bytes(-size % BLOCK))

    def finish(self) -> None:
        """Append the end of the archive."""
        self._write(_END)


def _check(entry: Entry) -> None:
    if any(part.startswith(WHITEOUT_PREFIX) for part in entry.path.split(b"/")):
        message = "a file of this name in a layer means that another file is deleted"
        where = entry.path.decode("utf-8", "surrogateescape")
        raise LayerError("layer-name-whiteout", message, path=where)


def _header(entry: Entry, size: int) -> bytes:
    """The header of an entry, behind a PAX header where it needs one."""
    name, target = entry.path or b".", entry.target
    if entry.kind == Kind.DIRECTORY:
        name += b"/"
    records = _xattrs(entry.xattrs)
    if len(target) > _NAME or not target.isascii():
        records[b"linkpath"] = target
        target = _ascii(target)[:_NAME]
    fields = [_number(entry.mode, 7)]
    for key, value, digits in ((b"uid", entry.uid, 7), (b"gid", entry.gid, 7), (b"size", size, 11)):
        if value >= 8**digits:
            records[key] = b"%d" % value
            value = 0
        fields.append(_number(value, digits))
    fields.append(_number(entry.mtime, 11))
    split = _split(name)
    # Go writes no prefix where there is a PAX header.
    if split is None or (records and split[0]):
        records[b"path"] = name
        split = b"", _ascii(name)[:_NAME]
    devices = _number(entry.major, 7) + _number(entry.minor, 7)
    block = _block(split[1], b"".join(fields), _TYPES[entry.kind], target, devices + split[0])
    return _pax_header(name, records) + block if records else block


def _split(name: bytes) -> tuple[bytes, bytes] | None:
    """The prefix and the name of a ustar header; None where it cannot hold the name."""
    if not name.isascii():
        return None
    if len(name) <= _NAME:
        return b"", name
    # The slash of a directory belongs to its name.
    at = name.rfind(b"/", 0, min(_PREFIX + 1, len(name) - 1))
    if at <= 0 or len(name) - at - 1 > _NAME:
        return None
    return name[:at], name[at + 1 :]


def _ascii(name: bytes) -> bytes:
    """What of a name a reader without PAX can show."""
    return bytes(byte for byte in name if byte < 0x80)


def _number(value: int, digits: int) -> bytes:
    return b"%0*o\0" % (digits, value)


def _xattrs(pairs: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Records for extended attributes; a name with "=" in it, which ends a key, is written as libarchive does."""
    records = {}
    for name, value in pairs:
        if b"=" in name:
            key = quote_from_bytes(name, safe="").encode()
            records[_OTHER_XATTR + key] = base64.b64encode(value).rstrip(b"=")
        else:
            records[_XATTR + name] = value
    return records


def _pax_header(name: bytes, records: dict[bytes, bytes]) -> bytes:
    """The extra header with `records`, sorted, in front of the entry `name`."""
    body = b"".join(_record(key, records[key]) for key in sorted(records))
    folder, _, last = name.rstrip(b"/").rpartition(b"/")
    shown = _ascii((folder + b"/" if folder else b"") + b"PaxHeaders.0/" + last)[:_NAME].rstrip(b"/")
    fields = _number(0, 7) * 3 + _number(len(body), 11) + _number(0, 11)
    return _block(shown, fields, _PAX, b"", bytes(16)) + body + bytes(-len(body) % BLOCK)


def _record(key: bytes, value: bytes) -> bytes:
    """``LENGTH key=value`` and a newline, where LENGTH counts its own digits."""
    rest = len(key) + len(value) + 3
    length = rest + 1
    while rest + len(b"%d" % length) != length:
        length = rest + len(b"%d" % length)
    return b"%d %s=%s\n" % (length, key, value)


def _block(name: bytes, fields: bytes, kind: bytes, target: bytes, devices_and_prefix: bytes) -> bytes:
    """The 512 bytes of a header, with their checksum."""
    end = b"".join((kind, target.ljust(_NAME, b"\0"), b"ustar\x0000", bytes(64), devices_and_prefix))
    block = (name.ljust(_NAME, b"\0") + fields + b" " * 8 + end).ljust(BLOCK, b"\0")
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]

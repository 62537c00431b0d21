"""Tar archives byte by byte: what `tarfile` cannot write, or writes in its own way only.

Every function returns the bytes of whole 512-byte blocks; `archive` joins them and ends the archive. Names are bytes.
Sources: POSIX.1-2017 (ustar and pax interchange formats), the GNU tar manual (old GNU and sparse formats).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

BLOCK = 512
MTIME = 1_520_000_000
END = bytes(2 * BLOCK)

USTAR, GNU, V7 = b"ustar\x0000", b"ustar  \0", bytes(8)

FILE, OLD_FILE, HARDLINK, SYMLINK, CHARACTER, DEVICE = b"0", b"\0", b"1", b"2", b"3", b"4"
DIRECTORY, FIFO, CONTIGUOUS, LONG_LINK, LONG_NAME, SPARSE = b"5", b"6", b"7", b"K", b"L", b"S"
EXTENDED, GLOBAL = b"x", b"g"

Records = Mapping[bytes, bytes] | Iterable[tuple[bytes, bytes]]


def number(value: int, width: int, *, binary: bool = False) -> bytes:
    """A numeric field: octal text, or GNU's base-256 where that is asked for or the value needs it."""
    if binary or not 0 <= value < 8 ** (width - 1):
        return (value + (1 << (8 * width)) & (1 << (8 * width)) - 1 | 1 << (8 * width - 1)).to_bytes(width, "big")
    return b"%0*o\0" % (width - 1, value)


def header(
    name: bytes,
    kind: bytes = FILE,
    *,
    size: int = 0,
    mode: int = 0o644,
    uid: int = 0,
    gid: int = 0,
    mtime: int = MTIME,
    link: bytes = b"",
    device: tuple[int, int] = (0, 0),
    prefix: bytes = b"",
    magic: bytes = USTAR,
    rest: bytes = b"",
    binary: bool = False,
    checksum: bytes | None = None,
) -> bytes:
    """One header block.

    Args:
        rest: bytes 345 to 512 in place of the prefix (old GNU's sparse fields).
        binary: write every number in base-256.
        checksum: this text instead of the right one.
    """

    def field(value: int, width: int) -> bytes:
        return number(value, width, binary=binary)

    fields = [name[:100].ljust(100, b"\0"), field(mode, 8), field(uid, 8), field(gid, 8), field(size, 12)]
    fields += [field(mtime, 12), b" " * 8, kind, link[:100].ljust(100, b"\0"), magic]
    fields += [bytes(64) if magic == V7 else b"root".ljust(32, b"\0") * 2]
    fields += [bytes(16) if magic == V7 else field(device[0], 8) + field(device[1], 8)]
    block = b"".join([*fields, rest or prefix.ljust(155, b"\0")]).ljust(BLOCK, b"\0")
    text = b"%06o\0 " % sum(block) if checksum is None else checksum.ljust(8, b"\0")
    return block[:148] + text + block[156:]


def padded(data: bytes) -> bytes:
    """Data filled up with zeros to whole blocks."""
    return data + bytes(-len(data) % BLOCK)


def file(name: bytes, data: bytes = b"", *, kind: bytes = FILE, size: int | None = None, **fields: object) -> bytes:
    """A regular file; `size` where the header is to say something else than the truth."""
    length = len(data) if size is None else size
    return header(name, kind, size=length, **fields) + padded(data)  # type: ignore[arg-type]


def directory(name: bytes, *, mode: int = 0o755, **fields: object) -> bytes:
    """A directory; the slash at the end of its name is up to the caller."""
    return header(name, DIRECTORY, mode=mode, **fields)  # type: ignore[arg-type]


def symlink(name: bytes, target: bytes, **fields: object) -> bytes:
    """A symbolic link."""
    return header(name, SYMLINK, link=target, mode=0o777, **fields)  # type: ignore[arg-type]


def hardlink(name: bytes, target: bytes, **fields: object) -> bytes:
    """A further name of a file."""
    return header(name, HARDLINK, link=target, **fields)  # type: ignore[arg-type]


def node(name: bytes, kind: bytes, device: tuple[int, int] = (0, 0), **fields: object) -> bytes:
    """A device or a FIFO."""
    return header(name, kind, device=device, **fields)  # type: ignore[arg-type]


def whiteout(path: bytes) -> bytes:
    """The mark that hides `path` of lower layers."""
    folder, slash, name = path.rpartition(b"/")
    return file(folder + slash + b".wh." + name)


def opaque(folder: bytes) -> bytes:
    """The mark that empties a directory of lower layers."""
    return file(folder + b"/.wh..wh..opq")


def record(key: bytes, value: bytes) -> bytes:
    """One PAX record, ``LENGTH KEY=VALUE\\n``, whose length counts its own digits."""
    body = b" %s=%s\n" % (key, value)
    length = len(body) + 1
    while len(b"%d" % length) + len(body) != length:
        length = len(b"%d" % length) + len(body)
    return b"%d" % length + body


def extended(records: Records, *, kind: bytes = EXTENDED) -> bytes:
    """A PAX header for the next member (or, with `GLOBAL`, for all that follow)."""
    pairs = records.items() if isinstance(records, Mapping) else records
    return file(b"PaxHeaders/0", b"".join(record(key, value) for key, value in pairs), kind=kind)


def long(text: bytes, kind: bytes = LONG_NAME) -> bytes:
    """GNU's extra member that holds a name or link target that is too long for a header."""
    return file(b"././@LongLink", text + b"\0", kind=kind, magic=GNU, mode=0)


def archive(*members: bytes, end: bytes = END) -> bytes:
    """A whole archive."""
    return b"".join(members) + end


def patched(member: bytes, at: int, text: bytes) -> bytes:
    """A member whose header has other bytes at one place, and the right checksum again."""
    block = bytearray(member)
    block[at : at + len(text)] = text
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block[:512])
    return bytes(block)


def noise(seed: bytes, size: int) -> bytes:
    """Bytes that do not compress and are the same every time."""
    return hashlib.shake_128(seed).digest(size)

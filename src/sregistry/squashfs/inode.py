"""Inodes as they are read from an image. The byte layouts are those of `sregistry.squashfs.inodes`."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from sregistry.squashfs.errors import corrupt
from sregistry.squashfs.inodes import EXTENDED, HEAD
from sregistry.squashfs.metadata import Cursor
from sregistry.squashfs.node import (
    BLOCK,
    CHARACTER,
    DIRECTORY,
    FIFO,
    FILE,
    NO_FRAGMENT,
    SOCKET,
    SYMLINK,
    decode_device,
)
from sregistry.squashfs.xattrs import NONE

MAX_TARGET = 65535

_DIRECTORY = struct.Struct("<IIHHI")
_DIRECTORY_EXTENDED = struct.Struct("<IIIIHHI")
_FILE = struct.Struct("<IIII")
_FILE_EXTENDED = struct.Struct("<QQQIIII")
_PAIR = struct.Struct("<II")
_U32 = struct.Struct("<I")


@dataclass(slots=True)
class Inode:
    """An inode of an image.

    Attributes:
        kind: DIRECTORY to SOCKET of `sregistry.squashfs.node`.
        mode: permission bits, 07777.
        uid, gid: positions in the id table until `Image` puts the numbers in their place.
        mtime: Unix seconds.
        number: equal for two names only if they are hard links of each other.
        links: number of names, as the image says.
        size: bytes of a file, holes included; of a directory, its listing.
        target: text of a symbolic link.
        rdev: of a device; `device` gives major and minor number.
        xattr: number of its set of extended attributes, or NONE.
        listing: reference of a directory's listing in the directory table.
        start: position of a file's first block; sparse: bytes in holes, as the image says.
        fragment, offset: fragment number and place inside it of a file's tail; NO_FRAGMENT if none.
        words: where a file's block words begin, see `Cursor.place`.
    """

    kind: int
    mode: int
    uid: int
    gid: int
    mtime: int
    number: int
    links: int = 1
    size: int = 0
    target: bytes = b""
    rdev: int = 0
    xattr: int = NONE
    listing: int = 0
    start: int = 0
    sparse: int = 0
    fragment: int = NO_FRAGMENT
    offset: int = 0
    words: tuple[int, int] = field(default=(0, 0), repr=False)

    @property
    def device(self) -> tuple[int, int]:
        """Major and minor number of a device."""
        return decode_device(self.rdev)


def read_inode(cursor: Cursor) -> Inode:
    """Read the inode at `cursor`, whose end is then behind its fixed fields.

    Raises SquashfsError ``squashfs-corrupt``, ``squashfs-truncated``; OSError.
    """
    kind, mode, uid, gid, mtime, number = HEAD.unpack(cursor.read(HEAD.size))
    extended = kind > EXTENDED
    inode = Inode(kind - EXTENDED if extended else kind, mode & 0o7777, uid, gid, mtime, number)
    fill = _FILL.get(inode.kind)
    if fill is None:
        raise corrupt(f"there is no inode of the type {kind}")
    fill(inode, cursor, extended)
    return inode


def _directory(inode: Inode, cursor: Cursor, extended: bool) -> None:
    if extended:
        fields = _DIRECTORY_EXTENDED.unpack(cursor.read(_DIRECTORY_EXTENDED.size))
        inode.links, size, block, _, _, offset, inode.xattr = fields
    else:
        block, inode.links, size, offset, _ = _DIRECTORY.unpack(cursor.read(_DIRECTORY.size))
    inode.listing = block << 16 | offset
    inode.size = max(size - 3, 0)


def _file(inode: Inode, cursor: Cursor, extended: bool) -> None:
    if extended:
        fields = _FILE_EXTENDED.unpack(cursor.read(_FILE_EXTENDED.size))
        inode.start, inode.size, inode.sparse, inode.links, inode.fragment, inode.offset, inode.xattr = fields
    else:
        inode.start, inode.fragment, inode.offset, inode.size = _FILE.unpack(cursor.read(_FILE.size))
    inode.words = cursor.place()


def _symlink(inode: Inode, cursor: Cursor, extended: bool) -> None:
    inode.links, length = _PAIR.unpack(cursor.read(_PAIR.size))
    if not 0 < length <= MAX_TARGET:
        raise corrupt("a symbolic link has an impossible length")
    inode.target = cursor.read(length)
    inode.size = length
    _xattr(inode, cursor, extended)


def _device(inode: Inode, cursor: Cursor, extended: bool) -> None:
    inode.links, inode.rdev = _PAIR.unpack(cursor.read(_PAIR.size))
    _xattr(inode, cursor, extended)


def _ipc(inode: Inode, cursor: Cursor, extended: bool) -> None:
    (inode.links,) = _U32.unpack(cursor.read(_U32.size))
    _xattr(inode, cursor, extended)


def _xattr(inode: Inode, cursor: Cursor, extended: bool) -> None:
    if extended:
        (inode.xattr,) = _U32.unpack(cursor.read(_U32.size))


_FILL = {
    DIRECTORY: _directory,
    FILE: _file,
    SYMLINK: _symlink,
    BLOCK: _device,
    CHARACTER: _device,
    FIFO: _ipc,
    SOCKET: _ipc,
}

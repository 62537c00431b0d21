"""What the writer wants to know about one inode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

DIRECTORY, FILE, SYMLINK, BLOCK, CHARACTER, FIFO, SOCKET = range(1, 8)
NO_FRAGMENT = 0xFFFFFFFF


class Node(Protocol):
    """An inode to be written. One object is one inode: hard links are one object under several names.

    Attributes:
        kind: DIRECTORY to SOCKET, squashfs' basic inode types.
        mode: permission bits, 07777.
        uid, gid: 32-bit numbers.
        mtime: Unix seconds; clamped to 0..2^32-1 when written.
        xattrs: (full name, value) pairs.
        children: name -> node, of a directory.
        target: text of a symbolic link.
        rdev: of a device, see `encode_device`.
        size: bytes of a file, holes included.
        start: position of the file's first block in the image.
        blocks: block words, u32 little-endian each.
        fragment, offset: fragment number and place inside it of the file's tail; NO_FRAGMENT if none.
        sparse: bytes in holes.
    """

    kind: int
    mode: int
    uid: int
    gid: int
    mtime: int
    xattrs: tuple[tuple[bytes, bytes], ...]
    target: bytes
    rdev: int
    size: int
    start: int
    blocks: bytes
    fragment: int
    offset: int
    sparse: int

    @property
    def children(self) -> Mapping[bytes, Any]:
        """The names in a directory; empty for other kinds."""


def encode_device(major: int, minor: int) -> int:
    """Return a device number as Linux keeps it in 32 bits (new_encode_dev)."""
    return (minor & 0xFF) | ((major & 0xFFF) << 8) | ((minor & 0xFFF00) << 12)


def decode_device(rdev: int) -> tuple[int, int]:
    """Return (major, minor) of a device number."""
    return (rdev >> 8) & 0xFFF, (rdev & 0xFF) | ((rdev >> 12) & 0xFFF00)

"""Inodes as bytes: a head of 16 bytes, then fields by type; the extended form only where it is needed."""

from __future__ import annotations

import struct

from sregistry.squashfs.node import BLOCK, CHARACTER, DIRECTORY, FILE, SYMLINK, Node
from sregistry.squashfs.xattrs import NONE

EXTENDED = 7  # added to a basic type
HEAD = struct.Struct("<HHHHII")
DIRECTORY_BASIC = struct.Struct("<HHHHIIIIHHI")
DIRECTORY_EXTENDED = struct.Struct("<HHHHIIIIIIHHI")
FILE_BASIC = struct.Struct("<HHHHIIIIII")
FILE_EXTENDED = struct.Struct("<HHHHIIQQQIIII")
SYMLINK_BASIC = struct.Struct("<HHHHIIII")
DEVICE_BASIC = struct.Struct("<HHHHIIII")
IPC_BASIC = struct.Struct("<HHHHIII")
_U32 = struct.Struct("<I")

MAX_TIME = 0xFFFFFFFF
#: A listing up to this length fits the basic form; readers count three bytes more for "." and "..".
MAX_BASIC_LISTING = 65535 - 3


def directory(
    node: Node, owner: tuple[int, int], number: int, listing: tuple[int, int, int, int, bytes], parent: int, xattr: int
) -> bytes:
    """A directory; `listing` is (piece, offset, length, subdirectories, packed index)."""
    block, offset, length, subdirectories, index = listing
    time = min(max(node.mtime, 0), MAX_TIME)
    links = 2 + subdirectories
    if length <= MAX_BASIC_LISTING and xattr == NONE and not index:
        return DIRECTORY_BASIC.pack(
            DIRECTORY, node.mode, *owner, time, number, block, links, length + 3, offset, parent
        )
    count = _index_entries(index)
    return (
        DIRECTORY_EXTENDED.pack(
            DIRECTORY + EXTENDED,
            node.mode,
            *owner,
            time,
            number,
            links,
            length + 3,
            block,
            parent,
            count,
            offset,
            xattr,
        )
        + index
    )


def _index_entries(index: bytes) -> int:
    count = position = 0
    while position < len(index):
        position += 13 + _U32.unpack_from(index, position + 8)[0]
        count += 1
    return count


def file(node: Node, owner: tuple[int, int], number: int, links: int, xattr: int) -> bytes:
    """A regular file."""
    time = min(max(node.mtime, 0), MAX_TIME)
    start, size, sparse = node.start, node.size, node.sparse
    if links == 1 and xattr == NONE and not sparse and size < 1 << 32 and start < 1 << 32:
        return (
            FILE_BASIC.pack(FILE, node.mode, *owner, time, number, start, node.fragment, node.offset, size)
            + node.blocks
        )
    return (
        FILE_EXTENDED.pack(
            FILE + EXTENDED,
            node.mode,
            *owner,
            time,
            number,
            start,
            size,
            min(sparse, max(size - 1, 0)),
            links,
            node.fragment,
            node.offset,
            xattr,
        )
        + node.blocks
    )


def other(node: Node, owner: tuple[int, int], number: int, links: int, xattr: int) -> bytes:
    """A symbolic link, device, fifo or socket."""
    kind = node.kind if xattr == NONE else node.kind + EXTENDED
    time = min(max(node.mtime, 0), MAX_TIME)
    if node.kind == SYMLINK:
        data = SYMLINK_BASIC.pack(kind, 0o777, *owner, time, number, links, len(node.target)) + node.target
    elif node.kind in (BLOCK, CHARACTER):
        data = DEVICE_BASIC.pack(kind, node.mode, *owner, time, number, links, node.rdev)
    else:
        data = IPC_BASIC.pack(kind, node.mode, *owner, time, number, links)
    return data if xattr == NONE else data + _U32.pack(xattr)

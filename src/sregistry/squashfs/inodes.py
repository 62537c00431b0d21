"""Inodes as bytes: a head of 16 bytes, then fields by type; the extended form only where it is needed.

Every encoder takes the node, its `Head` (what only the writer of the whole tree knows) and what belongs
to its type.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from sregistry.squashfs.metadata import Place
from sregistry.squashfs.node import BLOCK, CHARACTER, DIRECTORY, FILE, SYMLINK, Node
from sregistry.squashfs.xattrs import NONE

EXTENDED = 7  # added to a basic type
HEAD = struct.Struct("<HHHHII")
_DIRECTORY = struct.Struct("<HHHHIIIIHHI")
_DIRECTORY_EXTENDED = struct.Struct("<HHHHIIIIIIHHI")
_FILE = struct.Struct("<HHHHIIIIII")
_FILE_EXTENDED = struct.Struct("<HHHHIIQQQIIII")
_SYMLINK = struct.Struct("<HHHHIIII")
_DEVICE = struct.Struct("<HHHHIIII")
_IPC = struct.Struct("<HHHHIII")
_U32 = struct.Struct("<I")

MAX_TIME = 0xFFFFFFFF
#: A listing up to this length fits the basic form; readers count three bytes more for "." and "..".
MAX_BASIC_LISTING = 65535 - 3


class Head(NamedTuple):
    """Places of the owners in the id table, inode number, number of names, number of the set of attributes."""

    uid: int
    gid: int
    number: int
    links: int
    xattr: int


class Listing(NamedTuple):
    """A written directory listing: where it begins, its length, its packed index and entries in that."""

    place: Place
    length: int
    index_data: bytes
    index_count: int


def encode_directory(node: Node, head: Head, listing: Listing, parent: int) -> bytes:
    """Return the inode of a directory; `parent` is the inode number of the directory it is in."""
    time = min(max(node.mtime, 0), MAX_TIME)
    uid, gid, number, links, xattr = head
    (block, offset), length, index, indexed = listing
    size = length + 3
    if length <= MAX_BASIC_LISTING and xattr == NONE and not index:
        return _DIRECTORY.pack(DIRECTORY, node.mode, uid, gid, time, number, block, links, size, offset, parent)
    kind = DIRECTORY + EXTENDED
    fixed = _DIRECTORY_EXTENDED.pack(
        kind, node.mode, uid, gid, time, number, links, size, block, parent, indexed, offset, xattr
    )
    return fixed + index


def encode_file(node: Node, head: Head) -> bytes:
    """Return the inode of a regular file."""
    time = min(max(node.mtime, 0), MAX_TIME)
    uid, gid, number, links, xattr = head
    start, size, sparse, fragment, offset = node.start, node.size, node.sparse, node.fragment, node.offset
    if links == 1 and xattr == NONE and not sparse and size < 1 << 32 and start < 1 << 32:
        fixed = _FILE.pack(FILE, node.mode, uid, gid, time, number, start, fragment, offset, size)
        return fixed + node.blocks
    kind = FILE + EXTENDED
    sparse = min(sparse, max(size - 1, 0))  # mksquashfs keeps it below the size
    fixed = _FILE_EXTENDED.pack(
        kind, node.mode, uid, gid, time, number, start, size, sparse, links, fragment, offset, xattr
    )
    return fixed + node.blocks


def encode_other(node: Node, head: Head) -> bytes:
    """Return the inode of a symbolic link, device, fifo or socket."""
    time = min(max(node.mtime, 0), MAX_TIME)
    uid, gid, number, links, xattr = head
    kind = node.kind if xattr == NONE else node.kind + EXTENDED
    if node.kind == SYMLINK:
        data = _SYMLINK.pack(kind, 0o777, uid, gid, time, number, links, len(node.target)) + node.target
    elif node.kind in (BLOCK, CHARACTER):
        data = _DEVICE.pack(kind, node.mode, uid, gid, time, number, links, node.rdev)
    else:
        data = _IPC.pack(kind, node.mode, uid, gid, time, number, links)
    return data if xattr == NONE else data + _U32.pack(xattr)

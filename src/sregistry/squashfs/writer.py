"""A tree of nodes -> the superblock and all tables of an image.

The caller writes the data: file blocks and fragment blocks between `data_start` and `data_end`. Nothing
here asks the clock, the user or the order of a dictionary: equal trees give equal bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from sregistry.squashfs import inodes, superblock
from sregistry.squashfs.compressors import Compressor
from sregistry.squashfs.directories import Name, write_listing
from sregistry.squashfs.errors import SquashfsError
from sregistry.squashfs.inodes import MAX_TIME, Head, Listing
from sregistry.squashfs.metadata import MetadataWriter, Place
from sregistry.squashfs.node import DIRECTORY, FILE, Node
from sregistry.squashfs.numbering import Directory, Numbering, number_inodes
from sregistry.squashfs.superblock import ABSENT, Superblock
from sregistry.squashfs.tables import FRAGMENT, write_table
from sregistry.squashfs.xattrs import NONE, XattrWriter

ALIGNMENT = 4096
MAX_IDS = 65535


@dataclass(frozen=True, slots=True)
class Metadata:
    """Everything of an image but its data.

    Attributes:
        superblock: the first bytes of the image.
        tables: the bytes from `data_end` on.
        size: bytes used; `padded_size`: the same, up to a multiple of 4096.
        inodes: number of inodes.
        dropped_xattrs: names of extended attributes that the format cannot hold, sorted.
    """

    superblock: bytes
    tables: bytes
    size: int
    padded_size: int
    inodes: int
    dropped_xattrs: tuple[bytes, ...]


def data_start(compressor: Compressor) -> int:
    """Where data may begin: behind the superblock (no codec here needs an options block)."""
    del compressor
    return superblock.SIZE


def write_metadata(
    root: Node,
    *,
    data_end: int,
    fragments: Sequence[tuple[int, int]],
    block_size: int,
    compressor: Compressor,
    time: int,
) -> Metadata:
    """Return superblock and tables for the tree below `root`.

    Args:
        root: a directory.
        data_end: position behind the data; the tables go there.
        fragments: (position, block word) of each fragment block.
        block_size: bytes, a power of two from 4 KiB to 1 MiB.
        compressor: for the metadata; the data must use the same.
        time: Unix seconds, the image's own time.

    Raises SquashfsError ``squashfs-too-many-owners``, ``squashfs-too-large`` and ``squashfs-xattr-too-long``
    for what the format cannot hold.
    """
    tree = _TreeWriter(number_inodes(root), compressor)
    root_reference = tree.write()
    tables = _tables(tree, data_end, fragments, compressor)
    size = data_end + len(tables.data)
    head = Superblock(
        inodes=tree.count,
        time=min(max(time, 0), MAX_TIME),
        block_size=block_size,
        fragments=len(fragments),
        compressor=compressor.id,
        flags=_flags(compressor, bool(fragments), tables.xattrs != ABSENT),
        ids=len(tree.ids),
        root=root_reference,
        bytes_used=size,
        id_table=tables.ids,
        xattr_table=tables.xattrs,
        inode_table=data_end,
        directory_table=tables.directories,
        fragment_table=tables.fragments,
        export_table=ABSENT,
    )
    padded = -(-size // ALIGNMENT) * ALIGNMENT
    return Metadata(head.pack(), tables.data, size, padded, tree.count, tuple(sorted(tree.xattrs.dropped)))


@dataclass(frozen=True, slots=True)
class _Tables:
    """All tables, and where each begins in the image; ABSENT where there is none."""

    data: bytes
    directories: int
    fragments: int
    ids: int
    xattrs: int


def _tables(tree: _TreeWriter, data_end: int, fragments: Sequence[tuple[int, int]], compressor: Compressor) -> _Tables:
    out = bytearray(tree.inodes.finish())
    directory_table = data_end + len(out)
    out += tree.directories.finish()
    fragment_table = data_end + len(out)
    if fragments:
        records = b"".join(FRAGMENT.pack(position, word, 0) for position, word in fragments)
        fragment_table = write_table(out, data_end, records, compressor)
    ids = list(tree.ids)
    id_table = write_table(out, data_end, struct.pack(f"<{len(ids)}I", *ids), compressor)
    xattr_table = tree.xattrs.write(out, data_end)
    return _Tables(
        bytes(out), directory_table, fragment_table, id_table, ABSENT if xattr_table is None else xattr_table
    )


def _flags(compressor: Compressor, fragments: bool, xattrs: bool) -> int:
    flags = superblock.DUPLICATES_REMOVED
    if not fragments:
        flags |= superblock.NO_FRAGMENTS
    if not xattrs:
        flags |= superblock.NO_XATTRS
    if compressor.name == "none":
        flags |= superblock.INODES_RAW | superblock.DATA_RAW | superblock.FRAGMENTS_RAW | superblock.IDS_RAW
    return flags


class _TreeWriter:
    """Inode and directory tables.

    Directories are written from the last to the first, each as its children's inodes and its listing:
    so a listing finds its inodes written, and nearly always in one piece.
    """

    def __init__(self, numbering: Numbering, compressor: Compressor) -> None:
        self._numbering = numbering
        self.inodes = MetadataWriter(compressor)
        self.directories = MetadataWriter(compressor)
        self.xattrs = XattrWriter(compressor)
        self.ids: dict[int, int] = {}
        self.count = numbering.inodes
        self._places: dict[int, Place] = {}  # id() of a hard-linked node -> where it has been written
        self._written: dict[int, bytes] = {}  # number -> inode of a directory, until its parent's turn

    def write(self) -> int:
        """Write both tables; return the reference of the root inode."""
        for directory in reversed(self._numbering.directories):
            entries = self._write_children(directory)
            listing = write_listing(self.directories, entries)
            self._written[directory.number] = self._encode_directory(directory, listing)
        block, offset = self._write_inode(self._written.pop(1))
        return block << 16 | offset

    def _write_children(self, directory: Directory) -> list[Name]:
        """Write the inodes of everything in `directory`, hard-linked ones once; return its entries."""
        links, places = self._numbering.links, self._places
        entries: list[Name] = []
        for name, child, number in zip(directory.names, directory.nodes, directory.numbers, strict=True):
            kind = child.kind
            if kind == DIRECTORY:
                place = self._write_inode(self._written.pop(number))
            elif id(child) not in links:
                place = self._write_inode(self._encode_leaf(child, number, 1))
            elif id(child) in places:
                place = places[id(child)]
            else:
                place = self._write_inode(self._encode_leaf(child, number, links[id(child)]))
                places[id(child)] = place
            entries.append((name, kind, number, place))
        return entries

    def _write_inode(self, data: bytes) -> Place:
        place = self.inodes.place
        self.inodes.write(data)
        return place

    def _encode_directory(self, directory: Directory, listing: Listing) -> bytes:
        links = 2 + sum(child.kind == DIRECTORY for child in directory.nodes)
        head = self._head(directory.node, directory.number, links)
        return inodes.encode_directory(directory.node, head, listing, directory.parent)

    def _encode_leaf(self, node: Node, number: int, links: int) -> bytes:
        encode = inodes.encode_file if node.kind == FILE else inodes.encode_other
        return encode(node, self._head(node, number, links))

    def _head(self, node: Node, number: int, links: int) -> Head:
        ids = self.ids
        uid = ids.get(node.uid)
        if uid is None:
            uid = self._add_id(node.uid)
        gid = ids.get(node.gid)
        if gid is None:
            gid = self._add_id(node.gid)
        return Head(uid, gid, number, links, self.xattrs.number(node.xattrs) if node.xattrs else NONE)

    def _add_id(self, value: int) -> int:
        index = self.ids[value] = len(self.ids)
        if index >= MAX_IDS:
            raise SquashfsError(
                "squashfs-too-many-owners",
                f"the tree has files of more than {MAX_IDS} users and groups",
                limit=MAX_IDS,
            )
        return index

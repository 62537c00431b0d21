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
from sregistry.squashfs.metadata import MetadataWriter, write_table
from sregistry.squashfs.node import DIRECTORY, FILE, Node
from sregistry.squashfs.superblock import Superblock
from sregistry.squashfs.xattrs import NONE, XattrWriter

ALIGNMENT = 4096
MAX_IDS = 65535
_FRAGMENT = struct.Struct("<QII")
_RAW_FLAGS = superblock.INODES_RAW | superblock.DATA_RAW | superblock.FRAGMENTS_RAW | superblock.IDS_RAW


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

    Raises SquashfsError ``squashfs-too-many-owners`` and ``squashfs-too-large`` for what the format
    cannot hold, ``squashfs-xattr-too-long``.
    """
    tree = _TreeWriter(root, compressor)
    root_reference = tree.write()
    out = bytearray()
    out += tree.inodes.finish()
    directory_table = data_end + len(out)
    out += tree.directories.finish()
    fragment_table = data_end + len(out)
    if fragments:
        table = b"".join(_FRAGMENT.pack(position, word, 0) for position, word in fragments)
        fragment_table = write_table(out, data_end, table, compressor)
    ids = list(tree.ids)
    id_table = write_table(out, data_end, struct.pack(f"<{len(ids)}I", *ids), compressor)
    xattr_table = tree.xattrs.write(out, data_end)
    if len(out) >= 1 << 32:
        raise SquashfsError("squashfs-too-large", "the image has more inodes than squashfs can hold", size=len(out))
    flags = superblock.DUPLICATES_REMOVED
    flags |= 0 if fragments else superblock.NO_FRAGMENTS
    flags |= superblock.NO_XATTRS if xattr_table is None else 0
    flags |= _RAW_FLAGS if compressor.name == "none" else 0
    size = data_end + len(out)
    head = Superblock(
        inodes=tree.count,
        time=min(max(time, 0), inodes.MAX_TIME),
        block_size=block_size,
        fragments=len(fragments),
        compressor=compressor.id,
        flags=flags,
        ids=len(ids),
        root=root_reference,
        bytes_used=size,
        id_table=id_table,
        xattr_table=superblock.ABSENT if xattr_table is None else xattr_table,
        inode_table=data_end,
        directory_table=directory_table,
        fragment_table=fragment_table,
        export_table=superblock.ABSENT,
    )
    padded = -(-size // ALIGNMENT) * ALIGNMENT
    return Metadata(head.pack(), bytes(out), size, padded, tree.count, tuple(sorted(tree.xattrs.dropped)))


class _TreeWriter:
    """Inode and directory tables.

    Inodes are numbered directory by directory, the children of one directory in a row; then the
    directories are written from the last to the first, each as its children's inodes and its listing,
    so a listing finds its inodes written and nearly always in one piece.
    """

    def __init__(self, root: Node, compressor: Compressor) -> None:
        self._root = root
        self.inodes = MetadataWriter(compressor)
        self.directories = MetadataWriter(compressor)
        self.xattrs = XattrWriter(compressor)
        self.ids: dict[int, int] = {}
        self._numbers: dict[int, int] = {id(root): 1}
        self._links: dict[int, int] = {}
        self.count = 1

    def write(self) -> int:
        """Write both tables; return the reference of the root inode."""
        order = self._number()
        parents = {id(child): number for number, names in order for _, child in names if child.kind == DIRECTORY}
        listings: dict[int, tuple[int, int, int, int, bytes]] = {}
        linked: dict[int, tuple[int, int]] = {}
        for number, names in reversed(order):
            entries: list[Name] = []
            subdirectories = 0
            for name, child in names:
                key = id(child)
                child_number = self._numbers[key]
                if child.kind == DIRECTORY:
                    subdirectories += 1
                    place = self._place()
                    self._directory(child, child_number, listings.pop(child_number), parents[key])
                elif key in self._links:
                    found = linked.get(key)
                    place = found or self._place()
                    if found is None:
                        linked[key] = place
                        self._leaf(child, child_number, self._links[key])
                else:
                    place = self._place()
                    self._leaf(child, child_number, 1)
                entries.append((name, child.kind, child_number, *place))
            block, offset, length, index = write_listing(self.directories, entries)
            listings[number] = (block, offset, length, subdirectories, index)
        block, offset = self._place()
        self._directory(self._root, 1, listings.pop(1), self.count + 1)
        return block << 16 | offset

    def _number(self) -> list[tuple[int, list[tuple[bytes, Node]]]]:
        """Number all inodes; return (number, sorted names) of every directory, parents first."""
        numbers, links = self._numbers, self._links
        order: list[tuple[int, list[tuple[bytes, Node]]]] = []
        stack: list[Node] = [self._root]
        while stack:
            directory = stack.pop()
            names = sorted(directory.children.items())
            order.append((numbers[id(directory)], names))
            below = []
            for _, child in names:
                key = id(child)
                if key in numbers:
                    links[key] = links.get(key, 1) + 1
                    continue
                self.count += 1
                numbers[key] = self.count
                if child.kind == DIRECTORY:
                    below.append(child)
            stack.extend(reversed(below))
        return order

    def _place(self) -> tuple[int, int]:
        return self.inodes.block, self.inodes.offset

    def _owner(self, node: Node) -> tuple[int, int]:
        ids = self.ids
        uid = ids.get(node.uid)
        if uid is None:
            uid = ids[node.uid] = len(ids)
        gid = ids.get(node.gid)
        if gid is None:
            gid = ids[node.gid] = len(ids)
        if len(ids) > MAX_IDS:
            raise SquashfsError(
                "squashfs-too-many-owners",
                f"the image has files of more than {MAX_IDS} users and groups",
                limit=MAX_IDS,
            )
        return uid, gid

    def _directory(self, node: Node, number: int, listing: tuple[int, int, int, int, bytes], parent: int) -> None:
        xattr = self.xattrs.number(node.xattrs) if node.xattrs else NONE
        self.inodes.write(inodes.directory(node, self._owner(node), number, listing, parent, xattr))

    def _leaf(self, node: Node, number: int, links: int) -> None:
        xattr = self.xattrs.number(node.xattrs) if node.xattrs else NONE
        encode = inodes.file if node.kind == FILE else inodes.other
        self.inodes.write(encode(node, self._owner(node), number, links, xattr))

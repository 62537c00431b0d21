"""Reads images: a tree of inodes, found by path or walked, and the content of files.

Images come from anywhere, so nothing in them is believed: positions stay inside the image and their
table, lengths are limited before memory is asked for, a directory is walked once, links are followed
inside the root and not for ever. What is wrong is a SquashfsError.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from sregistry.squashfs.compressors import find_reader
from sregistry.squashfs.content import Content
from sregistry.squashfs.directories import Entry, read_listing
from sregistry.squashfs.errors import SquashfsError, corrupt
from sregistry.squashfs.inode import Inode, read_inode
from sregistry.squashfs.metadata import PIECE, MetadataReader
from sregistry.squashfs.node import DIRECTORY, FILE, SYMLINK
from sregistry.squashfs.paths import Steps
from sregistry.squashfs.superblock import ABSENT, SIZE, Superblock
from sregistry.squashfs.tables import Table
from sregistry.squashfs.window import Window, truncated
from sregistry.squashfs.xattrs import NONE, XattrReader, Xattrs

#: What `Image.read` reads at most unless told otherwise.
DEFAULT_LIMIT = 64 << 20
#: Directories inside each other; a path of Linux has at most 2048 parts.
MAX_DEPTH = 4096


class Image:
    """An open image. It does not own the file, and is for one thread at a time.

    Attributes:
        superblock: counts, codec, places of the tables.
    """

    def __init__(self, window: Window, superblock: Superblock) -> None:
        self.superblock = superblock
        self._pieces = MetadataReader(window, superblock.compressor)
        self._content = Content(window, superblock, self._pieces)
        self._ids = Table(window, self._pieces, superblock.id_table, superblock.ids, 4)
        self._known_ids: dict[int, int] = {}
        self._directories_end = _end_of_directories(superblock)
        self._xattrs = (
            None if superblock.xattr_table == ABSENT else XattrReader(window, self._pieces, superblock.xattr_table)
        )

    def root(self) -> Inode:
        """Return the root directory."""
        root = self._inode(self.superblock.root)
        if root.kind != DIRECTORY:
            raise corrupt("the root is not a directory")
        return root

    def _inode(self, reference: int) -> Inode:
        superblock = self.superblock
        cursor = self._pieces.cursor(superblock.inode_table, superblock.directory_table, reference)
        inode = read_inode(cursor)
        inode.uid, inode.gid = self._id(inode.uid), self._id(inode.gid)
        return inode

    def _id(self, number: int) -> int:
        found = self._known_ids.get(number)
        if found is None:
            found = self._known_ids[number] = int.from_bytes(self._ids.entry(number), "little")
        return found

    def children(self, directory: Inode) -> Iterator[tuple[bytes, Inode]]:
        """Yield names and inodes in a directory, sorted by name."""
        for entry in self._entries(directory):
            yield entry.name, self._child(entry)

    def _entries(self, directory: Inode) -> Iterator[Entry]:
        if not directory.size:
            return iter(())
        start = self.superblock.directory_table
        cursor = self._pieces.cursor(start, self._directories_end, directory.listing)
        return read_listing(cursor, directory.size)

    def _child(self, entry: Entry) -> Inode:
        inode = self._inode(entry.reference)
        if inode.kind != entry.kind or inode.number != entry.number:
            raise corrupt("a name and its inode do not fit together")
        return inode

    def _find(self, directory: Inode, name: bytes) -> Inode | None:
        for entry in self._entries(directory):
            if entry.name >= name:
                return self._child(entry) if entry.name == name else None
        return None

    def lookup(self, path: bytes, *, follow: bool = True) -> Inode | None:
        """Return what is at `path`, None if there is nothing.

        Symbolic links are followed, but for the last part if not `follow`; an absolute one and ``..`` never
        leave the root. Raises SquashfsError ``squashfs-symlink-loop`` if that does not end.
        """
        steps = Steps(path)
        trail = [self.root()]
        for name in steps:
            if trail[-1].kind != DIRECTORY:
                return None
            if name == b"..":
                del trail[max(len(trail) - 1, 1) :]
                continue
            found = self._find(trail[-1], name)
            if found is None:
                return None
            if found.kind != SYMLINK or (steps.at_end and not follow):
                trail.append(found)
                continue
            if found.target.startswith(b"/"):
                del trail[1:]
            steps.insert(found.target)
        return trail[-1]

    def walk(self) -> Iterator[tuple[bytes, Inode]]:
        """Yield (path, inode) of everything below the root, a directory before what is in it, names sorted.

        Paths are relative to the root. The root itself is not among them.
        """
        root = self.root()
        guard = _Guard(self._listing_bytes())
        guard.enter(root, 0)
        stack = [(b"", self.children(root))]
        while stack:
            prefix, children = stack[-1]
            for name, inode in children:
                path = prefix + name
                yield path, inode
                if inode.kind == DIRECTORY:
                    guard.enter(inode, len(stack))
                    stack.append((path + b"/", self.children(inode)))
                    break
            else:
                stack.pop()

    def _listing_bytes(self) -> int:
        """Return how many bytes the directory table can have unpacked."""
        position, total = self.superblock.directory_table, 0
        while position < self._directories_end:
            _, _, position = self._pieces.span(position)
            total += PIECE
        return total

    def read(self, inode: Inode, limit: int = DEFAULT_LIMIT) -> bytes:
        """Return the content of a file.

        Raises SquashfsError ``squashfs-file-too-large`` if it is longer than `limit`, and as `stream` does.
        """
        if inode.size > limit:
            raise SquashfsError(
                "squashfs-file-too-large", "a file in the image is larger than it should be",
                size=inode.size, limit=limit,
            )  # fmt: skip
        return b"".join(self.stream(inode))

    def stream(self, inode: Inode) -> Iterator[bytes]:
        """Yield the content of a file, a block at a time.

        Raises SquashfsError ``squashfs-not-a-file``, ``squashfs-corrupt``, ``squashfs-truncated``; OSError.
        """
        if inode.kind != FILE:
            raise SquashfsError("squashfs-not-a-file", "only files have content")
        return self._content.stream(inode)

    def xattrs(self, inode: Inode) -> Xattrs:
        """Return the extended attributes as (full name, value), in the order of the image."""
        if inode.xattr == NONE or self._xattrs is None:
            return ()
        return self._xattrs.read(inode.xattr)


class _Guard:
    """Sees to it that a walk ends: directories form a tree, and their listings fit into their table."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._seen: set[int] = set()

    def enter(self, directory: Inode, depth: int) -> None:
        self._room -= directory.size
        if directory.number in self._seen:
            raise corrupt("a directory occurs more than once")
        if self._room < 0:
            raise corrupt("the listings of directories overlap")
        if depth > MAX_DEPTH:
            raise corrupt("directories lie too deep inside each other")
        self._seen.add(directory.number)


def open_image(file: BinaryIO, offset: int = 0, size: int | None = None) -> Image:
    """Open the image that begins at `offset` of `file`, which must be seekable and stay open.

    Raises SquashfsError ``squashfs-not-an-image``, ``squashfs-version``, ``squashfs-compressor`` for a codec
    that is not read here, ``squashfs-truncated``, ``squashfs-corrupt``; OSError.
    """
    window = Window(file, offset, size)
    superblock = Superblock.unpack(window.read(0, min(SIZE, window.size)))
    if superblock.bytes_used > window.size:
        raise truncated(superblock.bytes_used, window.size)
    find_reader(superblock.compressor)
    if not SIZE <= superblock.inode_table < superblock.directory_table < superblock.bytes_used:
        raise corrupt("the tables are not in order")
    return Image(window, superblock)


def _end_of_directories(superblock: Superblock) -> int:
    """Return where the directory table ends at the latest: where the next index lies."""
    places = (superblock.fragment_table, superblock.export_table, superblock.id_table, superblock.xattr_table)
    return min(place for place in (*places, superblock.bytes_used) if place > superblock.directory_table)

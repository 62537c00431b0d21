"""Content of files: blocks that follow each other, then perhaps a tail in a fragment block shared with others.

A block word tells how many bytes are stored (low 24 bits) and whether as they are (bit 24); 0 is a hole.
"""

from __future__ import annotations

import struct
from collections import OrderedDict
from collections.abc import Iterator

from sregistry.squashfs.compressors import decompress
from sregistry.squashfs.errors import corrupt
from sregistry.squashfs.inode import Inode
from sregistry.squashfs.metadata import Cursor, MetadataReader
from sregistry.squashfs.node import NO_FRAGMENT
from sregistry.squashfs.superblock import Superblock
from sregistry.squashfs.tables import FRAGMENT, Table
from sregistry.squashfs.window import Window

RAW_BLOCK = 1 << 24
#: Unpacked fragment blocks kept, at least, and bytes of them otherwise: files next to each other share them, and those
#: of an image of several layers come from several in turn.
KEPT = 4
KEPT_BYTES = 8 << 20
#: Block words read at once.
_WORDS = 1024


class Content:
    """Reads the content of an image's files."""

    def __init__(self, window: Window, superblock: Superblock, pieces: MetadataReader) -> None:
        self._window = window
        self._compressor = superblock.compressor
        self._block_size = superblock.block_size
        self._words_end = superblock.directory_table
        self._pieces = pieces
        self._fragments = Table(window, pieces, superblock.fragment_table, superblock.fragments, FRAGMENT.size)
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._kept_at_most = max(KEPT, KEPT_BYTES // superblock.block_size)

    def stream(self, inode: Inode) -> Iterator[bytes]:
        """Yield the content of a file, a block at a time.

        Raises SquashfsError ``squashfs-corrupt``, ``squashfs-truncated``; OSError.
        """
        size, position = inode.size, inode.start
        blocks, tail = divmod(size, self._block_size)
        if tail and inode.fragment == NO_FRAGMENT:
            blocks += 1
            tail = 0
        for word in self._words(inode, blocks):
            length = min(size, self._block_size)
            yield self._block(position, word, length) if word else bytes(length)
            position += word & (RAW_BLOCK - 1)
            size -= length
        if tail:
            yield self._tail(inode, tail)

    def _words(self, inode: Inode, count: int) -> Iterator[int]:
        """Yield the block words; there may be more than fit into memory."""
        if not count:
            return
        cursor = Cursor(self._pieces, *inode.words, self._words_end)
        while count:
            now = min(count, _WORDS)
            yield from struct.unpack(f"<{now}I", cursor.read(4 * now))
            count -= now

    def _block(self, position: int, word: int, length: int) -> bytes:
        """Return the block at `position`, which must have `length` bytes."""
        data = self._unpack(position, word)
        if len(data) != length:
            raise corrupt("a block of a file has the wrong length")
        return data

    def _unpack(self, position: int, word: int) -> bytes:
        stored = word & (RAW_BLOCK - 1)
        if word >= RAW_BLOCK * 2 or not 0 < stored <= self._block_size:
            raise corrupt("a block has an impossible length")
        payload = self._window.read(position, stored)
        return payload if word & RAW_BLOCK else decompress(self._compressor, payload, self._block_size)

    def _tail(self, inode: Inode, length: int) -> bytes:
        data = self._fragment(inode.fragment)[inode.offset : inode.offset + length]
        if len(data) != length:
            raise corrupt("the end of a file lies outside its fragment")
        return data

    def _fragment(self, number: int) -> bytes:
        data = self._kept.get(number)
        if data is None:
            position, word, _ = FRAGMENT.unpack(self._fragments.entry(number))
            data = self._kept[number] = self._unpack(position, word)
            if len(self._kept) > self._kept_at_most:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(number)
        return data

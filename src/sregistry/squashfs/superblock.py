"""The superblock: the first 96 bytes of an image."""

from __future__ import annotations

import struct
from dataclasses import astuple, dataclass

from sregistry.squashfs.errors import SquashfsError, corrupt

MAGIC = b"hsqs"
SIZE = 96
ABSENT = (1 << 64) - 1
BLOCK_LOGS = range(12, 21)

#: The raw bits are hints: what a block is, is in its own header.
INODES_RAW, DATA_RAW, FRAGMENTS_RAW, NO_FRAGMENTS = 0x1, 0x2, 0x8, 0x10
DUPLICATES_REMOVED, EXPORTABLE, XATTRS_RAW, NO_XATTRS, OPTIONS, IDS_RAW = 0x40, 0x80, 0x100, 0x200, 0x400, 0x800

_STRUCT = struct.Struct("<4sIIIIHHHHHHQQQQQQQQ")


@dataclass(frozen=True, slots=True)
class Superblock:
    """Fields in the order of the format; positions are bytes from the start of the image, ABSENT if none.

    Attributes:
        time: when the image was made, Unix seconds.
        root: reference of the root inode.
        bytes_used: end of the last table; only zeros follow.
        id_table, fragment_table, export_table: position of the table's index.
        xattr_table: position of the header in front of the index.
        inode_table, directory_table: position of the first piece.
    """

    inodes: int
    time: int
    block_size: int
    fragments: int
    compressor: int
    flags: int
    ids: int
    root: int
    bytes_used: int
    id_table: int
    xattr_table: int
    inode_table: int
    directory_table: int
    fragment_table: int
    export_table: int

    def pack(self) -> bytes:
        """Return the 96 bytes."""
        return _STRUCT.pack(
            MAGIC,
            self.inodes,
            self.time,
            self.block_size,
            self.fragments,
            self.compressor,
            self.block_size.bit_length() - 1,
            self.flags,
            self.ids,
            4,
            0,
            *astuple(self)[7:],
        )

    @classmethod
    def unpack(cls, data: bytes) -> Superblock:
        """Read the superblock, as kernels check it.

        Raises SquashfsError ``squashfs-not-an-image``, ``squashfs-version``, ``squashfs-corrupt``.
        """
        if len(data) < SIZE or data[:4] != MAGIC:
            raise SquashfsError("squashfs-not-an-image", "there is no squashfs image")
        _, inodes, time, block_size, fragments, codec, log, flags, ids, major, minor, *rest = _STRUCT.unpack(
            data[:SIZE]
        )
        if (major, minor) != (4, 0):
            version = f"{major}.{minor}"
            raise SquashfsError("squashfs-version", f"squashfs {version} cannot be read, only 4.0", detail=version)
        if log not in BLOCK_LOGS or block_size != 1 << log:
            raise corrupt(f"its block size is {block_size}, its logarithm {log}")
        if not ids:
            raise corrupt("it has no owners")
        return cls(inodes, time, block_size, fragments, codec, flags, ids, *rest)

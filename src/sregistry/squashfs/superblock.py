"""The superblock: the first 96 bytes of an image."""

from __future__ import annotations

import struct
from dataclasses import astuple, dataclass

from sregistry.squashfs.errors import SquashfsError

MAGIC = 0x73717368
SIZE = 96
ABSENT = (1 << 64) - 1
BLOCK_SIZES = range(12, 21)

INODES_RAW, DATA_RAW, FRAGMENTS_RAW, NO_FRAGMENTS = 0x1, 0x2, 0x8, 0x10
DUPLICATES_REMOVED, EXPORTABLE, XATTRS_RAW, NO_XATTRS, OPTIONS, IDS_RAW = 0x40, 0x80, 0x100, 0x200, 0x400, 0x800

_STRUCT = struct.Struct("<IIIIIHHHHHHQQQQQQQQ")


@dataclass(frozen=True, slots=True)
class Superblock:
    """Fields in the order of the format; positions are bytes from the start of the image, ABSENT if none."""

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
        """Read the superblock; raise SquashfsError ``squashfs-not-an-image`` or ``squashfs-version``."""
        if len(data) < SIZE or data[:4] != MAGIC.to_bytes(4, "little"):
            raise SquashfsError("squashfs-not-an-image", "there is no squashfs image")
        _, inodes, time, block_size, fragments, compressor, log, flags, ids, major, minor, *places = _STRUCT.unpack(
            data[:SIZE]
        )
        if (major, minor) != (4, 0):
            raise SquashfsError(
                "squashfs-version", f"squashfs {major}.{minor} is not supported", detail=f"{major}.{minor}"
            )
        if log not in BLOCK_SIZES or block_size != 1 << log:
            raise SquashfsError("squashfs-corrupt", "the superblock is damaged", detail="block size")
        return cls(inodes, time, block_size, fragments, compressor, flags, ids, *places)

"""Descriptors: 585 bytes that say what an object is and where it lies."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from sregistry.sif import arch as architectures

SIZE = 585
CAPACITY = 48
TABLE = 4096
GROUP = 0xF0000000

_STRUCT = struct.Struct("<i?IIIqqqqqqq128s384s")
_PARTITION = struct.Struct("<ii3s")


class DataType(IntEnum):
    """What an object holds."""

    DEFFILE = 0x4001
    ENVIRONMENT = 0x4002
    LABELS = 0x4003
    PARTITION = 0x4004
    SIGNATURE = 0x4005
    JSON = 0x4006
    GENERIC = 0x4007
    CRYPTO = 0x4008
    SBOM = 0x4009
    OCI_ROOT = 0x400A
    OCI_BLOB = 0x400B


class Filesystem(IntEnum):
    """What a partition is formatted as."""

    SQUASHFS = 1
    EXT3 = 2
    ARCHIVE = 3
    RAW = 4
    ENCRYPTED_SQUASHFS = 5
    GOCRYPTFS_SQUASHFS = 6


#: How the contents of these file systems are encrypted.
ENCRYPTIONS = {Filesystem.ENCRYPTED_SQUASHFS: "LUKS", Filesystem.GOCRYPTFS_SQUASHFS: "gocryptfs"}


class PartitionType(IntEnum):
    """What a partition is for; exactly one is PRIMARY, and that is what runs."""

    SYSTEM = 1
    PRIMARY = 2
    DATA = 3
    OVERLAY = 4


class Partition(NamedTuple):
    """What the extra data of a partition says; numbers as in the file, also ones unknown here."""

    filesystem: int
    kind: int
    arch: str

    @property
    def architecture(self) -> str:
        """Go's name of the architecture; "unknown" for an unknown code."""
        return architectures.name(self.arch)

    @property
    def encryption(self) -> str | None:
        """How the contents are encrypted; None if they are not."""
        return next((how for kind, how in ENCRYPTIONS.items() if kind == self.filesystem), None)


@dataclass(frozen=True, slots=True)
class Descriptor:
    """One used descriptor; numbers as in the file, `group` and `link` with their marker bits."""

    type: int
    id: int
    group: int
    link: int
    offset: int
    size: int
    padded_size: int
    created: int
    modified: int
    name: bytes
    extra: bytes

    def pack(self) -> bytes:
        """Return the 585 bytes."""
        return _STRUCT.pack(
            self.type,
            True,
            self.id,
            self.group,
            self.link,
            self.offset,
            self.size,
            self.padded_size,
            self.created,
            self.modified,
            0,
            0,
            self.name,
            self.extra,
        )

    @classmethod
    def unpack(cls, data: bytes) -> Descriptor | None:
        """Read 585 bytes; None for an unused descriptor."""
        kind, used, number, group, link, offset, size, padded, created, modified, _, _, name, extra = _STRUCT.unpack(
            data
        )
        if not used:
            return None
        name = name.rstrip(b"\0")
        return cls(kind, number, group, link, offset, size, padded, created, modified, name, extra)

    @property
    def partition(self) -> Partition | None:
        """What a partition is; None for other objects."""
        if self.type != DataType.PARTITION:
            return None
        filesystem, kind, arch = _PARTITION.unpack(self.extra[: _PARTITION.size])
        return Partition(filesystem, kind, arch.rstrip(b"\0").decode("ascii", "replace"))


def partition_extra(filesystem: Filesystem | int, kind: PartitionType, arch: str) -> bytes:
    """The extra data of a partition."""
    return _PARTITION.pack(filesystem, kind, arch.encode())

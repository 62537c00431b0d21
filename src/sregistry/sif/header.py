"""The global header: 128 bytes at the start of the file."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from sregistry.sif.errors import SifError

LAUNCH = b"#!/usr/bin/env run-singularity\n"
MAGIC = b"SIF_MAGIC\0"
VERSION = b"01\0"
SIZE = 128

_STRUCT = struct.Struct("<32s10s3s3s16s8q")


@dataclass(frozen=True, slots=True)
class Header:
    """Fields in the order of the format; times are Unix seconds, places and sizes bytes.

    `free` counts unused descriptors; a file where it equals `total` reads as empty.
    """

    launch: bytes
    arch: str
    id: bytes
    created: int
    modified: int
    free: int
    total: int
    descriptors_offset: int
    descriptors_size: int
    data_offset: int
    data_size: int

    @property
    def end(self) -> int:
        """Where the last object ends, and with it the file."""
        return self.data_offset + self.data_size

    def pack(self) -> bytes:
        """Return the 128 bytes."""
        return _STRUCT.pack(
            self.launch,
            MAGIC,
            VERSION,
            self.arch.encode(),
            self.id,
            self.created,
            self.modified,
            self.free,
            self.total,
            self.descriptors_offset,
            self.descriptors_size,
            self.data_offset,
            self.data_size,
        )

    @classmethod
    def unpack(cls, data: bytes) -> Header:
        """Read the header; raise SifError ``sif-not-an-image``, ``sif-truncated`` or ``sif-version``."""
        if data[32:42] != MAGIC:
            raise SifError("sif-not-an-image", "this is not a SIF file", size=None if data else 0)
        if len(data) < SIZE:
            raise SifError("sif-truncated", "the SIF file ends within its header", actual_size=len(data))
        launch, _, version, arch, identity, *numbers = _STRUCT.unpack(data[:SIZE])
        if version != VERSION:
            text = version.rstrip(b"\0").decode("ascii", "replace")
            raise SifError("sif-version", f"SIF version {text!r} is not supported", detail=text)
        return cls(launch.rstrip(b"\0"), arch.rstrip(b"\0").decode("ascii", "replace"), identity, *numbers)

"""Extended attributes: distinct sets, numbered; each inode holds a number or NONE."""

from __future__ import annotations

import struct

from sregistry.squashfs.compressors import Compressor
from sregistry.squashfs.errors import SquashfsError
from sregistry.squashfs.metadata import MetadataWriter, write_pieces

NONE = 0xFFFFFFFF
PREFIXES = (b"user.", b"trusted.", b"security.")
MAX_VALUE = 65536
_SET = struct.Struct("<QII")

Xattrs = tuple[tuple[bytes, bytes], ...]


class XattrWriter:
    """Collects the sets of an image.

    Attributes:
        dropped: names that the format cannot hold (other prefixes, such as POSIX ACLs).
    """

    def __init__(self, compressor: Compressor) -> None:
        self._compressor = compressor
        self._numbers: dict[Xattrs, int] = {}
        self._pairs = MetadataWriter(compressor)
        self._sets = bytearray()
        self.dropped: set[bytes] = set()

    def number(self, xattrs: Xattrs) -> int:
        """Return the number of this set; NONE if nothing of it can be stored."""
        found = self._numbers.get(xattrs)
        if found is None:
            found = self._numbers[xattrs] = self._add(xattrs)
        return found

    def _add(self, xattrs: Xattrs) -> int:
        packed = [pair for name, value in xattrs if (pair := self._pack(name, value))]
        if not packed:
            return NONE
        reference = self._pairs.block << 16 | self._pairs.offset
        data = b"".join(packed)
        self._pairs.write(data)
        self._sets += _SET.pack(reference, len(packed), len(data))
        return len(self._sets) // _SET.size - 1

    def _pack(self, name: bytes, value: bytes) -> bytes | None:
        for number, prefix in enumerate(PREFIXES):
            if name.startswith(prefix) and len(name) > len(prefix):
                if len(name) > 255 or len(value) > MAX_VALUE:
                    raise SquashfsError(
                        "squashfs-xattr-too-long",
                        "an extended attribute is longer than Linux allows",
                        name=name[:255].decode("utf-8", "surrogateescape"),
                        size=len(value),
                    )
                rest = name[len(prefix) :]
                return struct.pack("<HH", number, len(rest)) + rest + struct.pack("<I", len(value)) + value
        self.dropped.add(name)
        return None

    def write(self, out: bytearray, base: int) -> int | None:
        """Append the tables; return the position that the superblock names, None if there are no sets."""
        if not self._sets:
            return None
        first = base + len(out)
        out += self._pairs.finish()
        starts = write_pieces(out, base, bytes(self._sets), self._compressor)
        position = base + len(out)
        out += _SET.pack(first, len(self._sets) // _SET.size, 0)
        out += struct.pack(f"<{len(starts)}Q", *starts)
        return position

"""The bytes of a pack file, little-endian and packed.

::

    0        header    16  magic "SREGPACK", u32 format version, u32 block size
    16       data          compressed blocks and fragment blocks, in the order of the layer
    ..       records       one RECORD per entry, in the order of the layer
    ..       words         u32 squashfs block words of all files, one run per file
    ..       fragments     one FRAGMENT per fragment block
    ..       xattr sets    u32 count, then per set: u16 pairs, per pair u16 + name, u32 + value
    ..       heap          path and link texts
    ..       trailer   112 magic "SREGTAIL", the five section offsets, entry count, fragment count, format
                           version, sha256 of everything from records to heap

The content key of a file in a fragment is a hash of its content; that of a file in blocks is a fingerprint, which is
also equal for equal content but may be equal for other content.

A reader starts at the trailer, whose digest covers the whole index; block data is covered by each
block's own checksum and by the layer's digest at the time of conversion. The version goes up with any
change of layout or of the way files are cut into blocks: a pack of another version is made anew.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

VERSION = 2
HEADER = struct.Struct("<8sII")
HEADER_MAGIC = b"SREGPACK"
TRAILER = struct.Struct("<8s6Q3I4x32s")
TRAILER_MAGIC = b"SREGTAIL"

#: kind, mode, uid, gid, mtime, size, path offset, path length, link offset, link length, xattr set,
#: device, first block (offset in the pack), first word, words, fragment, offset in fragment, hole bytes, content key
RECORD = struct.Struct("<BxHIIqQIIIIIIQIIIIQ16s")
#: offset in the pack, block word
FRAGMENT = struct.Struct("<QI4x")

NONE = 0xFFFFFFFF
KEY_SIZE = 16
NO_KEY = bytes(KEY_SIZE)


@dataclass(frozen=True, slots=True)
class Trailer:
    """The end of a pack.

    Attributes:
        places: where records, words, fragments, xattr sets and heap begin, and where the heap ends.
        record_count, fragment_count: how many there are.
        digest: sha256 of all sections.
    """

    places: tuple[int, ...]
    record_count: int
    fragment_count: int
    digest: bytes

    def pack(self) -> bytes:
        """Return the trailer's bytes."""
        return TRAILER.pack(
            TRAILER_MAGIC,
            *self.places,
            self.record_count,
            self.fragment_count,
            VERSION,
            self.digest,
        )

    @classmethod
    def unpack(cls, data: bytes) -> Trailer | None:
        """Return the trailer in `data`, or None if it is none of this version."""
        magic, *offsets, records, fragments, version, digest = TRAILER.unpack(data)
        if magic != TRAILER_MAGIC or version != VERSION or offsets != sorted(offsets):
            return None
        return cls(tuple(offsets), records, fragments, digest)

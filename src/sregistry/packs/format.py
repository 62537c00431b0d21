"""The bytes of a pack file, little-endian and packed.

::

    0        header    16  magic "SREGPACK", u32 format version, u32 block size
    16       data          compressed blocks and fragment blocks, in the order of the layer
    ..       records       one RECORD per entry, in the order of the layer
    ..       words         u32 squashfs block words of all files, one run per file
    ..       fragments     one FRAGMENT per fragment block
    ..       runs          one RUN per piece that was written to the data at once
    ..       xattr sets    u32 count, then per set: u16 pairs, per pair u16 + name, u32 + value
    ..       heap          path and link texts
    ..       label         text: which layer this is, and which codec made its blocks
    ..       trailer   120 magic "SREGTAIL", where the sections begin and the last one ends, entry count, fragment
                           count, format version, sha256 of the header, the sections and the trailer up to here

The content key of a file in a fragment is a hash of its content; that of a file in blocks is a fingerprint, which is
also equal for equal content but may be equal for other content.

A run's checksum is the CRC-32 of all data up to its end. So any stretch of runs is verified in one go, with the
checksum before it as the start value; a file's blocks and a fragment block begin and end where runs do. Nothing in the
file is left out: a reader that has verified the digest, and the checksum of what it copies, has what was written.

The version goes up with any change of layout or of the way files are cut into blocks: a pack of another version is made
anew.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

VERSION = 3
HEADER = struct.Struct("<8sII")
HEADER_MAGIC = b"SREGPACK"
TRAILER = struct.Struct("<8s8Q3I4x32s")
TRAILER_MAGIC = b"SREGTAIL"
#: Bytes of the trailer that its digest covers.
TRAILER_COVERED = TRAILER.size - 32

#: kind, mode, uid, gid, mtime, size, path offset, path length, link offset, link length, xattr set,
#: device, first block (offset in the pack), first word, words, fragment, offset in fragment, hole bytes, content key
RECORD = struct.Struct("<BxHIIqQIIIIIIQIIIIQ16s")
#: offset in the pack, block word
FRAGMENT = struct.Struct("<QI4x")
#: bytes of data, checksum of all data up to their end
RUN = struct.Struct("<II")

NONE = 0xFFFFFFFF
KEY_SIZE = 16
NO_KEY = bytes(KEY_SIZE)


@dataclass(frozen=True, slots=True)
class Trailer:
    """The end of a pack.

    Attributes:
        places: where records, words, fragments, runs, xattr sets, heap and label begin, and where the label ends.
        record_count, fragment_count: how many there are.
        digest: sha256 of the header, all sections and the rest of the trailer.
    """

    places: tuple[int, ...]
    record_count: int
    fragment_count: int
    digest: bytes = bytes(32)

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
        if len(data) != TRAILER.size:
            return None
        magic, *offsets, records, fragments, version, digest = TRAILER.unpack(data)
        if magic != TRAILER_MAGIC or version != VERSION or offsets != sorted(offsets):
            return None
        return cls(tuple(offsets), records, fragments, digest)

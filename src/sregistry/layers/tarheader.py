"""The 512 bytes before a tar member: where its fields lie and how they are written.

::

    0 name 100 | 100 mode 8 | 108 uid 8 | 116 gid 8 | 124 size 12 | 136 mtime 12 | 148 checksum 8
    156 type 1 | 157 link 100 | 257 magic 8 | 329 major 8 | 337 minor 8 | 345 prefix 155

Source: POSIX.1-2017, pax, "ustar Interchange Format"; base-256 numbers as GNU tar writes them.
"""

from __future__ import annotations

from functools import lru_cache
from zlib import adler32

from sregistry.layers.entries import Kind

BLOCK = 512
KINDS = {
    b"0": Kind.FILE,
    b"\0": Kind.FILE,
    b"7": Kind.FILE,
    b"S": Kind.FILE,
    b"1": Kind.HARDLINK,
    b"2": Kind.SYMLINK,
    b"3": Kind.CHARACTER,
    b"4": Kind.BLOCK,
    b"5": Kind.DIRECTORY,
    b"6": Kind.FIFO,
}
#: The modulus of Adler-32 (RFC 1950, 8.2), whose low half, begun at 0, is the sum of all bytes: much faster than `sum`.
_ADLER = 65521
#: The checksum is made with eight blanks in its own place.
_BLANKS = 8 * 0x20


def number(field: bytes) -> int:
    """Return the value of octal text, or of GNU's base-256 where the first bit is set (two's complement).

    Raises ValueError.
    """
    try:
        return int(field.rstrip(b"\0 ") or b"0", 8)
    except ValueError:
        if field[0] & 0x80:
            value = int.from_bytes(field, "big") & ((1 << (8 * len(field) - 1)) - 1)
            return value - (1 << (8 * len(field) - 1)) if field[0] & 0x40 else value
        return _first_number(field.split(b"\0", 1)[0].strip())


def _first_number(text: bytes) -> int:
    try:
        return int(text or b"0", 8)
    except ValueError:
        raise ValueError(f"{text[:12]!r} is not an octal number") from None


# The same ones come again and again.
@lru_cache(maxsize=1024)
def mode_and_owner(fields: bytes) -> tuple[int, int, int]:
    """Return (permission bits, uid, gid) of a header's bytes 100 to 124; raise ValueError."""
    return number(fields[:8]) & 0o7777, number(fields[8:16]), number(fields[16:])


def is_sound(header: bytes) -> bool:
    """Whether the checksum is right. One that is wrong by exactly 65521 passes: the layer's digest sees more."""
    total = adler32(header[156:], adler32(header[:148], 0)) & 0xFFFF
    try:
        return (total + _BLANKS - number(header[148:156])) % _ADLER == 0
    except ValueError:
        return False


def is_sound_with_signs(header: bytes) -> bool:
    """Whether the checksum is right for old programs, which added up signed bytes; raise ValueError for no number."""
    rest = header[:148] + header[156:]
    return sum(rest) + _BLANKS - 256 * sum(byte > 127 for byte in rest) == number(header[148:156])


def name(header: bytes) -> bytes:
    """Return the path, as it is."""
    last = header[:100].split(b"\0", 1)[0]
    # GNU's magic ends in blanks and uses the prefix field for other things.
    if header[257:263] == b"ustar\0" and header[345]:
        return header[345:500].split(b"\0", 1)[0] + b"/" + last
    return last

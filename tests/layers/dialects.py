"""Difficult archives of one layer: how the dialects of tar write names, numbers, owners, times and attributes."""

from __future__ import annotations

from tests.layers.blocks import (
    CONTIGUOUS,
    GLOBAL,
    GNU,
    LONG_LINK,
    OLD_FILE,
    V7,
    archive,
    directory,
    extended,
    file,
    hardlink,
    long,
    noise,
    patched,
    symlink,
)

#: cap_net_raw=ep as the kernel keeps it (VFS_CAP_REVISION_2): binary, with NUL bytes.
CAPABILITY = bytes.fromhex("0100000200200000000000000000000000000000")
DEEP = b"/".join([b"deep"] * 60)
NAME_255 = b"n" * 255
TEXT = b"content\n"


def _signed_checksum(member: bytes) -> bytes:
    """A member whose checksum adds up signed bytes, as some old writers did."""
    high = sum(byte > 127 for byte in member[:512])
    return member[:148] + b"%06o\0 " % (int(member[148:154], 8) - 256 * high) + member[156:]


def _pax(records: dict[bytes, bytes], member: bytes) -> list[bytes]:
    return [archive(extended(records), member)]


FORMATS: dict[str, list[bytes]] = {
    "ustar": [archive(directory(b"d/"), file(b"d/f", TEXT), symlink(b"l", b"d/f"), hardlink(b"h", b"d/f"))],
    "ustar-prefix": [archive(file(b"f" * 90, TEXT, prefix=b"/".join([b"p" * 30] * 5)))],
    "v7": [archive(directory(b"d/", magic=V7), file(b"d/f", TEXT, kind=OLD_FILE, magic=V7))],
    "v7-directory-by-slash": [archive(file(b"d/", kind=OLD_FILE, magic=V7), file(b"d/f", TEXT, magic=V7))],
    "gnu": [archive(directory(b"d/", magic=GNU), file(b"d/f", TEXT, magic=GNU))],
    "contiguous-file": [archive(file(b"f", TEXT, kind=CONTIGUOUS))],
    "gnu-long-name": [archive(long(DEEP + b"/f"), file(DEEP[:100], TEXT, magic=GNU))],
    "gnu-long-link": [archive(long(DEEP, LONG_LINK), symlink(b"l", DEEP[:100], magic=GNU))],
    "gnu-long-both": [archive(long(DEEP, LONG_LINK), long(NAME_255), symlink(b"n" * 100, DEEP[:100], magic=GNU))],
    "gnu-long-hardlink": [
        archive(long(NAME_255), file(b"n", TEXT, magic=GNU), long(NAME_255, LONG_LINK), hardlink(b"h", b"n", magic=GNU))
    ],
    "base256": [archive(file(b"f", TEXT, uid=3000, gid=3_000_000, magic=GNU, binary=True))],
    "base256-negative-time": [archive(file(b"f", TEXT, mtime=-86400, magic=GNU))],
    "base256-large-ids": [archive(file(b"f", TEXT, uid=2_000_000_000, gid=2_000_000_001, magic=GNU))],
    "numbers-with-blanks": [
        archive(patched(file(b"f", TEXT), 100, b"   644 \0"), patched(file(b"g", TEXT), 136, b"13226112000 "))
    ],
    "checksum-of-signed-bytes": [archive(_signed_checksum(file("é".encode(), TEXT)))],
    "pax-path": _pax({b"path": DEEP + b"/file"}, file(b"short", TEXT)),
    "pax-linkpath": _pax({b"linkpath": DEEP}, symlink(b"l", b"short")),
    "pax-hardlink": [
        archive(
            extended({b"path": NAME_255}), file(b"short", TEXT), extended({b"linkpath": NAME_255}), hardlink(b"h", b"x")
        )
    ],
    "pax-size": _pax({b"size": b"8"}, file(b"f", TEXT, size=0)),
    "pax-owner-none": [archive(extended({b"uid": b"4294967295", b"gid": b"4294967295"}), file(b"f", TEXT))],
    "pax-owner": _pax({b"uid": b"1234567890", b"gid": b"4000000000"}, file(b"f", TEXT)),
    "pax-time-fraction": _pax({b"mtime": b"1520000001.987654321"}, file(b"f", TEXT)),
    "pax-time-negative": _pax({b"mtime": b"-1234567.25"}, file(b"f", TEXT)),
    "pax-time-zero": _pax({b"mtime": b"0"}, file(b"f", TEXT)),
    "pax-time-after-2038": _pax({b"mtime": b"4000000000"}, file(b"f", TEXT)),
    "pax-other-times": _pax({b"atime": b"1.5", b"ctime": b"2.5", b"comment": b"= \n="}, file(b"f", TEXT)),
    "pax-names-of-owners": _pax({b"uname": "bär".encode(), b"gname": b"nobody"}, file(b"f", TEXT)),
    "pax-empty-value": _pax({b"path": b"", b"uid": b""}, file(b"f", TEXT, uid=7)),
    "pax-repeated-key": [archive(extended([(b"path", b"first"), (b"path", b"second")]), file(b"f", TEXT))],
    "pax-long-value": _pax({b"comment": b"c" * 99_000}, file(b"f", TEXT)),
    "pax-record-of-99-bytes": _pax({b"comment": b"c" * 87, b"path": b"found"}, file(b"f", TEXT)),
    "pax-record-of-101-bytes": _pax({b"comment": b"c" * 88, b"path": b"found"}, file(b"f", TEXT)),
    "pax-global-comment": [archive(extended({b"comment": b"0123abcd"}, kind=GLOBAL), file(b"f", TEXT))],
    "pax-before-gnu-long-name": [archive(extended({b"uid": b"5"}), long(NAME_255), file(b"n", TEXT, magic=GNU))],
    "pax-binary-mtime-in-header": _pax({b"path": b"g"}, file(b"f", TEXT, mtime=1 << 33)),
    "xattr-user": _pax({b"SCHILY.xattr.user.note": b"text"}, file(b"f", TEXT)),
    "xattr-empty": _pax({b"SCHILY.xattr.user.empty": b""}, file(b"f", TEXT)),
    "xattr-binary": _pax({b"SCHILY.xattr.user.binary": b"\0=\n\xff 12 a=b\n"}, file(b"f", TEXT)),
    "xattr-large": _pax({b"SCHILY.xattr.user.large": noise(b"xattr", 3000)}, file(b"f", TEXT)),
    "xattr-of-directory": [archive(extended({b"SCHILY.xattr.user.d": b"1"}), directory(b"d/"), file(b"d/f", TEXT))],
    "capability": _pax({b"SCHILY.xattr.security.capability": CAPABILITY}, file(b"ping", TEXT, mode=0o755)),
    "capability-of-hardlink": [
        archive(
            extended({b"SCHILY.xattr.security.capability": CAPABILITY}),
            file(b"ping", TEXT, mode=0o755),
            hardlink(b"again", b"ping"),
        )
    ],
    "xattr-only-of-the-next": [archive(extended({b"SCHILY.xattr.user.a": b"1"}), file(b"f", TEXT), file(b"g", TEXT))],
}

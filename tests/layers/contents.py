"""Difficult archives of one layer: sizes and holes of files, devices, modes, odd names, odd ends."""

from __future__ import annotations

from tests.layers.blocks import (
    BLOCK,
    CHARACTER,
    DEVICE,
    END,
    FIFO,
    GNU,
    HARDLINK,
    SPARSE,
    archive,
    directory,
    extended,
    file,
    hardlink,
    header,
    node,
    noise,
    number,
    padded,
    symlink,
)

TEXT = b"content\n"
#: squashfs' default block: a file of this size has one block and no fragment.
SQUASHFS_BLOCK = 131072
_SIZES = (0, 1, 511, 512, 513, SQUASHFS_BLOCK - 1, SQUASHFS_BLOCK, SQUASHFS_BLOCK + 1, 1 << 20)
_HOLES = ((0, b"head"), (200_000, b"middle" * 1000), (600_000, b"tail"))
_HOLED_SIZE = 700_000

SIZES: dict[str, list[bytes]] = {
    **{f"size-{size}": [archive(file(b"f", noise(b"%d" % size, size)))] for size in _SIZES},
    "zeros": [archive(file(b"f", bytes(3 * SQUASHFS_BLOCK)), file(b"g", bytes(100)))],
    "zeros-inside": [archive(file(b"f", noise(b"a", 131072) + bytes(131072) + noise(b"b", 131072) + bytes(99)))],
    "zeros-at-the-end": [archive(file(b"f", b"x" + bytes(400_000)))],
    "same-content-often": [archive(*(file(b"f%d" % i, noise(b"same", 200_000)) for i in range(4)))],
    "same-tail": [archive(*(file(b"f%d" % i, noise(b"%d" % i, 131072) + b"tail") for i in range(3)))],
    "many-small-files": [archive(directory(b"d/"), *(file(b"d/%04d" % i, b"%d\n" % i) for i in range(1200)))],
}


def _old_sparse(name: bytes) -> bytes:
    """Old GNU's sparse file: four extents in the header, the rest in extension blocks of 21."""
    extents = [(start * 8192, b"part %03d" % start) for start in range(30)]
    stored = b"".join(data for _, data in extents)
    pairs = [number(at, 12) + number(len(data), 12) for at, data in extents]
    rest = bytes(41) + b"".join(pairs[:4]) + b"\1" + number(30 * 8192, 12)
    extensions = [b"".join(pairs[4:25]) + b"\1", b"".join(pairs[25:])]
    blocks = b"".join(part.ljust(BLOCK, b"\0") for part in extensions)
    return header(name, SPARSE, size=len(stored), magic=GNU, rest=rest) + blocks + padded(stored)


def _sparse_stored() -> bytes:
    return b"".join(data for _, data in _HOLES)


def _sparse_00() -> bytes:
    pairs = [(key, b"%d" % value) for at, data in _HOLES for key, value in _offset_and_length(at, data)]
    records = [(b"GNU.sparse.size", b"%d" % _HOLED_SIZE), (b"GNU.sparse.numblocks", b"3"), *pairs]
    return extended(records) + file(b"f", _sparse_stored())


def _offset_and_length(at: int, data: bytes) -> list[tuple[bytes, int]]:
    return [(b"GNU.sparse.offset", at), (b"GNU.sparse.numbytes", len(data))]


def _sparse_01() -> bytes:
    extents = b",".join(b"%d,%d" % (at, len(data)) for at, data in _HOLES)
    records = {b"GNU.sparse.name": b"f", b"GNU.sparse.size": b"%d" % _HOLED_SIZE, b"GNU.sparse.numblocks": b"3"}
    records[b"GNU.sparse.map"] = extents
    return extended(records) + file(b"GNUSparseFile.0/f", _sparse_stored())


def sparse_10(extents: tuple[tuple[int, bytes], ...] = _HOLES, size: int = _HOLED_SIZE) -> bytes:
    numbers = [len(extents), *(value for at, data in extents for value in (at, len(data)))]
    table = padded(b"".join(b"%d\n" % value for value in numbers))
    records = {b"GNU.sparse.major": b"1", b"GNU.sparse.minor": b"0", b"GNU.sparse.name": b"f"}
    records[b"GNU.sparse.realsize"] = b"%d" % size
    return extended(records) + file(b"GNUSparseFile.0/f", table + b"".join(data for _, data in extents))


HOLES: dict[str, list[bytes]] = {
    "sparse-old-gnu": [archive(_old_sparse(b"f"), file(b"after", TEXT))],
    "sparse-pax-0.0": [archive(_sparse_00(), file(b"after", TEXT))],
    "sparse-pax-0.1": [archive(_sparse_01(), file(b"after", TEXT))],
    "sparse-pax-1.0": [archive(sparse_10(), file(b"after", TEXT))],
    "sparse-pax-1.0-long-map": [archive(sparse_10(tuple((i * 4096, b"%03d" % i) for i in range(200)), 1 << 20))],
    "sparse-one-hole": [archive(sparse_10((), 400_000), file(b"after", TEXT))],
    "sparse-empty": [archive(sparse_10((), 0), file(b"after", TEXT))],
    "sparse-with-hardlink": [archive(sparse_10(), hardlink(b"h", b"f"))],
}

KINDS: dict[str, list[bytes]] = {
    "devices": [
        archive(directory(b"dev/"), node(b"dev/null", CHARACTER, (1, 3), mode=0o666), node(b"b", DEVICE, (8, 1)))
    ],
    "device-large-numbers": [archive(node(b"c", CHARACTER, (511, 1_000_000)), node(b"b", DEVICE, (4095, 255)))],
    "fifo": [archive(node(b"p", FIFO, mode=0o600))],
    "hardlink-to-device": [archive(node(b"c", CHARACTER, (1, 5)), hardlink(b"h", b"c"))],
    "hardlink-to-fifo": [archive(node(b"p", FIFO), hardlink(b"h", b"p"))],
    "hardlink-to-symlink": [archive(symlink(b"l", b"nowhere"), hardlink(b"h", b"l"))],
    "hardlink-chain": [archive(file(b"a", TEXT), hardlink(b"b", b"a"), hardlink(b"c", b"b"), hardlink(b"d", b"c"))],
    "hardlink-with-size": [archive(file(b"a", TEXT), header(b"h", HARDLINK, link=b"a", size=0, mode=0o644))],
    "hardlink-by-absolute-name": [archive(file(b"a", TEXT), hardlink(b"h", b"/a"), hardlink(b"i", b"./a"))],
    "hardlink-to-empty-file": [archive(file(b"a"), hardlink(b"h", b"a"))],
    "hardlink-to-large-file": [archive(file(b"a", noise(b"large", 300_000)), hardlink(b"h", b"a"))],
    "hardlink-across-directories": [
        archive(directory(b"d/"), file(b"d/a", TEXT), directory(b"e/"), hardlink(b"e/a", b"d/a"))
    ],
    "hardlink-through-symlink": [
        archive(directory(b"d/"), file(b"d/a", TEXT), symlink(b"s", b"d"), hardlink(b"h", b"s/a"))
    ],
    "symlink-long": [archive(extended({b"linkpath": b"x/" * 1500 + b"y"}), symlink(b"l", b"x"))],
    "symlink-odd": [archive(symlink(b"a", b"/"), symlink(b"b", b".."), symlink(b"c", b"//x/../"), symlink(b"d", b"d"))],
    "setuid": [
        archive(file(b"su", TEXT, mode=0o4755), file(b"wall", TEXT, mode=0o2755), directory(b"tmp/", mode=0o1777))
    ],
    "setuid-with-owner": [archive(file(b"su", TEXT, mode=0o6755, uid=1000, gid=1000))],
    "mode-0000": [archive(file(b"shadow", TEXT, mode=0), directory(b"closed/", mode=0), file(b"closed/f", TEXT))],
    "read-only-directories": [
        archive(directory(b"d/", mode=0o555), file(b"d/f", TEXT), directory(b"d/e/", mode=0o111))
    ],
    "mode-with-type-bits": [archive(file(b"f", TEXT, mode=0o100644), directory(b"d/", mode=0o40755))],
}


def _name(raw: bytes) -> list[bytes]:
    return [archive(file(raw, TEXT))]


NAMES: dict[str, list[bytes]] = {
    "name-255-bytes": [archive(extended({b"path": b"n" * 255}), file(b"n", TEXT))],
    "name-not-utf8": _name(b"\xff\xfe-latin1-\xe9"),
    "name-not-utf8-in-pax": [archive(extended({b"path": b"\xff\xfe"}), file(b"n", TEXT))],
    "name-newline": _name(b"two\nlines"),
    "name-blanks-and-quotes": _name(b" '\"\\ $`*? "),
    "name-control-bytes": _name(b"\x01\x1b[31m\x7f"),
    "name-like-option": _name(b"-rf"),
    "name-differs-by-case": [archive(file(b"PAM.7", b"1"), file(b"pam.7", b"2"))],
    "name-composed-and-decomposed": [archive(file("é".encode(), b"1"), file("e\u0301".encode(), b"2"))],
    "name-three-dots": _name(b"..."),
    "name-dotdot-prefix": [archive(file(b"..f", TEXT), directory(b"..d/"), file(b"..d/f", TEXT))],
    "leading-dot-slash": [archive(directory(b"./"), directory(b"./d/"), file(b"./d/f", TEXT))],
    "leading-slash": [archive(directory(b"/d/"), file(b"/d/f", TEXT), hardlink(b"/d/h", b"/d/f"))],
    "double-slashes": [archive(directory(b"d//"), file(b"d//e//f", TEXT))],
    "dot-inside": [archive(directory(b"d/./"), file(b"d/./f", TEXT))],
    "dotdot-inside": [archive(directory(b"a/"), directory(b"b/"), file(b"a/../b/f", TEXT))],
    "slash-at-end-of-file": _name(b"d/"),
    "no-slash-at-end-of-directory": [archive(directory(b"d"), file(b"d/f", TEXT))],
    "root-entry": [archive(directory(b"./", mode=0o700, uid=5, gid=6, mtime=1), file(b"f", TEXT))],
    "root-entry-last": [archive(file(b"f", TEXT), directory(b"/", mode=0o711, mtime=2))],
    "parents-missing": [archive(file(b"a/b/c/f", TEXT), symlink(b"x/y/l", b"t"), hardlink(b"p/q/h", b"a/b/c/f"))],
    "parent-after-child": [archive(file(b"d/f", TEXT), directory(b"d/", mode=0o750, mtime=3))],
    "parent-is-symlink": [archive(directory(b"usr/bin/"), symlink(b"bin", b"usr/bin"), file(b"bin/f", TEXT))],
    "parent-is-absolute-symlink": [archive(directory(b"usr/"), symlink(b"l", b"/usr"), file(b"l/f", TEXT))],
    "parent-is-symlink-chain": [
        archive(directory(b"c/"), symlink(b"b", b"c"), symlink(b"a", b"b"), file(b"a/f", TEXT), directory(b"a/d/"))
    ],
    "duplicate-file": [archive(file(b"f", b"first"), file(b"f", b"second"))],
    "duplicate-directory": [archive(directory(b"d/", mode=0o700), file(b"d/f", TEXT), directory(b"d/", mode=0o755))],
    "duplicate-hardlinked": [archive(file(b"a", b"old"), hardlink(b"b", b"a"), file(b"a", b"new"))],
    "file-becomes-directory": [archive(file(b"x", TEXT), directory(b"x/"), file(b"x/f", TEXT))],
    "symlink-becomes-file": [archive(file(b"t", b"target"), symlink(b"l", b"t"), file(b"l", b"own"))],
    "deep": [archive(extended({b"path": b"d/" * 200 + b"f"}), file(b"n", TEXT))],
}

ENDS: dict[str, list[bytes]] = {
    "no-entries": [END],
    "no-end-blocks": [archive(file(b"f", TEXT), end=b"")],
    "one-end-block": [archive(file(b"f", TEXT), end=bytes(BLOCK))],
    "record-of-zeros": [archive(file(b"f", TEXT), end=bytes(20 * BLOCK))],
    "megabyte-of-zeros": [archive(file(b"f", TEXT), end=bytes(1 << 20))],
    "garbage-after-end": [archive(file(b"f", TEXT), end=END + noise(b"garbage", 5000))],
    "archive-after-end": [archive(file(b"f", TEXT), end=END + archive(file(b"unseen", TEXT)))],
}

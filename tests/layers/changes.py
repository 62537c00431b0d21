"""Difficult images of several layers: whiteouts, opaque directories, replacements, hard links between layers."""

from __future__ import annotations

from tests.layers.blocks import (
    CHARACTER,
    archive,
    directory,
    file,
    hardlink,
    node,
    noise,
    opaque,
    symlink,
    whiteout,
)

TEXT = b"content\n"
_BASE = archive(
    directory(b"d/", mode=0o750),
    file(b"d/a", b"a"),
    file(b"d/b", b"b"),
    directory(b"d/e/"),
    file(b"d/e/c", b"c"),
    file(b"f", b"f"),
    symlink(b"l", b"d"),
)


def _over(*members: bytes) -> list[bytes]:
    """The base with one layer on it."""
    return [_BASE, archive(*members)]


WHITEOUTS: dict[str, list[bytes]] = {
    "whiteout-of-file": _over(whiteout(b"f")),
    "whiteout-of-directory": _over(whiteout(b"d")),
    "whiteout-of-symlink": _over(whiteout(b"l")),
    "whiteout-below-symlink": _over(whiteout(b"l/a")),
    "whiteout-of-nothing": _over(whiteout(b"nothing"), whiteout(b"d/nothing")),
    "whiteout-in-missing-directory": _over(whiteout(b"missing/x")),
    "whiteouts-below-the-file-of-their-layer": _over(file(b"d", b"no directory"), whiteout(b"d/a"), whiteout(b"d/b")),
    "whiteouts-below-the-file-to-come": _over(whiteout(b"d/a"), file(b"d", b"no directory")),
    "whiteout-then-file": _over(whiteout(b"f"), file(b"f", b"new")),
    "file-then-whiteout": _over(file(b"f", b"new"), whiteout(b"f")),
    "whiteout-then-directory": _over(whiteout(b"d"), directory(b"d/"), file(b"d/new", TEXT)),
    "directory-then-whiteout": _over(directory(b"d/"), file(b"d/new", TEXT), whiteout(b"d")),
    "whiteout-in-the-same-layer-only": [archive(file(b"x", TEXT), whiteout(b"x"))],
    "whiteout-twice": _over(whiteout(b"f"), whiteout(b"f")),
    "whiteout-and-back": [_BASE, archive(whiteout(b"d")), archive(directory(b"d/"), file(b"d/back", TEXT))],
    "whiteout-of-one-hardlink": [archive(file(b"a", TEXT), hardlink(b"b", b"a")), archive(whiteout(b"a"))],
    "whiteout-by-directory": _over(directory(b".wh.f/")),
    "opaque-first": _over(opaque(b"d"), file(b"d/new", TEXT)),
    "opaque-last": _over(directory(b"d/"), file(b"d/new", TEXT), file(b"d/e/new", TEXT), opaque(b"d")),
    "opaque-before-its-directory": _over(opaque(b"d"), directory(b"d/", mode=0o700), file(b"d/a", b"new")),
    "opaque-nested": _over(opaque(b"d/e"), file(b"d/e/new", TEXT)),
    "opaque-of-missing-directory": _over(opaque(b"missing")),
    "opaque-of-root": _over(file(b".wh..wh..opq"), file(b"new", TEXT)),
    "opaque-and-whiteout": _over(opaque(b"d"), whiteout(b"d/a"), file(b"d/b", b"new")),
    "opaque-keeps-own-subdirectory": _over(directory(b"d/"), directory(b"d/e/"), opaque(b"d")),
    "aufs-bookkeeping": _over(directory(b".wh..wh.plnk/"), file(b".wh..wh.aufs"), file(b"new", TEXT)),
    "whiteout-with-content": _over(file(b".wh.f", b"not empty")),
}

REPLACEMENTS: dict[str, list[bytes]] = {
    "file-over-file": _over(file(b"f", b"new", mode=0o600, uid=9)),
    "file-over-directory": _over(file(b"d", TEXT)),
    "directory-over-file": _over(directory(b"f/"), file(b"f/g", TEXT)),
    "symlink-over-directory": _over(symlink(b"d", b"f")),
    "directory-over-symlink": _over(directory(b"l/"), file(b"l/new", TEXT)),
    "file-over-symlink": _over(file(b"l", TEXT)),
    "symlink-over-file": _over(symlink(b"f", b"d/a")),
    "symlink-over-symlink": _over(symlink(b"l", b"elsewhere")),
    "file-below-symlink": _over(file(b"l/new", TEXT)),
    "device-over-file": _over(node(b"f", CHARACTER, (1, 7))),
    "directory-over-directory": _over(directory(b"d/", mode=0o1777, uid=3, gid=4, mtime=7)),
    "xattrs-of-directory-replaced": _over(directory(b"d/", mode=0o755)),
    "owner-only": _over(file(b"f", b"f", uid=1000, gid=1000)),
    "root-replaced-twice": [archive(directory(b"./", mode=0o700)), archive(directory(b"./", mode=0o711, mtime=9))],
    "same-layer-twice": [_BASE, _BASE],
    "empty-layer-between": [_BASE, archive(), archive(file(b"new", TEXT))],
}

LINKS: dict[str, list[bytes]] = {
    "hardlink-to-lower-layer": _over(hardlink(b"h", b"f")),
    "hardlink-to-lower-layer-large": [
        archive(file(b"a", noise(b"low", 300_000))),
        archive(hardlink(b"h", b"a"), file(b"x", TEXT)),
    ],
    "hardlink-target-replaced-above": [
        archive(file(b"a", b"old"), hardlink(b"b", b"a")),
        archive(file(b"a", b"new")),
    ],
    "hardlink-target-removed-above": [archive(file(b"a", b"old"), hardlink(b"b", b"a")), archive(whiteout(b"a"))],
    "hardlink-target-removed-in-its-layer": _over(hardlink(b"h", b"f"), whiteout(b"f")),
    "hardlink-replaced-by-file": [
        archive(file(b"a", b"old"), hardlink(b"b", b"a")),
        archive(file(b"b", b"own")),
    ],
    "hardlink-over-file": _over(hardlink(b"d/a", b"f")),
    "hardlink-over-directory": _over(hardlink(b"d", b"f")),
    "hardlink-over-itself": [archive(file(b"a", TEXT)), archive(file(b"a", b"new"), hardlink(b"b", b"a"))],
    "hardlink-chain-over-layers": [
        archive(file(b"a", TEXT)),
        archive(hardlink(b"b", b"a")),
        archive(hardlink(b"c", b"b")),
        archive(whiteout(b"a"), hardlink(b"d", b"c")),
    ],
    "hardlink-parent-missing": _over(hardlink(b"new/place/h", b"f")),
    "hardlink-inside-opaque": _over(opaque(b"d"), file(b"d/x", TEXT), hardlink(b"d/y", b"d/x")),
    "hardlink-mode-of-link-ignored": [archive(file(b"a", TEXT, mode=0o600)), archive(hardlink(b"h", b"a", mode=0o777))],
}

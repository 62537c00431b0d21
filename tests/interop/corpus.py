"""Layers as hard as tar allows, each difficulty alone: name -> the layers of an image, bottom first."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import tarfile
from collections.abc import Sequence

import zstandard

from tests.support import images
from tests.support.tars import Member, archive, device, directory, fifo, file, hardlink, opaque, symlink, whiteout

CAPABILITY = bytes.fromhex("0100000200040000000000000000000000000000")
ROOT = directory("./")
"""Without it the time of the root directory is that of the unpacking."""

Layers = Sequence[bytes | images.Layer]


def noise(size: int) -> bytes:
    """Bytes that do not compress."""
    return hashlib.shake_128(b"noise").digest(size)


def kinds(name: str) -> dict[str, Member]:
    """An entry of every kind under one name; `other` must be there for the hard link."""
    return {
        "file": file(name, b"a file"),
        "directory": directory(name, mode=0o700),
        "symlink": symlink(name, "other"),
        "hardlink": hardlink(name, "other"),
        "fifo": fifo(name),
        "device": device(name, 10, 200),
    }


def replacements() -> dict[str, Layers]:
    """Every kind of entry replaced by every kind, in another layer and in the same."""
    cases: dict[str, Layers] = {}
    for old, new in itertools.product(kinds("x"), repeat=2):
        first, second = kinds("x")[old], kinds("x")[new]
        inside = [file("x/inside", b"i")] if old == "directory" else []
        lower = [ROOT, file("other", b"o"), first, *inside]
        cases[f"{old} replaced by {new}"] = [archive(*lower), archive(second)]
    return cases


WHITEOUTS: dict[str, Layers] = {
    "whiteout of a file": [archive(ROOT, file("a"), file("b")), archive(whiteout("a"))],
    "whiteout of a directory": [archive(ROOT, directory("d"), file("d/f")), archive(whiteout("d"))],
    "whiteout of nothing": [archive(ROOT, file("a")), archive(whiteout("b"))],
    "whiteout before the new file": [archive(ROOT, file("a", b"1")), archive(whiteout("a"), file("a", b"2"))],
    "whiteout after the new file": [archive(ROOT, file("a", b"1")), archive(file("a", b"2"), whiteout("a"))],
    "whiteout of a directory after its new content": [
        archive(ROOT, directory("d"), file("d/old")),
        archive(directory("d"), file("d/new"), whiteout("d")),
    ],
    "whiteout of one name of two": [archive(ROOT, file("a"), hardlink("b", "a")), archive(whiteout("a"))],
    "opaque directory": [archive(ROOT, directory("d"), file("d/old")), archive(directory("d"), opaque("d"))],
    "opaque before new content": [
        archive(ROOT, directory("d"), file("d/old")),
        archive(directory("d", mode=0o711), opaque("d"), file("d/new")),
    ],
    "opaque after new content": [
        archive(ROOT, directory("d"), directory("d/s"), file("d/s/old")),
        archive(directory("d"), directory("d/s"), file("d/s/new"), opaque("d")),
    ],
    "opaque nested": [
        archive(ROOT, directory("d"), directory("d/e"), file("d/e/old")),
        archive(directory("d"), directory("d/e"), file("d/e/new")),
        archive(directory("d"), opaque("d"), directory("d/e")),
    ],
    "removed and made again later": [archive(ROOT, file("a", b"1")), archive(whiteout("a")), archive(file("a", b"3"))],
}

LINKS: dict[str, Layers] = {
    "hard links in a layer": [archive(ROOT, file("a", b"x" * 9), hardlink("b", "a"), hardlink("c", "b"))],
    "hard link to a lower layer": [archive(ROOT, file("a", b"x" * 200_000)), archive(hardlink("b", "a"))],
    "hard link by an absolute path": [archive(ROOT, file("a")), archive(hardlink("b", "/a"), hardlink("c", "./a"))],
    "hard link to a symbolic link": [archive(ROOT, symlink("a", "nowhere"), hardlink("b", "a"))],
    "hard link whose target is replaced later": [
        archive(ROOT, file("a", b"old"), hardlink("b", "a")),
        archive(file("a", b"new")),
    ],
    "hard link through a symbolic link": [
        archive(ROOT, directory("d"), file("d/f", b"1"), symlink("l", "d")),
        archive(hardlink("g", "l/f")),
    ],
    "parents by a symbolic link": [archive(ROOT, directory("d"), symlink("l", "d")), archive(file("l/f", b"1"))],
    "parents by an absolute symbolic link": [
        archive(ROOT, directory("d"), directory("d/e"), symlink("l", "/d/e")),
        archive(file("l/f", b"1")),
    ],
    "parents by a symbolic link out of the root": [
        archive(ROOT, directory("etc"), symlink("l", "../../../etc")),
        archive(file("l/f", b"1")),
    ],
    "directory over a symbolic link to a directory": [
        archive(ROOT, directory("d"), file("d/f"), symlink("l", "d")),
        archive(directory("l"), file("l/g")),
    ],
}

METADATA: dict[str, Layers] = {
    "modes": [archive(ROOT, *(file(f"{mode:o}", mode=mode) for mode in (0, 0o4755, 0o2755, 0o1777, 0o7777, 0o444)))],
    "directory modes": [archive(ROOT, *(directory(f"{mode:o}", mode=mode) for mode in (0, 0o1777, 0o2755, 0o700)))],
    "owners": [archive(ROOT, file("a", uid=1000, gid=100), file("b", uid=2**21), file("c", uid=4_000_000_000))],
    "owners in base 256": [archive(ROOT, file("a", uid=3_000_000_000, gid=2**31), dialect=tarfile.GNU_FORMAT)],
    "directory owners": [archive(ROOT, directory("d", uid=5, gid=6, mtime=77), file("d/f", uid=7))],
    "times": [archive(ROOT, file("a", mtime=1), file("b", mtime=2**31 + 5), file("c", mtime=1_600_000_000.75))],
    "capabilities": [archive(ROOT, file("a", b"x", mode=0o755, xattrs={"security.capability": CAPABILITY}))],
    "capabilities of a hard link": [
        archive(ROOT, file("a", b"x", xattrs={"security.capability": CAPABILITY}), hardlink("b", "a"))
    ],
    "xattrs": [
        archive(
            ROOT,
            file("a", xattrs={"user.one": b"1", "user.two": b"\x00\xff" * 300, "trusted.three": b"3"}),
            file("b", xattrs={"user.one": b"1"}),
            directory("d", xattrs={"user.note": "ünï".encode(), "trusted.note": b"t"}),
        )
    ],
    "xattrs are replaced": [
        archive(ROOT, file("a", xattrs={"user.one": b"1"}), directory("d", xattrs={"user.x": b"1"})),
        archive(file("a", xattrs={"user.two": b"2"}), directory("d", xattrs={"user.y": b"2"})),
    ],
    "device nodes": [archive(ROOT, device("c", 1, 3), device("b", 259, 70_000, block=True), fifo("p", mode=0o620))],
    "time of a directory with children": [archive(ROOT, directory("d", mtime=5), file("d/f", mtime=9), file("g"))],
}

NAMES: dict[str, Layers] = {
    "odd names": [archive(ROOT, *(file(name) for name in ("a b", "a\nb", "-rf", "*", "'\"", "ünï", "漢字", " ", "~")))],
    "names that are not UTF-8": [archive(ROOT, file("caf\udce9"), symlink("l", "\udcff"), dialect=tarfile.GNU_FORMAT)],
    "names of 255 bytes": [
        archive(ROOT, file("n" * 255, b"1"), directory("d" * 255), file("d" * 255 + "/" + "e" * 255))
    ],
    "a deep path": [archive(ROOT, *(directory("/".join(["d" * 90] * depth)) for depth in range(1, 20)))],
    "long link targets": [archive(ROOT, symlink("l", "t" * 4000), file("p" * 200), hardlink("h", "p" * 200))],
    "dots and slashes": [archive(ROOT, directory("./d/"), file("./d/./f"), file("/abs"), file("d//g"), file("d/../h"))],
    "sorting by bytes": [
        archive(ROOT, *(file(name) for name in ("b", "a.b", "a", "a-b", "B", "é", "z", "a/"[:1] + "0")))
    ],
    "many entries in a directory": [
        archive(ROOT, directory("d"), *(file(f"d/{n:05}", b"%d" % n) for n in range(3000)))
    ],
    "parents that are missing": [archive(ROOT, file("a/b/c/f", b"1", uid=9), directory("x/y", mode=0o700))],
    "no entry for the root": [archive(file("a"))],
    "metadata of the root": [archive(directory("./", mode=0o710, uid=3, gid=4, mtime=12345), file("a"))],
}

SIZES = (0, 1, 131071, 131072, 131073, 400_000)
SAME = b"same" * 50_000

CONTENT: dict[str, Layers] = {
    "sizes around a block": [archive(ROOT, *(file(f"{size}", (b"%d" % size * size)[:size]) for size in SIZES))],
    "zeros": [archive(ROOT, file("a", bytes(5000)), file("b", bytes(1_000_000)), file("c", b"x" + bytes(300_000)))],
    "equal files": [archive(ROOT, *(file(name, SAME) for name in "abc"), file("d", b"same"), file("e", b"same"))],
    "equal files in layers": [archive(ROOT, file("a", SAME)), archive(file("b", SAME))],
    "bytes that do not compress": [archive(ROOT, file("a", noise(200_000)), file("b", noise(100)))],
}

TAR = archive(ROOT, directory("d"), file("d/f", b"content" * 1000), symlink("l", "d/f"), hardlink("h", "d/f"))


def stored(compression: str, *parts: bytes) -> images.Layer:
    """`TAR` as a layer of several compressed streams."""
    return images.Layer(images.Blob(images.OCI_LAYERS[compression], b"".join(parts)), images.layer(TAR).diff_id)


FORMS: dict[str, Layers] = {
    "gzip of many members": [stored("gzip", *map(gzip.compress, (TAR[:2000], TAR[2000:3000], TAR[3000:])))],
    "zstd": [images.layer(TAR, "zstd")],
    "zstd of many frames": [stored("zstd", *map(zstandard.ZstdCompressor().compress, (TAR[:700], TAR[700:])))],
    "plain": [images.layer(TAR, "none")],
    "empty layers": [TAR, archive(), images.layer(b""), archive(file("more"))],
    "ustar": [archive(ROOT, file("d" * 90 + "/" + "f" * 90, b"1"), device("c", 1, 2), dialect=tarfile.USTAR_FORMAT)],
    "GNU": [archive(ROOT, file("d" * 200, b"1"), symlink("l", "t" * 200), dialect=tarfile.GNU_FORMAT)],
    "PAX": [archive(ROOT, file("d" * 200, b"1"), symlink("l", "t" * 200), file("t", mtime=1.5))],
}

CASES = {**replacements(), **WHITEOUTS, **LINKS, **METADATA, **NAMES, **CONTENT, **FORMS}

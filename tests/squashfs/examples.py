"""Trees that reach every corner of the format, by name."""

from __future__ import annotations

import random
from collections.abc import Callable

from sregistry.squashfs.node import BLOCK, CHARACTER
from tests.squashfs.images import TIME, Node, device, directory, fifo, file, socket, symlink

BLOCK_SIZE = 4096
CAPABILITY = bytes.fromhex("0100000200040000000000000000000000000000")  # cap_net_bind_service+ep


def noise(size: int, seed: int = 0) -> bytes:
    """Bytes that no codec makes smaller."""
    return random.Random(seed).randbytes(size)


def text(size: int) -> bytes:
    """Bytes that every codec makes smaller."""
    return (b"all work and no play makes Jack a dull boy\n" * (size // 43 + 1))[:size]


def sizes() -> Node:
    lengths = (0, 1, BLOCK_SIZE - 1, BLOCK_SIZE, BLOCK_SIZE + 1, 2 * BLOCK_SIZE, 5 * BLOCK_SIZE + 7)
    return directory({f"{length}": file(text(length)) for length in lengths})


def holes() -> Node:
    hole, block = bytes(BLOCK_SIZE), text(BLOCK_SIZE)
    return directory(
        {
            "at the start": file(hole + block),
            "in the middle": file(block + 3 * hole + block),
            "at the end": file(block + hole + b"end"),
            "whole": file(8 * hole),
            "whole and a tail": file(2 * hole + bytes(100)),
        }
    )


def incompressible() -> Node:
    names = {noise(80, number).hex(): file(noise(4000, number), mtime=number * 99_999_989) for number in range(40)}
    return directory({"block": file(noise(3 * BLOCK_SIZE)), **names})


def many_names() -> Node:
    return directory({f"{number:03}": file() for number in range(257)})


def long_listing() -> Node:
    """More than 64 KiB of names: an extended directory with an index."""
    big = directory({f"{number:05}{'x' * 200}": file(b"%d" % number) for number in range(700)})
    return directory({"before": directory({"a": file()}), "big": big, "last": file()})


def long_inodes() -> Node:
    """Inodes of more than 8 KiB, so that they and their neighbours lie across metadata pieces."""
    return directory(
        {
            f"{number}": file((noise(BLOCK_SIZE, number) + bytes(BLOCK_SIZE)) * 1200, mode=0o600 + number)
            for number in range(3)
        }
        | {f"small{number}": file(b"x") for number in range(300)}
    )


def hard_links() -> Node:
    shared, link, pipe = file(text(9000), mode=0o600), symlink(b"shared"), fifo()
    null = device(CHARACTER, 1, 3)
    first = {"file": shared, "link": link, "pipe": pipe, "null": null}
    second = {f"other {name}": node for name, node in first.items()}
    return directory({"a": directory(first), "b": directory({"deep": directory(second)}), "here": shared})


def far_links() -> Node:
    """A hard link whose inode number is more than 32767 away from its neighbours'."""
    shared = file(b"shared")
    crowd = {f"d{number}": directory({f"{name}": fifo() for name in range(250)}) for number in range(140)}
    return directory({"a": directory({"first": shared}), **crowd, "z": directory({"f": file(b"x"), "last": shared})})


def owners() -> Node:
    return directory(
        {
            "root": file(),
            "large": file(uid=70_000, gid=65_536),
            "largest": file(uid=4_294_967_294, gid=4_294_967_293),
            "nobody": directory(uid=65_534, gid=65_534),
        }
    )


def many_owners() -> Node:
    """More owners than one piece of the id table holds."""
    return directory({f"{number}": fifo(uid=100_000 + number, gid=300_000 + number) for number in range(3000)})


def modes() -> Node:
    return directory(
        {
            "setuid": file(mode=0o4755),
            "setgid": file(mode=0o2755),
            "none": file(b"secret", mode=0),
            "sticky": directory(mode=0o1777),
            "setgid directory": directory(mode=0o2775),
        },
        mode=0o711,
    )


def times() -> Node:
    return directory(
        {
            "0": file(mtime=0),
            "2100": file(mtime=4_102_444_800),
            "last": file(mtime=0xFFFFFFFF),
            "before 1970": file(mtime=-1),
            "after 2106": file(mtime=1 << 33),
        }
    )


def names() -> Node:
    odd = [b"x" * 255, b"\xff\xfe", "é€😀".encode(), b"new\nline", b" ", b"\\", b"-rf", b"...", b"\x01\x7f\x80"]
    return directory({name: file(name) for name in odd})


def kinds() -> Node:
    return directory(
        {
            "link": symlink(b"x" * 4095),
            "dangling": symlink(b"/no/where"),
            "odd link": symlink(b"\xff\n"),
            "disk": device(BLOCK, 254, 1_048_575),
            "null": device(CHARACTER, 1, 3, mode=0o666),
            "pipe": fifo(mode=0o600),
            "socket": socket(mode=0o755),
            "empty": directory(),
        }
    )


def attributes() -> Node:
    """User attributes are for files and directories only: Linux allows no others."""
    trusted = ((b"trusted.t", b"\0\n\xff"), (b"security.x", b""))
    user = ((b"user.name", b"value"), (b"user.long", text(2000)))
    return directory(
        {
            "tool": file(b"#!", mode=0o755, xattrs=((b"security.capability", CAPABILITY),)),
            "a": file(b"a", xattrs=user),
            "b": file(b"b", xattrs=user),
            "directory": directory(xattrs=user + trusted),
            "link": symlink(b"a", xattrs=trusted),
            "null": device(CHARACTER, 1, 3, xattrs=trusted),
            "disk": device(BLOCK, 7, 0, xattrs=trusted),
            "pipe": fifo(xattrs=trusted),
            "socket": socket(xattrs=trusted),
        },
        xattrs=((b"trusted.overlay.opaque", b"y"),),
    )


def long_attributes() -> Node:
    """A set that lies across pieces; few file systems could hold it."""
    return directory({"a": file(xattrs=((b"user.a", text(60_000)), (b"user.b", noise(65_536))))})


def many_attributes() -> Node:
    """More sets than one piece of the table of sets holds."""
    return directory({f"{number}": file(xattrs=((b"user.n", b"%d" % number),)) for number in range(600)})


def many_fragments() -> Node:
    """More fragment blocks than one piece of the fragment table holds."""
    return directory({f"{number}": file(b"%d " % number * 600) for number in range(1100)})


def deep() -> Node:
    node = directory({"bottom": file(b"here")}, mtime=TIME + 1)
    for number in range(200):
        node = directory({f"{number}": node})
    return node


TREES: dict[str, Callable[[], Node]] = {
    "empty": directory,
    **{
        function.__name__: function
        for function in (
            sizes, holes, incompressible, many_names, long_listing, long_inodes, hard_links, far_links, owners,
            many_owners, modes, times, names, kinds, attributes, long_attributes, many_attributes, many_fragments, deep,
        )
    },
}  # fmt: skip
#: Too much for ext4 or for a patient reader of test reports: left to the kernel and to our own reader.
LARGE = {"far_links", "long_attributes"}

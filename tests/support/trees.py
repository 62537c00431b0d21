"""Read a file tree back, however it came to be, as one comparable value; and say how two of them differ.

`read` looks at a directory. The context managers give the directory of a squashfs image at an offset in a file by the
kernel, by squashfuse or by unsquashfs, and that of an OCI layout by umoci.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.support import tools

KINDS = {
    stat.S_IFDIR: "directory",
    stat.S_IFREG: "file",
    stat.S_IFLNK: "symlink",
    stat.S_IFBLK: "block device",
    stat.S_IFCHR: "character device",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
}


class Entry(NamedTuple):
    """What a path is; fields that do not apply to its type are empty."""

    type: str
    mode: int
    uid: int
    gid: int
    mtime: int
    size: int = 0
    sha256: str = ""
    target: bytes = b""
    device: tuple[int, int] | None = None
    xattrs: tuple[tuple[str, bytes], ...] = ()
    names: tuple[bytes, ...] = ()
    """All names of a file with several hard links, sorted."""


Tree = dict[bytes, Entry]


def read(root: Path) -> Tree:
    """Everything below a directory by its path relative to it; the directory itself is `b"."`."""
    tree: Tree = {}
    groups: dict[tuple[int, int], list[bytes]] = {}
    for path, name in walk(os.fsencode(root)):
        status = os.lstat(path)
        tree[name] = describe(path, status)
        if status.st_nlink > 1 and not stat.S_ISDIR(status.st_mode):
            groups.setdefault((status.st_dev, status.st_ino), []).append(name)
    for names in groups.values():
        for name in names:
            tree[name] = tree[name]._replace(names=tuple(sorted(names)))
    return tree


def walk(root: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Every path below a directory with its name relative to it."""
    yield root, b"."
    waiting = [(root, b"")]
    while waiting:
        folder, prefix = waiting.pop()
        for entry in os.scandir(folder):
            name = prefix + entry.name
            yield entry.path, name
            if entry.is_dir(follow_symlinks=False):
                waiting.append((entry.path, name + b"/"))


def describe(path: bytes, status: os.stat_result) -> Entry:
    """One path without its link group. A symlink's permission bits mean nothing and are left out."""
    kind = KINDS[stat.S_IFMT(status.st_mode)]
    mode = 0 if kind == "symlink" else stat.S_IMODE(status.st_mode)
    entry = Entry(kind, mode, status.st_uid, status.st_gid, int(status.st_mtime), xattrs=read_xattrs(path))
    if kind == "file":
        return entry._replace(size=status.st_size, sha256=digest(path))
    if kind == "symlink":
        return entry._replace(target=os.readlink(path))  # noqa: PTH115 - targets may be any bytes
    if kind.endswith("device"):
        return entry._replace(device=(os.major(status.st_rdev), os.minor(status.st_rdev)))
    return entry


def read_xattrs(path: bytes) -> tuple[tuple[str, bytes], ...]:
    """All extended attributes, sorted by name; none where the filesystem knows none."""
    try:
        names = os.listxattr(path, follow_symlinks=False)
    except OSError as error:
        if error.errno != errno.ENOTSUP:
            raise
        return ()
    return tuple((name, os.getxattr(path, name, follow_symlinks=False)) for name in sorted(names))


def digest(path: bytes) -> str:
    """SHA-256 of a file's content."""
    with open(path, "rb") as stream:  # noqa: PTH123 - names may be any bytes
        return hashlib.file_digest(stream, "sha256").hexdigest()


def differences(expected: Tree, actual: Tree, *, limit: int = 40) -> list[str]:
    """One line for every path that differs, saying in which fields; nothing when the trees are equal."""
    lines = []
    for name in sorted(expected.keys() | actual.keys()):
        left, right = expected.get(name), actual.get(name)
        if left == right:
            continue
        if left is None or right is None:
            lines.append(f"{name!r}: only in the {'actual' if left is None else 'expected'} tree: {left or right}")
            continue
        fields = [field for field in Entry._fields if getattr(left, field) != getattr(right, field)]
        changes = ", ".join(f"{field} {getattr(left, field)!r} → {getattr(right, field)!r}" for field in fields)
        lines.append(f"{name!r}: {changes}")
    return lines if len(lines) <= limit else [*lines[:limit], f"… and {len(lines) - limit} more"]


def assert_equal(expected: Tree, actual: Tree) -> None:
    """Fail with the differences of two trees."""
    found = differences(expected, actual)
    assert not found, "\n".join(found)


@contextlib.contextmanager
def mounted(image: Path, folder: Path, offset: int = 0) -> Iterator[Path]:
    """A squashfs image mounted by the kernel (root only)."""
    tools.require_root()
    folder.mkdir(parents=True, exist_ok=True)
    options = f"ro,loop,offset={offset}"
    tools.require("mount").run("-t", "squashfs", "-o", options, image, folder)
    try:
        yield folder
    finally:
        tools.require("umount").run("--lazy", folder)


@contextlib.contextmanager
def fused(image: Path, folder: Path, offset: int = 0) -> Iterator[Path]:
    """A squashfs image mounted by squashfuse_ll, which tells hard links from copies (squashfuse does not)."""
    program = tools.require("squashfuse_ll", newest=True)
    folder.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [*program.argv, "-f", "-o", f"offset={offset}", str(image), str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **program.environment},
    )
    try:
        wait_for_mount(process, folder)
        yield folder
    finally:
        process.terminate()
        process.communicate(timeout=30)


def wait_for_mount(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Return once the folder is a mount; fail with what the program said when it ends instead."""
    for _ in range(1000):
        if folder.is_mount():
            return
        if process.poll() is not None:
            break
        time.sleep(0.01)
    process.kill()
    raise AssertionError(f"squashfuse_ll did not mount:\n{process.communicate()[0].decode(errors='replace')}")


def unsquashed(image: Path, folder: Path, offset: int = 0) -> Path:
    """The folder into which unsquashfs unpacked an image (all of it only as root)."""
    program = tools.require("unsquashfs", newest=True)
    program.run("-no-progress", "-quiet", "-strict-errors", "-dest", folder, "-offset", str(offset), image)
    return folder


def unpacked_by_umoci(layout: Path, folder: Path, tag: str = "latest") -> Path:
    """The root filesystem that umoci unpacked from an OCI layout (root only)."""
    tools.require_root()
    program = tools.require("umoci", newest=True)
    program.run("unpack", "--image", f"{layout}:{tag}", folder)
    return folder / "rootfs"

"""What the real readers see: the kernel, unsquashfs and squashfuse; and what our own reader sees, in the same terms."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sregistry.squashfs.node import BLOCK, CHARACTER, DIRECTORY, FIFO, FILE, SOCKET, SYMLINK, decode_device
from sregistry.squashfs.reader import open_image
from tests.squashfs import images
from tests.squashfs.images import Node, Xattrs
from tests.support import tools

_KINDS = {
    stat.S_IFDIR: DIRECTORY,
    stat.S_IFREG: FILE,
    stat.S_IFLNK: SYMLINK,
    stat.S_IFBLK: BLOCK,
    stat.S_IFCHR: CHARACTER,
    stat.S_IFIFO: FIFO,
    stat.S_IFSOCK: SOCKET,
}


@dataclass(frozen=True)
class Seen:
    """One path as some reader presents it.

    Attributes:
        value: content, target or (major, minor).
        links: number of names; of a directory 2 + directories in it.
        first: the first path of the same inode.
    """

    kind: int
    mode: int
    uid: int
    gid: int
    mtime: int
    value: object
    links: int
    xattrs: Xattrs
    first: bytes


Tree = dict[bytes, Seen]


def expected(root: Node) -> Tree:
    """What every reader should see of the tree."""
    nodes = [(b"", root), *images.walk(root)]
    names: dict[int, list[bytes]] = {}
    for path, node in nodes:
        names.setdefault(id(node), []).append(path)
    tree: Tree = {}
    for path, node in nodes:
        same = names[id(node)]
        links = 2 + sum(child.kind == DIRECTORY for child in node.children.values())
        tree[path] = Seen(
            node.kind,
            node.mode,
            node.uid,
            node.gid,
            min(max(node.mtime, 0), (1 << 32) - 1),
            _value(node.kind, node.content, node.target, node.rdev),
            links if node.kind == DIRECTORY else len(same),
            tuple(sorted(node.xattrs)),
            same[0],
        )
    return tree


def ours(image: Path) -> Tree:
    """What our own reader sees."""
    with image.open("rb") as file:
        opened = open_image(file)
        tree: Tree = {}
        first: dict[int, bytes] = {}
        for path, inode in [(b"", opened.root()), *opened.walk()]:
            content = b"".join(opened.stream(inode)) if inode.kind == FILE else b""
            tree[path] = Seen(
                inode.kind,
                inode.mode,
                inode.uid,
                inode.gid,
                inode.mtime,
                _value(inode.kind, content, inode.target, inode.rdev),
                inode.links,
                tuple(sorted(opened.xattrs(inode))),
                first.setdefault(inode.number, path),
            )
        return tree


def _value(kind: int, content: bytes, target: bytes, rdev: int) -> object:
    if kind == FILE:
        return content
    if kind == SYMLINK:
        return target
    return decode_device(rdev) if kind in (BLOCK, CHARACTER) else None


def look(folder: Path) -> Tree:
    """What a folder holds."""
    tree: Tree = {}
    first: dict[int, bytes] = {}
    for path in _paths(os.fsencode(folder)):
        tree[path] = _look(os.path.join(os.fsencode(folder), path) if path else os.fsencode(folder), path, first)
    return tree


def _paths(folder: bytes, prefix: bytes = b"") -> Iterator[bytes]:
    """Yield the paths below `folder` as `images.walk` would, after the folder itself."""
    if not prefix:
        yield b""
    for name in sorted(os.listdir(os.path.join(folder, prefix))):
        path = prefix + name
        yield path
        full = os.path.join(folder, path)
        if stat.S_ISDIR(os.lstat(full).st_mode):
            yield from _paths(folder, path + b"/")


def _look(full: bytes, path: bytes, first: dict[int, bytes]) -> Seen:
    status = os.lstat(full)
    kind = _KINDS[stat.S_IFMT(status.st_mode)]
    value: object = None
    if kind == FILE:
        value = Path(os.fsdecode(full)).read_bytes()
    elif kind == SYMLINK:
        value = os.readlink(full)
    elif kind in (BLOCK, CHARACTER):
        value = (os.major(status.st_rdev), os.minor(status.st_rdev))
    return Seen(
        kind,
        stat.S_IMODE(status.st_mode),
        status.st_uid,
        status.st_gid,
        int(status.st_mtime),
        value,
        status.st_nlink,
        _xattrs(full),
        first.setdefault(status.st_ino, path),
    )


def _xattrs(full: bytes) -> Xattrs:
    try:
        names = os.listxattr(full, follow_symlinks=False)
    except OSError:  # a squashfs without attributes says "not supported"
        return ()
    # Kernels of some distributions label every inode; that is not in the image.
    names = [name for name in names if name != "security.selinux"]
    return tuple(sorted((os.fsencode(name), os.getxattr(full, name, follow_symlinks=False)) for name in names))


@contextmanager
def kernel(image: Path, folder: Path, *, offset: int = 0) -> Iterator[Path]:
    """The image mounted by the kernel; needs root."""
    tools.require_root()
    mount = tools.require("mount")
    folder.mkdir(exist_ok=True)
    mount.run("-t", "squashfs", "-o", f"loop,ro,offset={offset}", image, folder)
    try:
        yield folder
    finally:
        tools.require("umount").run(folder)


@contextmanager
def squashfuse(image: Path, folder: Path, *, offset: int = 0) -> Iterator[Path]:
    """The image mounted by squashfuse."""
    folder.mkdir(exist_ok=True)
    tools.require("squashfuse").run("-o", f"offset={offset}", image, folder)
    try:
        yield folder
    finally:
        tools.require("fusermount").run("-u", folder)


@contextmanager
def unsquashfs(image: Path, folder: Path, *, offset: int = 0) -> Iterator[Path]:
    """The image unpacked by unsquashfs; owners and devices need root."""
    tools.require_root()
    tools.require("unsquashfs").run("-quiet", "-no-progress", "-offset", str(offset), "-d", folder, image)
    yield folder


def as_squashfuse_shows(tree: Tree) -> Tree:
    """The tree without what squashfuse 0.1 gets wrong: prefixes of attributes, inode numbers of hard links."""
    return {path: replace(seen, xattrs=(), first=path) for path, seen in tree.items()}

"""What a reader must find in an image, and what our own reader finds, as `tests.support.trees` compares them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sregistry.squashfs.inode import Inode
from sregistry.squashfs.node import BLOCK, CHARACTER, DIRECTORY, FIFO, FILE, SOCKET, SYMLINK, decode_device
from sregistry.squashfs.reader import Image
from tests.squashfs.images import Node, walk
from tests.support.trees import Entry, Tree

KINDS = {
    DIRECTORY: "directory",
    FILE: "file",
    SYMLINK: "symlink",
    BLOCK: "block device",
    CHARACTER: "character device",
    FIFO: "fifo",
    SOCKET: "socket",
}


def expected(root: Node) -> Tree:
    """What a reader must find."""
    tree: Tree = {}
    groups: dict[int, list[bytes]] = {}
    for path, node in [(b".", root), *walk(root)]:
        tree[path] = _entry(node, min(max(node.mtime, 0), 0xFFFFFFFF), node.xattrs, node.content)
        groups.setdefault(id(node), []).append(path)
    return _with_names(tree, groups.values())


def found(image: Image) -> Tree:
    """What our own reader finds."""
    tree: Tree = {}
    groups: dict[int, list[bytes]] = {}
    for path, inode in [(b".", image.root()), *image.walk()]:
        content = image.read(inode) if inode.kind == FILE else b""
        tree[path] = _entry(inode, inode.mtime, image.xattrs(inode), content)
        groups.setdefault(inode.number, []).append(path)
    return _with_names(tree, groups.values())


def _entry(node: Node | Inode, mtime: int, xattrs: Iterable[tuple[bytes, bytes]], content: bytes) -> Entry:
    mode = 0 if node.kind == SYMLINK else node.mode
    texts = tuple(sorted((name.decode(), value) for name, value in xattrs))
    entry = Entry(KINDS[node.kind], mode, node.uid, node.gid, mtime, xattrs=texts)
    if node.kind == FILE:
        return entry._replace(size=len(content), sha256=hashlib.sha256(content).hexdigest())
    if node.kind == SYMLINK:
        return entry._replace(target=node.target)
    if node.kind in (BLOCK, CHARACTER):
        return entry._replace(device=decode_device(node.rdev))
    return entry


def _with_names(tree: Tree, groups: Iterable[list[bytes]]) -> Tree:
    for names in groups:
        if len(names) > 1:
            for name in names:
                tree[name] = tree[name]._replace(names=tuple(sorted(names)))
    return tree

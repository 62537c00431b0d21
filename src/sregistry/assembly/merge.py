"""Packs, bottom layer first -> one tree whose files know where their content lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sregistry.layers.entries import Kind
from sregistry.layers.errors import LayerError
from sregistry.layers.tree import Node, Tree
from sregistry.packs.format import NONE, RECORD
from sregistry.packs.reader import Index, Pack, Xattrs
from sregistry.squashfs.node import FILE, SOCKET, SYMLINK

#: Attributes that describe the machine an image was built on, and that no container wants back.
_FOREIGN = (b"security.selinux", b"user.rootlesscontainers", b"system.", b"trusted.overlay.", b"user.overlay.")


@dataclass(slots=True)
class Merged:
    """A tree under construction.

    Attributes:
        tree: the merged tree.
        packs: the packs so far; `Node.pack` is a position in this list.
        indexes: their indexes.
        files: every file with content, in the order of layers and tars, hidden ones included.
    """

    tree: Tree
    packs: list[Pack]
    indexes: list[Index]
    files: list[Node]


def merge(packs: Sequence[Pack], mtime: int) -> Merged:
    """Apply the layers in `packs` in order; `mtime` is for directories that no layer describes.

    Raises LayerError (with fact ``layer_index``) and PackError.
    """
    merged = Merged(Tree(mtime), [], [], [])
    for pack in packs:
        add_layer(merged, pack)
    return merged


def add_layer(merged: Merged, pack: Pack) -> None:
    """Apply one more layer on top."""
    number = len(merged.packs)
    index = pack.index()
    merged.packs.append(pack)
    merged.indexes.append(index)
    try:
        _apply(merged.tree, index, number, merged.files)
    except LayerError as error:
        error.with_facts(layer_index=number)
        raise


def _apply(tree: Tree, index: Index, number: int, files: list[Node]) -> None:
    kinds = bytes(index.records[:: RECORD.size])
    tree.begin_layer(has_whiteouts=Kind.WHITEOUT in kinds or Kind.OPAQUE in kinds)
    heap, words = index.heap, index.words
    xattr_sets = [_kept(pairs) for pairs in index.xattrs]
    put = tree.put
    # Local names and one flat loop: this runs once per entry of the image on every assembly.
    for (
        kind, mode, uid, gid, mtime, size, path_at, path_size, link_at, link_size,
        xattrs, rdev, start, word_at, word_count, fragment, offset, sparse, key,
    ) in RECORD.iter_unpack(index.records):  # fmt: skip
        path = heap[path_at : path_at + path_size]
        if kind > SOCKET:
            _special(tree, kind, path, heap[link_at : link_at + link_size])
            continue
        node = Node(kind, mode, uid, gid, mtime, xattr_sets[xattrs] if xattrs != NONE else ())
        if kind == FILE and size:
            node.size, node.pack, node.start, node.key = size, number, start, key
            node.blocks = words[4 * word_at : 4 * (word_at + word_count)]
            node.fragment, node.offset, node.sparse = fragment, offset, sparse
            files.append(node)
        elif kind == SYMLINK:
            node.target = heap[link_at : link_at + link_size]
        else:
            node.rdev = rdev
        put(path, node)


def _special(tree: Tree, kind: int, path: bytes, target: bytes) -> None:
    if kind == Kind.HARDLINK:
        tree.link(path, target)
    elif kind == Kind.WHITEOUT:
        tree.hide(path)
    else:
        tree.empty(path)


def _kept(pairs: Xattrs) -> Xattrs:
    return tuple(pair for pair in pairs if not pair[0].startswith(_FOREIGN))

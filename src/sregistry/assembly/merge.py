"""Packs, bottom layer first -> one tree whose files know where their content lies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sregistry.layers.entries import WHITEOUT_META_PREFIX, Kind
from sregistry.layers.errors import LayerError
from sregistry.layers.tree import Node, Tree
from sregistry.packs.format import NONE, RECORD
from sregistry.packs.reader import Index, Pack, Xattrs
from sregistry.resources.memory import require
from sregistry.squashfs.node import BLOCK, CHARACTER, DIRECTORY, FILE, SOCKET, SYMLINK

#: Attributes that describe the machine an image was built on, and that no container wants back.
_FOREIGN = (b"security.selinux", b"user.rootlesscontainers", b"system.", b"trusted.overlay.", b"user.overlay.")

#: A directory of an overlay filesystem's own folder that hides what is below it: Docker sets the attribute on its disk,
#: where it has this effect.
_OPAQUE = (b"trusted.overlay.opaque", b"y")


#: Entries that are read between two looks at the memory that is left, and what they take in the tree, as measured.
_STEP = 4096
_TAKEN = _STEP * 700


@dataclass(slots=True)
class Merged:
    """A tree under construction.

    Attributes:
        tree: the merged tree.
        packs: the packs so far; `Node.pack` is a position in this list.
        indexes: their indexes.
        files: every file with content, in the order of layers and tars, hidden ones included.
        exact: leave whiteouts of an overlay filesystem as the devices that they are on its disk.
        devices: whether a layer brings device nodes.
        whiteouts: whiteouts of an overlay filesystem, which stand in no image.
    """

    tree: Tree
    packs: list[Pack]
    indexes: list[Index]
    files: list[Node]
    exact: bool = False
    devices: bool = False
    whiteouts: int = 0


def merge(packs: Sequence[Pack], mtime: int, *, exact: bool = False) -> Merged:
    """Apply the layers in `packs` in order; `mtime` is for directories that no layer describes.

    With `exact` a whiteout in the form that overlay filesystems have on disk (a device 0, 0) stays what it is there;
    else it removes the name, as Docker's own overlay does with it. Raises LayerError (with fact ``layer_index``) and
    PackError.
    """
    merged = Merged(Tree(mtime), [], [], [], exact)
    for pack in packs:
        add_layer(merged, pack)
    return merged


def add_layer(merged: Merged, pack: Pack) -> None:
    """Apply one more layer on top."""
    number = len(merged.packs)
    index = pack.index()
    merged.packs.append(pack)
    merged.indexes.append(index)
    kinds = bytes(index.records[:: RECORD.size])
    merged.devices = merged.devices or BLOCK in kinds or CHARACTER in kinds
    opaque = {place for place, pairs in enumerate(index.xattrs) if _OPAQUE in pairs}
    merged.tree.begin_layer(has_whiteouts=Kind.WHITEOUT in kinds or Kind.OPAQUE in kinds or bool(opaque))
    try:
        _apply(merged.tree, index, number, merged.files, opaque)
    except LayerError as error:
        error.with_facts(layer_index=number)
        raise
    if CHARACTER in kinds:
        _apply_overlay_whiteouts(merged, index)
    _without_bookkeeping(merged.tree)


def _apply(tree: Tree, index: Index, number: int, files: list[Node], opaque: set[int]) -> None:
    heap, words = index.heap, index.words
    xattr_sets = [_kept(pairs) for pairs in index.xattrs]
    put = tree.put
    # Local names and one flat loop: this runs once per entry of the image on every assembly.
    for (
        kind, mode, uid, gid, mtime, size, path_at, path_size, link_at, link_size,
        xattrs, rdev, start, word_at, word_count, fragment, offset, sparse, key,
    ) in chain.from_iterable(_in_steps(index.records)):  # fmt: skip
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
        if xattrs in opaque and kind == DIRECTORY:
            tree.empty(path)


def _in_steps(records: memoryview) -> Iterator[Iterator[tuple[Any, ...]]]:
    """The records, unpacked; raises MemoryError before there is no room for the next ones."""
    for at in range(0, len(records), _STEP * RECORD.size):
        require(_TAKEN)
        yield RECORD.iter_unpack(records[at : at + _STEP * RECORD.size])


def _special(tree: Tree, kind: int, path: bytes, target: bytes) -> None:
    if kind == Kind.HARDLINK:
        tree.link(path, target)
    elif kind == Kind.WHITEOUT:
        tree.hide(path)
    else:
        tree.empty(path)


def _apply_overlay_whiteouts(merged: Merged, index: Index) -> None:
    for kind, *_, path_at, path_size, _, _, _, rdev, _, _, _, _, _, _, _ in RECORD.iter_unpack(index.records):
        if kind != CHARACTER or rdev:
            continue
        path = index.heap[path_at : path_at + path_size]
        node = merged.tree.lookup(path)
        if node and node.kind == CHARACTER and not node.rdev:
            merged.whiteouts += 1
            if not merged.exact:
                merged.tree.remove(path)


def _without_bookkeeping(tree: Tree) -> None:
    """Take away what AUFS kept for itself at the root, once its files have served as targets of the layer's links.

    Source: moby, pkg/archive, UnpackLayer.
    """
    for name in [name for name in tree.root.children if name.startswith(WHITEOUT_META_PREFIX)]:
        tree.remove(name)


def _kept(pairs: Xattrs) -> Xattrs:
    return tuple(pair for pair in pairs if not pair[0].startswith(_FOREIGN))

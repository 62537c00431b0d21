"""Gives every file of a merged tree its place in the image: what is copied, from where, to where.

Only content that some name still reaches is copied, and equal content once. Order: packs in layer
order, inside a pack the order it was written in, which is the order of the tar.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from sregistry.assembly.merge import Merged
from sregistry.layers.tree import NO_FRAGMENT, Node
from sregistry.packs.reader import OpenPacks, Pack
from sregistry.squashfs.node import DIRECTORY

_LENGTH = (1 << 24) - 1
#: Files of one fingerprint and different content are made on purpose: no more than so many are compared with.
_CANDIDATES = 4
#: Bytes that are compared at once.
_COMPARED = 1 << 20


@dataclass(frozen=True, slots=True)
class Copy:
    """A run of bytes: `size` bytes at `source` in pack number `pack` go to `target` in the image."""

    pack: int
    source: int
    target: int
    size: int


@dataclass(frozen=True, slots=True)
class Placement:
    """Where everything goes.

    Attributes:
        copies: runs in ascending target order, without gaps.
        fragments: (position in the image, block word) by fragment number.
        end: first position behind the data.
        duplicates: files whose content was already there.
        duplicate_bytes: their unpacked bytes.
    """

    copies: list[Copy]
    fragments: list[tuple[int, int]]
    end: int
    duplicates: int
    duplicate_bytes: int


def place(merged: Merged, start: int) -> Placement:
    """Lay out the data from position `start` on, and set start, fragment and offset of every live file."""
    live = _live_files(merged)
    unique, twins = _distinct(live, merged.packs)
    copies, moved, end = _lay_out(_extents(unique, merged), start)
    fragments = _renumber(unique, merged, moved)
    for node in unique:
        if node.blocks:
            node.start = moved.get((node.pack, node.start), 0)
    for node, original in twins:
        node.start, node.blocks, node.sparse = original.start, original.blocks, original.sparse
        node.fragment, node.offset = original.fragment, original.offset
    return Placement(copies, fragments, end, len(twins), sum(node.size for node, _ in twins))


def _distinct(files: list[Node], packs: list[Pack]) -> tuple[list[Node], list[tuple[Node, Node]]]:
    """Return the first of all files of each content, and every other with the one that it equals."""
    unique: list[Node] = []
    twins: list[tuple[Node, Node]] = []
    known: dict[tuple[bytes, int], list[Node]] = {}
    with OpenPacks(packs) as opened:
        for node in files:
            candidates = known.get((node.key, node.size))
            if candidates is None:
                known[node.key, node.size] = [node]
                unique.append(node)
                continue
            original = next((other for other in candidates if _equal(node, other, opened)), None)
            if original is not None:
                twins.append((node, original))
                continue
            unique.append(node)
            if len(candidates) < _CANDIDATES:
                candidates.append(node)
    return unique, twins


def _equal(one: Node, other: Node, packs: OpenPacks) -> bool:
    """Whether two files of one key and size have the same content."""
    if not one.blocks:
        return not other.blocks
    if one.blocks != other.blocks:
        return False
    left = _stored(one.blocks)
    starts = one.start, other.start
    while left:
        step = min(left, _COMPARED)
        first, second = (packs.read(node.pack, step, start) for node, start in zip((one, other), starts, strict=True))
        if first != second or len(first) < step:
            return False
        left -= step
        starts = starts[0] + step, starts[1] + step
    return True


def _live_files(merged: Merged) -> list[Node]:
    reached: set[int] = set()
    stack = [merged.tree.root]
    while stack:
        for child in stack.pop().children.values():
            if child.kind == DIRECTORY:
                stack.append(child)
            else:
                reached.add(id(child))
    return [node for node in merged.files if id(node) in reached]


def _extents(unique: list[Node], merged: Merged) -> list[tuple[int, int, int]]:
    """Return (pack, start, length) of all blocks and fragments in use, in pack order."""
    extents: list[tuple[int, int, int]] = []
    used: set[tuple[int, int]] = set()
    for node in unique:
        if node.fragment != NO_FRAGMENT:
            used.add((node.pack, node.fragment))
        elif node.blocks:
            length = _stored(node.blocks)
            if length:
                extents.append((node.pack, node.start, length))
    for pack, number in used:
        position, word = merged.indexes[pack].fragments[number]
        extents.append((pack, position, word & _LENGTH))
    extents.sort()
    return extents


def _stored(words: bytes) -> int:
    return sum(word & _LENGTH for word in struct.unpack(f"<{len(words) // 4}I", words))


def _lay_out(extents: list[tuple[int, int, int]], position: int) -> tuple[list[Copy], dict[tuple[int, int], int], int]:
    """Give extents their positions; neighbours in a pack become one copy."""
    moved: dict[tuple[int, int], int] = {}
    copies: list[Copy] = []
    pack, source, target, size = -1, 0, position, 0
    for number, start, length in extents:
        moved[number, start] = position
        if number != pack or start != source + size:
            if size:
                copies.append(Copy(pack, source, target, size))
            pack, source, target, size = number, start, position, 0
        size += length
        position += length
    if size:
        copies.append(Copy(pack, source, target, size))
    return copies, moved, position


def _renumber(unique: list[Node], merged: Merged, moved: dict[tuple[int, int], int]) -> list[tuple[int, int]]:
    """Number the fragments in use in the order of first use; return their table."""
    numbers: dict[tuple[int, int], int] = {}
    table: list[tuple[int, int]] = []
    for node in unique:
        if node.fragment == NO_FRAGMENT:
            continue
        old = (node.pack, node.fragment)
        new = numbers.get(old)
        if new is None:
            position, word = merged.indexes[node.pack].fragments[node.fragment]
            new = numbers[old] = len(table)
            table.append((moved[node.pack, position], word))
        node.fragment = new
    return table

"""Numbers for inodes: parents first, the children of one directory in a row.

Consecutive numbers and neighbouring places keep a directory's listing in as few runs as possible.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sregistry.squashfs.node import DIRECTORY, Node


@dataclass(slots=True)
class Directory:
    """A directory of the tree, its names sorted, with the inode and number behind each name.

    Attributes:
        node: the directory itself.
        number: its inode number; parent: that of the directory it is in.
        names: what is in it, sorted; nodes, numbers: the same order.
    """

    node: Node
    number: int
    parent: int
    names: list[bytes] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Numbering:
    """A numbered tree.

    Attributes:
        directories: parents before children, the root first.
        links: id() of a node -> number of its names, where that is more than one.
        inodes: number of inodes, and the highest number.
    """

    directories: list[Directory]
    links: dict[int, int]
    inodes: int


def number_inodes(root: Node) -> Numbering:
    """Number the tree below the directory `root`, which is number 1."""
    top = Directory(root, 1, 0)
    numbers: dict[int, int] = {id(root): 1}
    links: dict[int, int] = {}
    order: list[Directory] = []
    stack = [top]
    while stack:
        directory = stack.pop()
        order.append(directory)
        below = _number_children(directory, numbers, links)
        stack.extend(reversed(below))
    # As mksquashfs does: the root's parent is a number that no inode has.
    top.parent = len(numbers) + 1
    return Numbering(order, links, len(numbers))


def _number_children(directory: Directory, numbers: dict[int, int], links: dict[int, int]) -> list[Directory]:
    """Fill in `directory`; return the directories in it."""
    below: list[Directory] = []
    children = directory.node.children
    directory.names = sorted(children)
    for name in directory.names:
        node = children[name]
        key = id(node)
        number = numbers.get(key)
        if number is not None:
            links[key] = links.get(key, 1) + 1
        else:
            number = numbers[key] = len(numbers) + 1
            if node.kind == DIRECTORY:
                below.append(Directory(node, number, directory.number))
        directory.nodes.append(node)
        directory.numbers.append(number)
    return below

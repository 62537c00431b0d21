"""Make squashfs images of trees in memory.

A tree is built from `directory`, `file`, `symlink`, `device`, `fifo` and `socket`; one node under two names is a
hard link. `make` writes the image: file data and fragments by this module, everything else by the writer under test.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from sregistry.squashfs.compressors import Compressor, get_compressor
from sregistry.squashfs.node import DIRECTORY, FIFO, FILE, NO_FRAGMENT, SOCKET, SYMLINK, encode_device
from sregistry.squashfs.writer import Metadata, data_start, write_metadata

TIME = 1_520_000_000
Xattrs = tuple[tuple[bytes, bytes], ...]
RAW = 1 << 24


@dataclass(eq=False)
class Node:
    """A node as the writer wants it, and the content that `write_image` writes."""

    kind: int
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: int = TIME
    xattrs: Xattrs = ()
    children: dict[bytes, Node] = field(default_factory=dict)
    target: bytes = b""
    rdev: int = 0
    content: bytes = b""
    size: int = 0
    start: int = 0
    blocks: bytes = b""
    fragment: int = NO_FRAGMENT
    offset: int = 0
    sparse: int = 0


def directory(children: Mapping[str | bytes, Node] | None = None, mode: int = 0o755, **fields: Any) -> Node:
    """A directory with what is in it by name."""
    named = {name.encode() if isinstance(name, str) else name: child for name, child in (children or {}).items()}
    return Node(DIRECTORY, mode, children=named, **fields)


def file(content: bytes = b"", mode: int = 0o644, **fields: Any) -> Node:
    """A regular file."""
    return Node(FILE, mode, content=content, size=len(content), **fields)


def symlink(target: bytes, **fields: Any) -> Node:
    """A symbolic link."""
    return Node(SYMLINK, 0o777, target=target, **fields)


def device(kind: int, major: int, minor: int, **fields: Any) -> Node:
    """A BLOCK or CHARACTER device."""
    return Node(kind, rdev=encode_device(major, minor), **fields)


def fifo(**fields: Any) -> Node:
    """A named pipe."""
    return Node(FIFO, **fields)


def socket(**fields: Any) -> Node:
    """A socket."""
    return Node(SOCKET, **fields)


def make(root: Node, path: Path, codec: str = "gzip", **options: Any) -> Metadata:
    """Write an image of the tree to a file; options as `write_image` has them."""
    with path.open("r+b" if path.exists() else "w+b") as out:
        return write_image(root, out, codec=codec, **options)


def image_bytes(root: Node, codec: str = "gzip", **options: Any) -> bytes:
    """An image of the tree; options as `write_image` has them."""
    out = io.BytesIO()
    write_image(root, out, codec=codec, **options)
    return out.getvalue()


def write_image(
    root: Node,
    out: BinaryIO,
    *,
    codec: str = "gzip",
    block_size: int = 4096,
    fragments: bool = True,
    at: int = 0,
    data_from: int | None = None,
) -> Metadata:
    """Write an image of the tree.

    `fragments` puts the tails of files into fragments, `at` is where the image begins in the file, `data_from`
    where the data begin in the image.
    """
    compressor = get_compressor(codec)
    data = _Data(out, compressor, block_size, at, data_from or data_start(compressor))
    for node in _files(root):
        data.add(node, fragments=fragments)
    data.flush()
    metadata = write_metadata(
        root, data_end=data.position, fragments=data.fragments, block_size=block_size, compressor=compressor, time=TIME
    )
    out.seek(at)
    out.write(metadata.superblock)
    out.seek(at + data.position)
    out.write(metadata.tables)
    out.write(bytes(metadata.padded_size - metadata.size))
    return metadata


def _files(root: Node) -> Iterator[Node]:
    """Every file once, in the order of the names."""
    seen: set[int] = set()
    for _, node in walk(root):
        if node.kind == FILE and id(node) not in seen:
            seen.add(id(node))
            yield node


def walk(root: Node, prefix: bytes = b"") -> Iterator[tuple[bytes, Node]]:
    """Every path below a directory, a directory before what is in it, names sorted."""
    for name, node in sorted(root.children.items()):
        yield prefix + name, node
        yield from walk(node, prefix + name + b"/")


class _Data:
    """Writes blocks and fragment blocks."""

    def __init__(self, out: BinaryIO, compressor: Compressor, block_size: int, at: int, position: int) -> None:
        self._out = out
        self._compressor = compressor
        self._block_size = block_size
        self._at = at
        self.position = position
        self.fragments: list[tuple[int, int]] = []
        self._tails = b""

    def add(self, node: Node, *, fragments: bool) -> None:
        content, size = node.content, self._block_size
        end = len(content) // size * size if fragments else len(content)
        blocks = [content[at : at + size] for at in range(0, end, size)]
        node.start = self.position if blocks else 0
        node.sparse = sum(len(block) for block in blocks if not any(block))
        words = [self._write(block) if any(block) else 0 for block in blocks]
        node.blocks = struct.pack(f"<{len(words)}I", *words)
        self._add_tail(node, content[end:])

    def _add_tail(self, node: Node, tail: bytes) -> None:
        node.fragment, node.offset = NO_FRAGMENT, 0
        if not tail:
            return
        if len(self._tails) + len(tail) > self._block_size:
            self.flush()
        node.fragment, node.offset = len(self.fragments), len(self._tails)
        self._tails += tail

    def flush(self) -> None:
        if self._tails:
            start = self.position
            self.fragments.append((start, self._write(self._tails)))
            self._tails = b""

    def _write(self, block: bytes) -> int:
        payload = self._compressor.compress(block)
        raw = len(payload) >= len(block)
        self._out.seek(self._at + self.position)
        self._out.write(block if raw else payload)
        length = len(block) if raw else len(payload)
        self.position += length
        return length | (RAW if raw else 0)

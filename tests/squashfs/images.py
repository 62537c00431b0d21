"""Trees in memory, and a small writer of whole images: data by the rules of squashfs, tables by the room's writer."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from sregistry.squashfs.compressors import Compressor, get_compressor
from sregistry.squashfs.node import (
    BLOCK,
    CHARACTER,
    DIRECTORY,
    FIFO,
    FILE,
    NO_FRAGMENT,
    SOCKET,
    SYMLINK,
    encode_device,
)
from sregistry.squashfs.writer import Metadata, data_start, write_metadata

RAW = 1 << 24
TIME = 1_700_000_000
Xattrs = tuple[tuple[bytes, bytes], ...]


@dataclass(slots=True, eq=False)
class Node:
    """An inode to write; `content` is a file's, the place of its blocks is filled in by `write_image`."""

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


def directory(children: dict[bytes, Node] | None = None, *, mode: int = 0o755, **fields: object) -> Node:
    """A directory of the given names."""
    return Node(DIRECTORY, mode, children=children or {}, **fields)  # type: ignore[arg-type]


def file(content: bytes = b"", *, mode: int = 0o644, **fields: object) -> Node:
    """A regular file."""
    return Node(FILE, mode, content=content, **fields)  # type: ignore[arg-type]


def symlink(target: bytes, **fields: object) -> Node:
    """A symbolic link."""
    return Node(SYMLINK, 0o777, target=target, **fields)  # type: ignore[arg-type]


def device(major: int, minor: int, *, block: bool = False, **fields: object) -> Node:
    """A character or block device."""
    return Node(BLOCK if block else CHARACTER, rdev=encode_device(major, minor), **fields)  # type: ignore[arg-type]


def fifo(**fields: object) -> Node:
    """A named pipe."""
    return Node(FIFO, **fields)  # type: ignore[arg-type]


def socket(**fields: object) -> Node:
    """A socket."""
    return Node(SOCKET, **fields)  # type: ignore[arg-type]


def walk(root: Node, path: bytes = b"") -> Iterator[tuple[bytes, Node]]:
    """Yield (path, node) of everything below `root`, a directory before what is in it, names sorted."""
    for name in sorted(root.children):
        node = root.children[name]
        yield path + name, node
        yield from walk(node, path + name + b"/")


def image_bytes(root: Node, **options: object) -> bytes:
    """Return an image of the tree; options as `write_image` has them."""
    out = io.BytesIO()
    write_image(root, out, **options)  # type: ignore[arg-type]
    return out.getvalue()


def write_image(
    root: Node,
    out: BinaryIO,
    *,
    codec: str = "gzip",
    level: int | None = None,
    block_size: int = 4096,
    fragments: bool = True,
    start: int = 0,
) -> Metadata:
    """Write an image of the tree; its data begin at `start` or right behind the superblock."""
    compressor = get_compressor(codec, level)
    data = _Data(out, compressor, block_size, start or data_start(compressor))
    done: set[int] = set()
    for _, node in walk(root):
        if node.kind == FILE and id(node) not in done:
            done.add(id(node))
            data.add(node, fragments=fragments)
    data.flush()
    metadata = write_metadata(
        root,
        data_end=data.end,
        fragments=data.fragments,
        block_size=block_size,
        compressor=compressor,
        time=TIME,
    )
    out.seek(0)
    out.write(metadata.superblock)
    out.seek(data.end)
    out.write(metadata.tables)
    out.write(bytes(metadata.padded_size - metadata.size))
    return metadata


class _Data:
    """Writes blocks and fragment blocks."""

    def __init__(self, out: BinaryIO, compressor: Compressor, block_size: int, start: int) -> None:
        self._out = out
        self._compressor = compressor
        self._block_size = block_size
        self._tails = b""
        self.end = start
        self.fragments: list[tuple[int, int]] = []

    def add(self, node: Node, *, fragments: bool) -> None:
        """Write the content of a file and fill in where it lies; files below a block go into fragments."""
        content, size = node.content, self._block_size
        node.size, node.start, node.sparse, node.fragment, node.offset = len(content), 0, 0, NO_FRAGMENT, 0
        node.blocks = b""
        if fragments and 0 < len(content) < size:
            if len(self._tails) + len(content) > size:
                self.flush()
            node.fragment, node.offset = len(self.fragments), len(self._tails)
            self._tails += content
        elif content:
            node.start = self.end
            words = []
            for at in range(0, len(content), size):
                block = content[at : at + size]
                words.append(self._put(block) if any(block) else 0)
                node.sparse += 0 if words[-1] else len(block)
            node.blocks = struct.pack(f"<{len(words)}I", *words)

    def flush(self) -> None:
        """Write the tails collected so far as a fragment block."""
        if self._tails:
            position = self.end
            self.fragments.append((position, self._put(self._tails)))
            self._tails = b""

    def _put(self, block: bytes) -> int:
        payload, raw = self._compressor.compress(block), 0
        if len(payload) >= len(block):
            payload, raw = block, RAW
        self._out.seek(self.end)
        self._out.write(payload)
        self.end += len(payload)
        return len(payload) | raw

"""The files of a squashfs image -> the entries of one layer's tar, a file's content a block at a time."""

from __future__ import annotations

from collections.abc import Iterator

from sregistry.disassembly.difference import Difference
from sregistry.layers.entries import Entry, Kind
from sregistry.layers.errors import LayerError
from sregistry.layers.tarwriter import TarWriter
from sregistry.squashfs.inode import Inode
from sregistry.squashfs.node import BLOCK, CHARACTER, DIRECTORY, FILE, SOCKET
from sregistry.squashfs.reader import Image


def write_layer(image: Image, difference: Difference, tar: TarWriter, *, limit: int) -> int:
    """Write all of `image` but for what is otherwise by `difference`; return the number of entries.

    Names are in the order of the image, which is that of their bytes. Of several names of one file the first has the
    content, the others are hard links to it. Sockets are left out, as Docker leaves them out.

    Args:
        image: from anywhere.
        difference: what is otherwise.
        tar: takes the entries; its `finish` is called.
        limit: bytes of all files that are written at most.

    Raises LayerError ``layer-name-whiteout``, ``layer-too-large``; SquashfsError; OSError.
    """
    count, size = 0, 0
    for entry, inode in _entries(image, difference):
        size += entry.size
        if size > limit:
            message = f"the files of the image take more than {limit:,} bytes"
            raise LayerError("layer-too-large", message, limit=limit, setting="max_unpacked_size", actual_size=size)
        tar.add(entry, image.stream(inode) if entry.kind == Kind.FILE else ())
        count += 1
    for entry, content in difference.added:
        tar.add(entry, image.stream(content) if isinstance(content, Inode) else [content])
        count += 1
    tar.finish()
    return count


def _entries(image: Image, difference: Difference) -> Iterator[tuple[Entry, Inode]]:
    first_names: dict[int, bytes] = {}
    for path, inode in _all(image):
        if inode.kind == SOCKET or difference.leaves_out(path):
            continue
        name = difference.names.get(path, path)
        known = first_names.get(inode.number) if inode.links > 1 and inode.kind != DIRECTORY else None
        if known is not None:
            yield Entry(name, Kind.HARDLINK, inode.mode, inode.uid, inode.gid, inode.mtime, target=known), inode
            continue
        if inode.links > 1 and inode.kind != DIRECTORY:
            first_names[inode.number] = name
        entry = _entry(image, name, inode, difference.modes.get(path, inode.mode))
        device = difference.devices.get(path)
        if device is not None and entry.kind == Kind.FILE and not entry.size:
            entry.kind, entry.major, entry.minor = Kind(device[0]), *device[1:]
        yield entry, inode


def _all(image: Image) -> Iterator[tuple[bytes, Inode]]:
    yield b"", image.root()
    yield from image.walk()


def _entry(image: Image, name: bytes, inode: Inode, mode: int) -> Entry:
    entry = Entry(name, Kind(inode.kind), mode, inode.uid, inode.gid, inode.mtime)
    entry.target = inode.target
    entry.xattrs = image.xattrs(inode)
    if inode.kind == FILE:
        entry.size = inode.size
    elif inode.kind in (BLOCK, CHARACTER):
        entry.major, entry.minor = inode.device
    return entry

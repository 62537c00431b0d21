"""Packs and an image config -> one SIF file, written front to back into an open file.

    launch line, header, descriptors | deffile | JSON objects | partition:
        superblock | blocks copied from packs | inode, directory, fragment, id, xattr tables | zeros

The blocks are copied, and verified on the way, in a thread while this one writes the tables: the place of every block
is known beforehand.
"""

from __future__ import annotations

import os
import tempfile
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sregistry.assembly import container
from sregistry.assembly.changes import OBJECT, Changes
from sregistry.assembly.copying import copy_ranges
from sregistry.assembly.merge import Merged, add_layer, merge
from sregistry.assembly.placement import Placement, place
from sregistry.assembly.runscript import OWN_RUNSCRIPT, Surroundings
from sregistry.assembly.usable import HOME, LINKS, leads_to_own, make_usable
from sregistry.layers.entries import Entry, Kind
from sregistry.oci.image import Image
from sregistry.packs.pool import CompressionPool
from sregistry.packs.reader import Pack
from sregistry.packs.writer import PackWriter
from sregistry.resources import threads
from sregistry.sif import writer as sif
from sregistry.squashfs import writer as squashfs

_NAMES = {
    Kind.DIRECTORY: "directory",
    Kind.FILE: "file",
    Kind.SYMLINK: "symlink",
    Kind.BLOCK: "device",
    Kind.CHARACTER: "device",
    Kind.FIFO: "fifo",
    Kind.SOCKET: "socket",
}
_KINDS = {"directory": Kind.DIRECTORY, "file": Kind.FILE, "symlink": Kind.SYMLINK}


@dataclass(frozen=True, slots=True)
class Built:
    """What was built.

    Attributes:
        size: bytes of the SIF file.
        inodes: inodes of the root file system.
        duplicates, duplicate_bytes: files stored once although they occur again, and their bytes.
        warnings: what of the image could not be kept, in sentences.
        changes: what was changed in its files.
    """

    size: int
    inodes: int
    duplicates: int
    duplicate_bytes: int
    warnings: list[str]
    changes: Changes


@dataclass(frozen=True, slots=True)
class _Prepared:
    """The merged tree with all that is added to it, and what was learnt on the way."""

    merged: Merged
    around: Surroundings
    changes: Changes
    created: int


def build(  # noqa: PLR0913 - sources, places and listeners of one build; none goes with another
    packs: Sequence[Pack],
    image: Image,
    out: BinaryIO,
    pool: CompressionPool,
    *,
    block_size: int,
    scratch: Path,
    exact: bool = False,
    on_bytes: Callable[[int], None] | None = None,
) -> Built:
    """Assemble the image of `packs` (bottom layer first) into the empty file `out`.

    Args:
        packs: one per layer.
        image: reference, digest, platform and config of what is built.
        out: binary file, open for reading and writing.
        pool: compresses what is added here; its codec is that of the packs.
        block_size: squashfs block size in bytes, that of the packs.
        exact: leave in the files what stands in the way of ordinary users, see `usable`.
        scratch: folder for a nameless file of a few kilobytes, the pack of the added files.
        on_bytes: called with the number of bytes just copied, from another thread.

    Raises AssemblyError, LayerError, PackError, SquashfsError and OSError.
    """
    created = container.created_time(image.config)
    merged = merge(packs, created, exact=exact)
    own_runscript = _make_room(merged)
    changes = make_usable(merged, created)
    around = Surroundings(own_runscript, _fault(merged, image))
    prepared = _Prepared(merged, around, changes, created)
    added = _add_container_files(prepared, image, pool, block_size, scratch)
    try:
        return _write(prepared, image, out, pool, block_size, on_bytes)
    finally:
        added.close()


def _make_room(merged: Merged) -> bool:
    """Take away what the runtime would read beside our scripts; say whether the image has a runscript, which is kept.

    Images have such a folder if they were containers of Singularity before. A link in its place is replaced.
    """
    tree, home = merged.tree, HOME
    folder = tree.lookup(home)
    if folder is None or folder.kind != Kind.DIRECTORY:
        return False
    tree.remove(home + b"/env")
    runscript = tree.lookup(home + b"/runscript")
    if runscript is None or runscript.kind == Kind.DIRECTORY:
        return False
    tree.put(home + b"/" + OWN_RUNSCRIPT.encode(), runscript)
    return True


def _fault(merged: Merged, image: Image) -> str:
    """Why the image's program cannot be started; "" where that is not certain before the container runs."""
    path = container.program_path(image.config)
    found = merged.tree.follow(path) if path else None
    if found is None:
        return ""
    node, _ = found
    if node.kind == Kind.DIRECTORY:
        return "is a directory"
    return "" if node.mode & 0o111 else "permission denied (the file is not executable)"


def _add_container_files(
    prepared: _Prepared, image: Image, pool: CompressionPool, block_size: int, scratch: Path
) -> Pack:
    """Lay ``.singularity.d`` and what belongs to it over the tree, as one more layer."""
    merged, created = prepared.merged, prepared.created
    additions = container.additions(
        image.config,
        reference=str(image.reference),
        manifest_digest=str(image.manifest_digest),
        platform=image.platform,
        exists=_looker(merged),
        around=prepared.around,
    )
    file: BinaryIO = tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115 - the pack closes it
    try:
        pack_writer = PackWriter(file, pool, block_size)
        for addition in additions:
            entry = Entry(addition.path, _KINDS[addition.kind], addition.mode, mtime=created, target=addition.target)
            if not addition.content:
                pack_writer.add(entry)
                continue
            entry.size = len(addition.content)
            if entry.size < block_size:
                pack_writer.add_small(entry, addition.content)
            else:
                content = addition.content
                pack_writer.add_large(entry, (content[at : at + block_size] for at in range(0, entry.size, block_size)))
        pack_writer.finish()
        file.flush()
        pack = Pack(scratch, file)
        add_layer(merged, pack)
    except BaseException:
        file.close()
        raise
    return pack


def _looker(merged: Merged) -> Callable[[bytes], str | None]:
    """What stands at a path of the tree, its last part not followed; None if nothing.

    A link that we would put, but that the image has to something of its own, is not called a link.
    """
    own_links = {path for path in LINKS if leads_to_own(merged.tree, path)}

    def exists(path: bytes) -> str | None:
        if path in own_links:
            return "link of the image"
        node = merged.tree.lookup(path)
        return None if node is None else _NAMES[Kind(node.kind)]

    return exists


def _write(
    prepared: _Prepared,
    image: Image,
    out: BinaryIO,
    pool: CompressionPool,
    block_size: int,
    on_bytes: Callable[[int], None] | None,
) -> Built:
    compressor = pool.compressor
    merged, created = prepared.merged, prepared.created
    placement = place(merged, squashfs.data_start(compressor))
    layout = _layout(prepared, image, f"{compressor.identity} {block_size}")
    base = layout(placement.end).offsets[-1]
    with _Copying(merged, placement, out.fileno(), base, on_bytes):
        metadata = squashfs.write_metadata(
            merged.tree.root,
            data_end=placement.end,
            fragments=placement.fragments,
            block_size=block_size,
            compressor=compressor,
            time=created,
        )
    final = layout(metadata.padded_size)
    _write_at(out, 0, final.header)
    for offset, data in zip(final.offsets, final.contents, strict=True):
        if data is not None:
            _write_at(out, offset, data)
    _write_at(out, base, metadata.superblock)
    _write_at(out, base + placement.end, metadata.tables)
    os.ftruncate(out.fileno(), final.size)
    notes = prepared.changes.sentences()
    notes += container.warnings(image.config, exists=_looker(merged), around=prepared.around)
    return Built(final.size, metadata.inodes, placement.duplicates, placement.duplicate_bytes, notes, prepared.changes)


def _layout(prepared: _Prepared, image: Image, form: str) -> Callable[[int], sif.Layout]:
    """What gives the plan of the SIF file for a partition of some size; `form` is how the partition is written."""
    architecture, digest, changes = image.platform.architecture, image.manifest_digest, prepared.changes
    objects = container.sif_objects(
        image.config,
        reference=str(image.reference),
        manifest_digest=str(digest),
        platform=image.platform,
        around=prepared.around,
    )
    parts = [
        sif.deffile(objects.deffile),
        sif.json_object("inspect-metadata.json", objects.inspect_metadata),
        sif.json_object("oci-config.json", objects.oci_config),
        *([sif.json_object(OBJECT, changes.dump())] if changes else []),
    ]
    identity = uuid.uuid5(uuid.NAMESPACE_OID, f"{digest} {form}{changes.identity}").bytes

    def layout(partition_size: int) -> sif.Layout:
        partition = sif.partition(partition_size, architecture)
        return sif.plan([*parts, partition], arch=architecture, id=identity, time=prepared.created)

    return layout


class _Copying:
    """Copies in a thread while the body of the `with` runs; an error of either side ends both."""

    def __init__(
        self, merged: Merged, placement: Placement, fd: int, base: int, on_bytes: Callable[[int], None] | None
    ) -> None:
        self._arguments = (merged, placement.copies, fd, base, on_bytes)
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None

    def _run(self) -> None:
        try:
            copy_ranges(*self._arguments)
        except BaseException as error:  # noqa: BLE001 - carried over and raised by __exit__
            self._error = error

    def __enter__(self) -> None:
        self._thread = threads.start(self._run, "copy")

    def __exit__(self, kind: object, *_: object) -> None:
        if self._thread is not None:
            self._thread.join()
        elif kind is None:
            self._run()
        if self._error is not None and kind is None:
            raise self._error


def _write_at(out: BinaryIO, offset: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(out.fileno(), view, offset)
        view, offset = view[written:], offset + written

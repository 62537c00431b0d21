"""Reads SIF files, whoever wrote them: Apptainer, SingularityCE, Singularity 3 or this package.

Read are the header, the descriptors and, on request, one object at a time. Nothing here trusts the file:
counts, positions and sizes are checked before they are used.
"""

from __future__ import annotations

import os
from typing import BinaryIO

from sregistry.sif import descriptors as table
from sregistry.sif.descriptors import DataType, Descriptor, Filesystem, Partition, PartitionType
from sregistry.sif.errors import SifError
from sregistry.sif.header import SIZE, Header
from sregistry.sif.legacy import HEAD, legacy_format
from sregistry.sif.signatures import Signature, signature

#: Writers reserve 48 descriptors, OCI images in SIF one per layer more; this leaves room for both.
MAX_DESCRIPTORS = 4096


class Sif:
    """An open SIF file. It does not own the file.

    Attributes:
        header: the global header.
        descriptors: the used descriptors in the order of the file.
        size: bytes of the file.
    """

    def __init__(self, file: BinaryIO, header: Header, descriptors: tuple[Descriptor, ...], size: int) -> None:
        self._file = file
        self.header = header
        self.descriptors = descriptors
        self.size = size

    def primary(self) -> Descriptor:
        """Return the partition that runs; raise SifError ``sif-no-primary`` if there is none."""
        for descriptor in self.descriptors:
            partition = descriptor.partition
            if partition and partition.kind == PartitionType.PRIMARY:
                return descriptor
        raise SifError("sif-no-primary", "the SIF file holds no root file system")

    def squashfs(self) -> Descriptor:
        """Return the primary partition if it is a squashfs that can be read.

        Raises SifError ``sif-no-primary``, ``sif-encrypted`` and ``sif-filesystem``.
        """
        descriptor = self.primary()
        partition = descriptor.partition or Partition(0, 0, "")
        if partition.encryption:
            raise SifError(
                "sif-encrypted", "the root file system of the SIF file is encrypted", detail=partition.encryption
            )
        if partition.filesystem != Filesystem.SQUASHFS:
            found = _filesystem_name(partition.filesystem)
            raise SifError("sif-filesystem", f"the root file system is {found}, not squashfs", format=found)
        return descriptor

    def find(self, type: DataType, name: str | None = None) -> Descriptor | None:  # noqa: A002 - the format's word
        """Return the first object of a type, and of a name if one is given; None if there is none."""
        wanted = None if name is None else name.encode()
        for descriptor in self.descriptors:
            if descriptor.type == type and wanted in (None, descriptor.name):
                return descriptor
        return None

    def signatures(self) -> list[Signature]:
        """Return the signatures; none of them is checked."""
        return [signature(item) for item in self.descriptors if item.type == DataType.SIGNATURE]

    def read(self, descriptor: Descriptor, limit: int) -> bytes:
        """Return an object's bytes.

        Raises SifError ``sif-object-too-large`` if there are more than `limit`, ``sif-truncated``; OSError.
        """
        if descriptor.size > limit:
            raise SifError(
                "sif-object-too-large", "an object in the SIF file is larger than it should be",
                name=descriptor.name.decode("utf-8", "replace"), size=descriptor.size, limit=limit,
            )  # fmt: skip
        data = _read_at(self._file, descriptor.offset, descriptor.size)
        if len(data) < descriptor.size:
            raise truncated(descriptor.offset + descriptor.size, descriptor.offset + len(data))
        return data


def open_sif(file: BinaryIO) -> Sif:
    """Read header and descriptors of `file`, which must be seekable and stay open.

    Raises SifError ``sif-legacy-format`` for image files older than SIF, ``sif-not-an-image``,
    ``sif-version``, ``sif-truncated``, ``sif-corrupt``; OSError.
    """
    size = file.seek(0, os.SEEK_END)
    head = _read_at(file, 0, HEAD)
    legacy = legacy_format(head)
    if legacy:
        raise SifError("sif-legacy-format", f"the file is {legacy}, not a SIF file", format=legacy)
    header = Header.unpack(head[:SIZE])
    descriptors = tuple(_descriptors(file, header, size))
    _check_length(header, descriptors, size)
    return Sif(file, header, descriptors, size)


def _descriptors(file: BinaryIO, header: Header, size: int) -> list[Descriptor]:
    """Read the used descriptors, checking where the table lies."""
    count, start = header.total, header.descriptors_offset
    if not 0 <= count <= MAX_DESCRIPTORS or not 0 <= header.free <= count or start < SIZE:
        raise _corrupt("its header has impossible numbers")
    if header.free == count:
        return []
    length = count * table.SIZE
    if start + length > size:
        raise truncated(start + length, size)
    data = _read_at(file, start, length)
    found = (Descriptor.unpack(data[at : at + table.SIZE]) for at in range(0, len(data), table.SIZE))
    return [descriptor for descriptor in found if descriptor]


def _check_length(header: Header, descriptors: tuple[Descriptor, ...], size: int) -> None:
    """Compare what header and descriptors promise with the length of the file."""
    numbers = [header.data_offset, header.data_size]
    for descriptor in descriptors:
        numbers += descriptor.offset, descriptor.size
    if min(numbers) < 0:
        raise _corrupt("an object lies before the start of the file")
    end = max([header.end, *(item.offset + item.size for item in descriptors)])
    if end > size:
        raise truncated(end, size)


def _read_at(file: BinaryIO, position: int, size: int) -> bytes:
    """Read up to `size` bytes, fewer only at the end of the file (an unbuffered file may give less at once)."""
    file.seek(position)
    parts = []
    while size > 0 and (part := file.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _filesystem_name(number: int) -> str:
    return Filesystem(number).name.lower() if number in list(Filesystem) else f"of the unknown type {number}"


def _corrupt(detail: str) -> SifError:
    return SifError("sif-corrupt", "the SIF file is damaged", detail=detail)


def truncated(expected: int, actual: int) -> SifError:
    """The error for a file of `actual` bytes that should have `expected`."""
    return SifError("sif-truncated", "the SIF file ends too early", expected_size=expected, actual_size=actual)

"""Plans a SIF file: where each object goes and the bytes before the first one.

The caller writes the objects, so that a partition can be written in place. Id and times are
arguments: equal objects give equal bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sregistry.sif import arch as architectures
from sregistry.sif.descriptors import (
    CAPACITY,
    GROUP,
    SIZE,
    TABLE,
    DataType,
    Descriptor,
    Filesystem,
    PartitionType,
    partition_extra,
)
from sregistry.sif.errors import SifError
from sregistry.sif.header import LAUNCH, Header

DATA = TABLE + CAPACITY * SIZE
ALIGNMENT = 4096


@dataclass(frozen=True, slots=True)
class Object:
    """Something to be stored; `data` is None where the caller writes `size` bytes itself."""

    type: DataType
    size: int
    name: str = ""
    data: bytes | None = None
    extra: bytes = b""


@dataclass(frozen=True, slots=True)
class Layout:
    """The plan of a file.

    Attributes:
        header: everything before the first object, to be written at 0.
        offsets: position of each object.
        contents: data of each object, None where the caller writes it.
        size: bytes of the file.
    """

    header: bytes
    offsets: list[int]
    contents: list[bytes | None]
    size: int


def deffile(text: str) -> Object:
    """A definition file."""
    data = text.encode()
    return Object(DataType.DEFFILE, len(data), data=data)


def json_object(name: str, data: bytes) -> Object:
    """A JSON document known by its name."""
    return Object(DataType.JSON, len(data), name=name, data=data)


def partition(size: int, architecture: str) -> Object:
    """The primary system partition: a squashfs of `size` bytes for a Go architecture."""
    extra = partition_extra(Filesystem.SQUASHFS, PartitionType.PRIMARY, architectures.code(architecture))
    return Object(DataType.PARTITION, size, extra=extra)


def plan(objects: Sequence[Object], *, arch: str, id: bytes, time: int) -> Layout:  # noqa: A002 - the format's word
    """Lay out `objects` in their order, all in group 1.

    Args:
        objects: what to store, in this order.
        arch: Go architecture of the primary partition.
        id: 16 bytes of UUID.
        time: Unix seconds, for the header and every descriptor.

    Raises SifError ``sif-too-many-objects`` and ``sif-name-too-long``.
    """
    if len(objects) > CAPACITY:
        raise SifError(
            "sif-too-many-objects", f"a SIF file holds {CAPACITY} objects, not {len(objects)}", limit=CAPACITY
        )
    offsets: list[int] = []
    table = bytearray()
    end = DATA
    for number, item in enumerate(objects, 1):
        name = item.name.encode()
        if len(name) >= 128:
            raise SifError("sif-name-too-long", "the name of an object is longer than 127 bytes", name=item.name)
        offset = -(-end // ALIGNMENT) * ALIGNMENT if item.type == DataType.PARTITION else end
        padded = offset - end + item.size
        table += Descriptor(
            item.type, number, GROUP | 1, 0, offset, item.size, padded, time, time, name, item.extra
        ).pack()
        offsets.append(offset)
        end = offset + item.size
    header = _header(architectures.code(arch), id, time, len(objects), end)
    start = header.pack().ljust(TABLE, b"\0") + bytes(table).ljust(CAPACITY * SIZE, b"\0")
    return Layout(start, offsets, [item.data for item in objects], end)


def _header(arch: str, id: bytes, time: int, objects: int, end: int) -> Header:  # noqa: A002 - as `plan`
    """The header of a file with so many objects, whose data ends at `end`."""
    return Header(
        launch=LAUNCH,
        arch=arch,
        id=id,
        created=time,
        modified=time,
        free=CAPACITY - objects,
        total=CAPACITY,
        descriptors_offset=TABLE,
        descriptors_size=CAPACITY * SIZE,
        data_offset=DATA,
        data_size=end - DATA,
    )

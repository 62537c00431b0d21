"""SIF files in memory, written by the writer under test."""

from __future__ import annotations

import io
from collections.abc import Sequence

from sregistry.sif import writer
from sregistry.sif.descriptors import DataType, Filesystem, PartitionType, partition_extra
from sregistry.sif.reader import Sif, open_sif
from sregistry.sif.writer import Object

ID = bytes(range(16))
TIME = 1_520_000_000
SQUASHFS = b"hsqs" + bytes(4092)

OBJECTS = (
    writer.deffile("bootstrap: docker\nfrom: busybox\n"),
    writer.json_object("inspect-metadata.json", b'{"data":{}}'),
    writer.json_object("oci-config.json", b"{}"),
    Object(DataType.PARTITION, len(SQUASHFS), data=SQUASHFS, extra=writer.partition(0, "amd64").extra),
)


def partition(filesystem: Filesystem | int, kind: PartitionType = PartitionType.PRIMARY, arch: str = "02") -> Object:
    """A partition with content of any kind."""
    return Object(DataType.PARTITION, 4096, data=bytes(4096), extra=partition_extra(filesystem, kind, arch))


def sif_bytes(objects: Sequence[Object] = OBJECTS, arch: str = "amd64") -> bytes:
    """A whole file; every object must have data."""
    layout = writer.plan(objects, arch=arch, id=ID, time=TIME)
    out = io.BytesIO()
    out.write(layout.header)
    for offset, data in zip(layout.offsets, layout.contents, strict=True):
        out.seek(offset)
        out.write(data or b"")
    assert out.tell() == layout.size or not objects
    return out.getvalue()


def opened(data: bytes) -> Sif:
    return open_sif(io.BytesIO(data))

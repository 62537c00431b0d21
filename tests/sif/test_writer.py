"""The bytes of a SIF file."""

from __future__ import annotations

import hashlib
import struct

import pytest

from sregistry.sif import writer
from sregistry.sif.errors import SifError
from sregistry.sif.writer import Object, json_object, partition, plan
from tests.sif.files import ID, OBJECTS, SQUASHFS, TIME, sif_bytes

GOLDEN = "fb277d1aed6c3b3aa9b7912671f8af94425fb25a53bbeacb44386d9d00e2c851"


def test_a_file_has_the_same_bytes_for_ever() -> None:
    assert hashlib.sha256(sif_bytes()).hexdigest() == GOLDEN


def test_the_header_is_where_the_format_says() -> None:
    data = sif_bytes()
    assert data[:48] == b"#!/usr/bin/env run-singularity\n\0" + b"SIF_MAGIC\0" + b"01\0" + b"02\0"
    assert data[48:64] == ID
    assert struct.unpack("<8q", data[64:128]) == (TIME, TIME, 44, 48, 4096, 28080, 32176, len(data) - 32176)
    assert not any(data[128:4096])


def test_descriptors_are_where_the_format_says() -> None:
    data = sif_bytes()
    fields = [struct.unpack("<i?IIIqqqqqqq128s384s", data[at : at + 585]) for at in range(4096, 32176, 585)]
    assert [(kind, used, number, group, link) for kind, used, number, group, link, *_ in fields[:5]] == [
        (0x4001, True, 1, 0xF0000001, 0),
        (0x4006, True, 2, 0xF0000001, 0),
        (0x4006, True, 3, 0xF0000001, 0),
        (0x4004, True, 4, 0xF0000001, 0),
        (0, False, 0, 0, 0),
    ]
    assert [place[5:8] for place in fields[:4]] == [
        (32176, 32, 32),
        (32208, 11, 11),
        (32219, 2, 2),
        (32768, 4096, 32768 - 32221 + 4096),
    ]
    assert fields[1][12].rstrip(b"\0") == b"inspect-metadata.json"
    assert fields[3][13][:12] == bytes.fromhex("010000000200000030320000")
    assert not any(data[4096 + 4 * 585 : 32176])


def test_objects_lie_behind_each_other_and_partitions_at_multiples_of_4096() -> None:
    layout = plan(OBJECTS, arch="amd64", id=ID, time=TIME)
    assert layout.offsets == [32176, 32208, 32219, 32768]
    assert layout.size == 32768 + len(SQUASHFS)
    assert len(layout.header) == 32176


def test_the_caller_may_write_a_partition_itself() -> None:
    layout = plan([partition(1 << 40, "amd64")], arch="amd64", id=ID, time=TIME)
    assert (layout.contents, layout.offsets, layout.size) == ([None], [32768], 32768 + (1 << 40))


@pytest.mark.parametrize("arch, code", [("amd64", b"02"), ("arm64", b"04"), ("riscv64", b"12"), ("vax", b"00")])
def test_header_and_partition_name_the_architecture(arch: str, code: bytes) -> None:
    layout = plan([partition(4096, arch)], arch=arch, id=ID, time=TIME)
    assert layout.header[45:48] == layout.header[4096 + 201 + 8 : 4096 + 201 + 11] == code + b"\0"


def test_times_before_1970_are_kept() -> None:
    """Other writers mean "no time" by the year 1."""
    layout = plan([], arch="amd64", id=ID, time=-62135596800)
    assert struct.unpack_from("<2q", layout.header, 64) == (-62135596800, -62135596800)


def test_48_objects_fit() -> None:
    layout = plan([json_object(f"{number}", b"") for number in range(48)], arch="amd64", id=ID, time=TIME)
    assert struct.unpack_from("<q", layout.header, 80) == (0,)
    with pytest.raises(SifError) as caught:
        plan([json_object(f"{number}", b"") for number in range(49)], arch="amd64", id=ID, time=TIME)
    assert (caught.value.code, caught.value.facts["limit"]) == ("sif-too-many-objects", 48)


def test_names_have_up_to_127_bytes() -> None:
    plan([json_object("é" * 63 + "x", b"")], arch="amd64", id=ID, time=TIME)
    with pytest.raises(SifError) as caught:
        plan([json_object("é" * 64, b"")], arch="amd64", id=ID, time=TIME)
    assert caught.value.code == "sif-name-too-long"


def test_a_deffile_has_no_name() -> None:
    assert writer.deffile("bootstrap: docker\n") == Object(0x4001, 18, "", b"bootstrap: docker\n")

"""Reading SIF files: what is in them, and what is no SIF file or a damaged one."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sregistry.sif.descriptors import DataType, Filesystem, PartitionType
from sregistry.sif.errors import SifError
from sregistry.sif.reader import Sif, open_sif
from sregistry.sif.writer import Object
from tests.sif.files import ID, OBJECTS, SQUASHFS, TIME, opened, partition, sif_bytes

FIRST = 4096  # the first descriptor
LAUNCH = b"#!/usr/bin/env run-singularity\n"


def refused(data: bytes) -> SifError:
    with pytest.raises(SifError) as caught:
        opened(data)
    return caught.value


def put(data: bytes, position: int, layout: str, *values: int | bytes) -> bytes:
    out = bytearray(data)
    struct.pack_into(layout, out, position, *values)
    return bytes(out)


def test_what_was_written_is_read() -> None:
    sif = opened(sif_bytes())
    assert (sif.header.launch, sif.header.arch, sif.header.id) == (LAUNCH, "02", ID)
    assert (sif.header.created, sif.header.free, sif.header.total) == (TIME, 44, 48)
    assert [descriptor.type for descriptor in sif.descriptors] == [item.type for item in OBJECTS]
    assert [descriptor.name for descriptor in sif.descriptors] == [item.name.encode() for item in OBJECTS]
    assert [sif.read(descriptor, 1 << 20) for descriptor in sif.descriptors] == [item.data for item in OBJECTS]


def test_the_root_file_system_is_found() -> None:
    found = opened(sif_bytes()).squashfs()
    assert (found.offset, found.size) == (32768, len(SQUASHFS))
    assert found.partition is not None
    assert (found.partition.architecture, found.partition.encryption) == ("amd64", None)


def test_other_partitions_are_not_the_root_file_system() -> None:
    overlay = partition(Filesystem.EXT3, PartitionType.OVERLAY)
    sif = opened(sif_bytes([overlay, partition(Filesystem.SQUASHFS)]))
    assert sif.squashfs().id == 2


def test_objects_are_found_by_type_and_name() -> None:
    sif = opened(sif_bytes())
    config, first = sif.find(DataType.JSON, "oci-config.json"), sif.find(DataType.JSON)
    assert config is not None
    assert first is not None
    assert (sif.read(config, 100), first.name) == (b"{}", b"inspect-metadata.json")
    assert sif.find(DataType.JSON, "no.json") is None
    assert sif.find(DataType.SBOM) is None


def test_objects_are_read_up_to_a_limit() -> None:
    sif = opened(sif_bytes())
    found = sif.find(DataType.JSON, "inspect-metadata.json")
    assert found is not None
    assert len(sif.read(found, 11)) == 11
    with pytest.raises(SifError) as caught:
        sif.read(found, 10)
    assert (caught.value.code, caught.value.facts["size"]) == ("sif-object-too-large", 11)


def test_a_file_that_shrinks_while_it_is_read_is_told() -> None:
    file = io.BytesIO(sif_bytes())
    sif = open_sif(file)
    file.truncate(32768 + 100)
    with pytest.raises(SifError) as caught:
        sif.read(sif.primary(), 1 << 20)
    assert caught.value.code == "sif-truncated"


@pytest.mark.parametrize("objects", [[], OBJECTS[:3], [partition(Filesystem.EXT3, PartitionType.DATA)]])
def test_files_without_root_file_system_are_told(objects: list[Object]) -> None:
    with pytest.raises(SifError) as caught:
        opened(sif_bytes(objects)).primary()
    assert caught.value.code == "sif-no-primary"


def test_a_file_whose_descriptors_are_all_free_is_empty() -> None:
    """So do Apptainer and SingularityCE read it, whatever the table says."""
    assert opened(put(sif_bytes(), 80, "<q", 48)).descriptors == ()


@pytest.mark.parametrize("filesystem, how", [(5, "LUKS"), (6, "gocryptfs")])
def test_encrypted_images_are_told(filesystem: int, how: str) -> None:
    sif = opened(sif_bytes([partition(filesystem)]))
    with pytest.raises(SifError) as caught:
        sif.squashfs()
    assert (caught.value.code, caught.value.facts["detail"]) == ("sif-encrypted", how)


@pytest.mark.parametrize("filesystem, name", [(2, "ext3"), (4, "raw"), (99, "of the unknown type 99")])
def test_other_file_systems_are_told(filesystem: int, name: str) -> None:
    sif = opened(sif_bytes([partition(filesystem)]))
    with pytest.raises(SifError) as caught:
        sif.squashfs()
    assert (caught.value.code, caught.value.facts["format"]) == ("sif-filesystem", name)


def signed(extra: bytes, link: int) -> Sif:
    data = sif_bytes([*OBJECTS, Object(DataType.SIGNATURE, 3, data=b"sig", extra=extra)])
    return opened(put(data, FIRST + 4 * 585 + 9, "<II", 0xF0000000, link))


def test_signatures_tell_key_hash_and_what_they_cover() -> None:
    (found,) = signed(struct.pack("<i20s", 1, bytes(range(1, 21))), 0xF0000001).signatures()
    assert found.fingerprint == "0102030405060708090A0B0C0D0E0F1011121314"
    assert (found.hash, found.covers) == ("SHA-256", "group 1")


def test_signatures_by_a_plain_key_have_no_fingerprint() -> None:
    (found,) = signed(struct.pack("<i", 77), 4).signatures()
    assert (found.fingerprint, found.hash, found.covers) == (None, "unknown", "object 4")


def test_an_image_without_signatures_has_none() -> None:
    assert opened(sif_bytes()).signatures() == []


@pytest.mark.parametrize("prefix", [b"", LAUNCH, b"#!/usr/local/bin/env run-singularity\n"])
def test_formats_from_before_sif_are_named(prefix: bytes) -> None:
    squashfs = refused(prefix + SQUASHFS)
    assert (squashfs.code, squashfs.facts["format"]) == ("sif-legacy-format", "a bare squashfs image")
    ext3 = refused(prefix + bytes(1080) + b"\x53\xef" + bytes(4096))
    assert (ext3.code, ext3.facts["format"]) == ("sif-legacy-format", "a Singularity 2 image (ext3)")


@pytest.mark.parametrize(
    "data", [b"", b"#!/bin/sh\nexec run-singularity\n" + bytes(5000), b"\x7fELF" * 1000, bytes(127)]
)
def test_other_files_are_told(data: bytes) -> None:
    assert refused(data).code == "sif-not-an-image"


def test_other_versions_are_told() -> None:
    error = refused(put(sif_bytes(), 42, "3s", b"02"))
    assert (error.code, error.facts["detail"]) == ("sif-version", "02")


@pytest.mark.parametrize("size", [4096, 4096 + 100, 32768, -1])
def test_a_file_that_is_cut_off_is_told_with_both_sizes(size: int) -> None:
    whole = sif_bytes()
    error = refused(whole[:size])
    assert error.code == "sif-truncated"
    assert error.facts["actual_size"] == len(whole[:size]) < error.facts["expected_size"] <= len(whole)


@pytest.mark.parametrize(
    "position, layout, value",
    [
        (88, "<q", 4097),
        (88, "<q", -1),
        (80, "<q", 49),
        (80, "<q", -1),
        (96, "<q", -1),
        (96, "<q", 127),
        (112, "<q", -1),
        (120, "<q", -(1 << 63)),
        (FIRST + 17, "<q", -1),
        (FIRST + 25, "<q", -1),
    ],
)
def test_impossible_numbers_are_told(position: int, layout: str, value: int) -> None:
    assert refused(put(sif_bytes(), position, layout, value)).code == "sif-corrupt"


@pytest.mark.parametrize("position", [96, 112, 120, FIRST + 17, FIRST + 25])
def test_numbers_beyond_the_end_are_told(position: int) -> None:
    assert refused(put(sif_bytes(), position, "<q", (1 << 63) - 1)).code == "sif-truncated"


def test_tolerated_are_unaligned_partitions_other_groups_and_wrong_padding() -> None:
    data = sif_bytes()
    data = put(data, FIRST + 3 * 585 + 5, "<III", 77, 0xF0000000, 0)
    data = put(data, FIRST + 3 * 585 + 17, "<qqq", 32769, 4095, 1)
    assert opened(data).squashfs().offset == 32769


SEED = sif_bytes([*OBJECTS, Object(DataType.SIGNATURE, 3, data=b"sig", extra=bytes(24))])


def survives(data: bytes) -> None:
    try:
        sif = opened(data)
        sif.signatures()
        for descriptor in sif.descriptors:
            assert descriptor.partition is None or descriptor.partition.architecture
            sif.read(descriptor, 1 << 16)
        sif.squashfs()
    except SifError as error:
        assert error.code.startswith("sif-")


places = st.one_of(st.integers(32, 120), st.integers(4096, 4096 + 5 * 585))


@settings(deadline=2000, max_examples=300)
@given(st.lists(st.tuples(places, st.binary(min_size=1, max_size=8)), min_size=1, max_size=5))
def test_changed_headers_and_descriptors_do_no_harm(changes: list[tuple[int, bytes]]) -> None:
    out = bytearray(SEED)
    for position, value in changes:
        out[position : position + len(value)] = value
    survives(bytes(out))


@settings(deadline=2000)
@given(st.integers(0, len(SEED)))
def test_files_cut_off_anywhere_do_no_harm(size: int) -> None:
    survives(SEED[:size])


@settings(deadline=2000)
@given(st.binary(max_size=3000))
def test_random_bytes_do_no_harm(data: bytes) -> None:
    survives(data)
    survives(SEED[:128] + data)


@pytest.mark.parametrize("size", [42, 127])
def test_a_file_that_ends_within_its_header_is_incomplete(size: int) -> None:
    assert refused(sif_bytes()[:size]).code == "sif-truncated"


@pytest.mark.parametrize(
    ("data", "title"), [(b"", "x.sif is empty, and no SIF file"), (b"x", "x.sif is not a SIF file")]
)
def test_an_empty_file_is_called_that(data: bytes, title: str) -> None:
    assert refused(data).with_facts(file="x.sif").diagnosis.title == title

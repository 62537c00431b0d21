"""Whatever is damaged in a pack is noticed, unless the image has none of it."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sregistry.assembly.build import build
from sregistry.packs import CompressionPool, Limits, Pack, PackError, convert
from sregistry.packs.reader import OpenPacks
from sregistry.squashfs.compressors import get_compressor
from tests.layers.blocks import noise
from tests.support.building import resolved
from tests.support.images import Image, image
from tests.support.tars import archive, directory, file, member, symlink

BLOCK = 512


@pytest.fixture
def pool() -> Iterator[CompressionPool]:
    with CompressionPool(get_compressor("gzip"), 1) as pool:
        yield pool


def small() -> Image:
    """An image whose pack has compressed blocks, blocks stored as they are, a fragment, attributes and a link."""
    members = (
        directory("d"),
        file("d/text", b"a line of text\n" * 50),
        file("d/noise", noise(b"n", BLOCK)),
        file("d/small", b"few bytes"),
        symlink("d/link", "small"),
        member("d/marked", b"0", 0o644, xattrs={"user.name": b"value"}),
    )
    return image([archive(*members)], {})


def packed(made: Image, pool: CompressionPool, label: bytes = b"of this") -> bytes:
    out = io.BytesIO()
    layer = io.BytesIO(made.layers[0].blob.data)
    convert(layer, out, pool, block_size=BLOCK, label=label, diff_id=None, limits=Limits())
    return out.getvalue()


def built(path: Path, made: Image, pool: CompressionPool) -> bytes:
    with tempfile.TemporaryFile(dir=path.parent) as out:
        pack = Pack(path, label=b"of this")
        build([pack], resolved(made), out, pool, block_size=BLOCK, scratch=path.parent)
        out.seek(0)
        return out.read()


def test_every_byte_that_is_flipped_is_noticed_or_in_no_image(pool: CompressionPool, tmp_path: Path) -> None:
    made, path = small(), tmp_path / "x.pack"
    sound = packed(made, pool)
    path.write_bytes(sound)
    right = built(path, made, pool)
    unnoticed = []
    for place in range(len(sound)):
        damaged = bytearray(sound)
        damaged[place] ^= 0x40 if place % 2 else 0xFF
        path.write_bytes(damaged)
        try:
            found = built(path, made, pool)
        except PackError as error:
            assert error.facts["file"] == str(path)
            continue
        assert found == right, place
        unnoticed.append(place)
    # Nothing of this pack is left out of the image, so nothing may pass.
    assert unnoticed == []


def test_every_byte_that_is_flipped_is_found_by_verifying(pool: CompressionPool, tmp_path: Path) -> None:
    path, read = tmp_path / "x.pack", list[int]()
    sound = packed(small(), pool)
    path.write_bytes(sound)
    Pack(path, label=b"of this").verify(read.append)
    assert 0 < sum(read) < len(sound)
    for place in range(len(sound)):
        damaged = bytearray(sound)
        damaged[place] ^= 0x40 if place % 2 else 0xFF
        path.write_bytes(damaged)
        with pytest.raises(PackError):
            Pack(path, label=b"of this").verify()


def test_a_pack_without_data_is_verified(pool: CompressionPool, tmp_path: Path) -> None:
    path = tmp_path / "x.pack"
    path.write_bytes(packed(image([archive(directory("d"))], {}), pool))
    Pack(path, label=b"of this").verify()


def test_a_pack_of_another_layer_is_not_taken(pool: CompressionPool, tmp_path: Path) -> None:
    path = tmp_path / "x.pack"
    path.write_bytes(packed(small(), pool, b"of that"))
    with pytest.raises(PackError, match="of another layer"):
        Pack(path, label=b"of this")


def test_of_many_packs_few_are_open(pool: CompressionPool, tmp_path: Path) -> None:
    path = tmp_path / "x.pack"
    path.write_bytes(packed(small(), pool))
    packs = [Pack(path) for _ in range(30)]
    with OpenPacks(packs) as opened:
        assert len({opened.descriptor(number) for number in range(30)}) <= 4

"""What the writer decides: forms of inodes, limits, sharing, the same bytes every time."""

from __future__ import annotations

import hashlib
import io
import struct

import pytest

from sregistry.squashfs import metadata as pieces
from sregistry.squashfs import superblock as format_
from sregistry.squashfs.compressors import get_compressor
from sregistry.squashfs.errors import SquashfsError
from sregistry.squashfs.node import CHARACTER
from sregistry.squashfs.reader import open_image
from sregistry.squashfs.superblock import ABSENT, Superblock
from sregistry.squashfs.writer import Metadata, write_metadata
from tests.squashfs import images
from tests.squashfs.examples import TREES, text
from tests.squashfs.images import Node, device, directory, fifo, file, image_bytes, symlink

#: SHA-256 of images without compression: they change only when the format we write does.
GOLDEN = {
    "empty": "6d52d59873c2c7d8e593a4732fd5796c284e5740a2ecfbab0be0a48976158f21",
    "sizes": "0bcf349e2f0f865cb6127478ca4ca7d6b980bc574a74670691b464eeeb846c51",
    "long_listing": "8573aae23fd114bfd5ee404bbc2f77159f1bd3e0b6245fe8d1fd9d91dfc6f468",
    "hard_links": "e54eac802eed9262af6b970469272c3acb0e9df573735067c041cd6a596031e4",
    "owners": "3d4519dc3928e6168f7c314600458f444fa3f910541aa4c14efa4fc6f6f53a4a",
    "names": "08c06c98761b51c105c26126f00d71a8b2311e58f380c0db4a282a619f59387e",
    "kinds": "6747d1f20335644406d133636877533d5d457a3567afc402ab5bf7f4cde4766d",
    "attributes": "f64f39588c240964e902a3ed26ab23aa3e9d45bbd9318a2eeda16f182a74070f",
}


def tables(root: Node, codec: str = "none") -> Metadata:
    """The metadata of a tree whose files have no data."""
    return write_metadata(
        root, data_end=96, fragments=[], block_size=131072, compressor=get_compressor(codec), time=images.TIME
    )


def superblock(root: Node) -> Superblock:
    return Superblock.unpack(tables(root).superblock)


def type_in_image(node: Node) -> int:
    """The type that the only inode beside the root is written with."""
    made = tables(directory({"name": node}))
    return int.from_bytes(made.tables[2:4], "little")


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_an_uncompressed_image_has_the_same_bytes_for_ever(name: str) -> None:
    assert hashlib.sha256(image_bytes(TREES[name](), "none")).hexdigest() == GOLDEN[name]


@pytest.mark.parametrize("codec", ["gzip", "zstd", "none"])
@pytest.mark.parametrize("name", ["long_listing", "hard_links", "attributes", "owners"])
def test_the_order_in_which_a_tree_was_built_does_not_matter(name: str, codec: str) -> None:
    assert image_bytes(TREES[name](), codec) == image_bytes(turned_round(TREES[name]()), codec)


def turned_round(root: Node) -> Node:
    """The same tree; names and attributes were added in the opposite order."""
    for _, node in [(b"", root), *images.walk(root)]:
        node.children = dict(reversed(node.children.items()))
        node.xattrs = tuple(reversed(node.xattrs))
    return root


def test_an_image_ends_at_a_multiple_of_4096() -> None:
    for count in (0, 1, 100, 1000):
        made = tables(directory({f"{number}": file(mtime=number) for number in range(count)}))
        assert made.padded_size % 4096 == 0
        assert 0 <= made.padded_size - made.size < 4096
        assert Superblock.unpack(made.superblock).bytes_used == made.size == 96 + len(made.tables)


def test_tables_lie_in_the_order_that_readers_expect() -> None:
    root = TREES["attributes"]()
    data = image_bytes(root)
    head = Superblock.unpack(data)
    order = [head.inode_table, head.directory_table, head.fragment_table, head.id_table, head.xattr_table]
    assert order == sorted(order)
    assert head.export_table == ABSENT


def test_flags_say_what_there_is() -> None:
    with_everything = Superblock.unpack(image_bytes(TREES["attributes"]()))
    assert with_everything.flags == format_.DUPLICATES_REMOVED
    assert superblock(directory()).flags & (format_.NO_FRAGMENTS | format_.NO_XATTRS) == 0x210


def test_an_image_without_attributes_has_no_table_of_them() -> None:
    assert superblock(directory({"a": file()})).xattr_table == ABSENT


@pytest.mark.parametrize(
    "node, kind",
    [
        (directory(), 1),
        (directory(xattrs=((b"user.a", b""),)), 8),
        (file(), 2),
        (file(xattrs=((b"user.a", b""),)), 9),
        (symlink(b"a"), 3),
        (symlink(b"a", xattrs=((b"trusted.a", b""),)), 10),
        (device(CHARACTER, 1, 3), 5),
        (device(CHARACTER, 1, 3, xattrs=((b"trusted.a", b""),)), 12),
        (fifo(), 6),
        (fifo(xattrs=((b"trusted.a", b""),)), 13),
    ],
)
def test_inodes_are_extended_only_for_attributes(node: Node, kind: int) -> None:
    assert type_in_image(node) == kind


@pytest.mark.parametrize("fields", [{"size": 1 << 32}, {"start": 1 << 32}, {"sparse": 4096}])
def test_files_that_are_large_far_away_or_with_holes_are_extended(fields: dict[str, int]) -> None:
    node = file()
    for name, value in fields.items():
        setattr(node, name, value)
    assert type_in_image(node) == 9


def test_files_with_two_names_are_extended() -> None:
    shared = file()
    made = tables(directory({"a": shared, "b": shared}))
    assert int.from_bytes(made.tables[2:4], "little") == 9
    assert made.inodes == 2


@pytest.mark.parametrize("count, kind, index", [(100, 1, 0), (300, 8, 2), (3000, 8, 23)])
def test_a_listing_that_goes_on_into_another_piece_has_an_index(count: int, kind: int, index: int) -> None:
    """An entry of the index for every piece but the first."""
    root = directory({f"{number:04}{'x' * 53}": fifo() for number in range(count)})
    data = image_bytes(root, "none")
    head = Superblock.unpack(data)
    at = head.inode_table + (head.root >> 16) + 2 + (head.root & 0xFFFF)
    fields = struct.unpack_from("<HHHHIIIIIIHH", data, at)
    assert fields[0] == kind
    if kind == 8:
        assert fields[10] == index


def test_equal_sets_of_attributes_are_stored_once() -> None:
    pairs = ((b"user.a", b"1"), (b"user.b", b"2"))
    acl = (b"system.posix_acl_access", b"x")
    root = directory({"a": file(xattrs=pairs), "b": file(xattrs=pairs[::-1]), "c": file(xattrs=(*pairs, acl))})
    image = open_image(io.BytesIO(image_bytes(root)))
    assert {inode.xattr for _, inode in image.walk()} == {0}


def test_attributes_that_the_format_cannot_hold_are_named() -> None:
    acl = (b"system.posix_acl_access", b"x")
    made = tables(directory({"a": file(xattrs=(acl,)), "b": file(xattrs=((b"user.", b""),))}))
    assert made.dropped_xattrs == (b"system.posix_acl_access", b"user.")
    assert Superblock.unpack(made.superblock).xattr_table == ABSENT


@pytest.mark.parametrize("pair", [(b"user." + b"x" * 251, b""), (b"user.x", bytes(65537))])
def test_attributes_longer_than_linux_allows_are_refused(pair: tuple[bytes, bytes]) -> None:
    with pytest.raises(SquashfsError) as caught:
        tables(directory(xattrs=(pair,)))
    assert caught.value.code == "squashfs-xattr-too-long"


def test_the_longest_attributes_are_kept() -> None:
    pairs = ((b"user." + b"x" * 250, b""), (b"user.x", bytes(65536)))
    image = open_image(io.BytesIO(image_bytes(directory(xattrs=pairs))))
    assert set(image.xattrs(image.root())) == set(pairs)


def crowd(owners: int) -> Node:
    """A tree whose files have that many different owners and groups, 0 among them."""
    return directory({f"{number}": fifo(uid=number) for number in range(owners)})


def test_65535_owners_fit() -> None:
    image = open_image(io.BytesIO(image_bytes(crowd(65535))))
    found = image.lookup(b"65534")
    assert found is not None
    assert (image.superblock.ids, found.uid) == (65535, 65534)


def test_65536_owners_are_refused() -> None:
    with pytest.raises(SquashfsError) as caught:
        tables(crowd(65536))
    assert (caught.value.code, caught.value.facts["limit"]) == ("squashfs-too-many-owners", 65535)


def test_tables_that_references_cannot_span_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real limit is 4 GiB."""
    monkeypatch.setattr(pieces, "MAX_TABLE", 50_000)
    with pytest.raises(SquashfsError) as caught:
        tables(directory({f"{number}": file() for number in range(3000)}))
    assert caught.value.code == "squashfs-too-large"


def test_holes_never_make_up_the_whole_size() -> None:
    """As mksquashfs has it: readers subtract."""
    image = open_image(io.BytesIO(image_bytes(directory({"hole": file(bytes(8192))}))))
    found = image.lookup(b"hole")
    assert found is not None
    assert (found.size, found.sparse) == (8192, 8191)


def test_tables_are_written_at_a_tolerable_speed() -> None:
    """20,000 inodes take a tenth of a second; the limit leaves room for slow machines."""
    from time import process_time

    root = directory({f"d{at}": directory({f"{name}": file(text(10)) for name in range(200)}) for at in range(100)})
    start = process_time()
    tables(root, "gzip")
    assert process_time() - start < 2

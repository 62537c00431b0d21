"""Images that were damaged or made to do harm: a SquashfsError, soon, and nothing else."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sregistry.squashfs import reader
from sregistry.squashfs.errors import SquashfsError
from sregistry.squashfs.node import DIRECTORY, FILE, SYMLINK
from sregistry.squashfs.reader import Image, open_image
from sregistry.squashfs.superblock import Superblock
from tests.squashfs.examples import TREES, text
from tests.squashfs.images import Node, directory, file, image_bytes, symlink

MAX_READ = 1 << 20


def use(data: bytes) -> None:
    """Do with an image all that can be done with one."""
    image = open_image(io.BytesIO(data))
    for path, inode in image.walk():
        image.xattrs(inode)
        if inode.kind == FILE:
            image.read(inode, limit=MAX_READ)
        if inode.kind == SYMLINK:
            image.lookup(path)


class Patched:
    """An image without compression, so that bytes can be changed in place.

    Attributes:
        inode: position of the inode of the first name in the root.
        root: position of the root's inode.
        run: position of the root's listing, its first run; entry: of the first name in it.
    """

    def __init__(self, root: Node) -> None:
        self.data = bytearray(image_bytes(root, "none"))
        head = Superblock.unpack(bytes(self.data))
        self.head = head
        self.run = head.directory_table + 2
        self.entry = self.run + 12
        self.inode = head.inode_table + 2 + struct.unpack_from("<H", self.data, self.entry)[0]
        self.root = head.inode_table + 2 + (head.root & 0xFFFF)

    def put(self, position: int, layout: str, *values: int | bytes) -> Patched:
        struct.pack_into(layout, self.data, position, *values)
        return self

    def image(self) -> Image:
        return open_image(io.BytesIO(bytes(self.data)))

    def refused(self, code: str = "squashfs-corrupt") -> str:
        """Use it; return the detail of the error."""
        with pytest.raises(SquashfsError) as caught:
            use(bytes(self.data))
        assert caught.value.code == code
        return str(caught.value.facts.get("detail", ""))


def one(node: Node) -> Patched:
    return Patched(directory({"name": node}))


def test_a_patched_image_is_read_when_nothing_is_patched() -> None:
    for node in (file(b"tail"), file(text(9000)), directory({"a": file()}), symlink(b"a")):
        use(bytes(one(node).data))


def test_a_directory_in_itself() -> None:
    made = one(directory())
    made.put(made.entry, "<Hh", made.root - made.head.inode_table - 2, -1)
    assert "more than once" in made.refused()


def test_a_directory_in_itself_is_followed_no_further_than_the_path() -> None:
    made = one(directory())
    made.put(made.entry, "<Hh", made.root - made.head.inode_table - 2, -1)
    assert made.image().lookup(b"name/" * 100) is not None


def test_a_listing_longer_than_the_directory_table() -> None:
    made = one(file())
    made.put(made.root + 24, "<H", 60_000)
    assert "overlap" in made.refused()


def test_directories_too_deep_inside_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real limit is 4096."""
    monkeypatch.setattr(reader, "MAX_DEPTH", 100)
    with pytest.raises(SquashfsError) as caught:
        use(image_bytes(TREES["deep"]()))
    assert "too deep" in caught.value.facts["detail"]


@pytest.mark.parametrize("length", [0, 8193, 0x7FFF])
@pytest.mark.parametrize("raw", [0, 0x8000])
def test_pieces_of_impossible_length(length: int, raw: int) -> None:
    made = one(file())
    made.put(made.head.inode_table, "<H", length | raw)
    assert "piece of metadata" in made.refused()


@pytest.mark.parametrize("name", [b".", b"..", b"a/b", b"a\0b"])
def test_impossible_names(name: bytes) -> None:
    made = Patched(directory({"x" * len(name): file()}))
    made.put(made.entry + 8, f"{len(name)}s", name)
    assert "impossible name" in made.refused()


def test_names_out_of_order_and_twice() -> None:
    for name in (b"a", b"b"):
        made = Patched(directory({"b": file(), "c": file()}))
        made.put(made.entry + 8 + 1 + 8, "1s", name)
        assert "not sorted" in made.refused()


def test_runs_and_names_that_are_too_long() -> None:
    made = one(file())
    assert "256" in Patched(directory({"a": file()})).put(made.run, "<I", 256).refused()
    made.put(made.entry + 6, "<H", 256)
    assert "too long" in made.refused()


def test_a_listing_that_does_not_end_where_it_says() -> None:
    made = one(file())
    made.put(made.root + 24, "<H", 3 + 20)
    assert "longer than it says" in made.refused()


@pytest.mark.parametrize("kind", [0, 15, 65535])
def test_inodes_of_no_type(kind: int) -> None:
    made = one(file())
    assert f"no inode of the type {kind}" in made.put(made.inode, "<H", kind).refused()


def test_a_name_with_the_number_or_type_of_another_inode() -> None:
    made = one(file())
    assert "do not fit" in made.put(made.inode + 12, "<I", 7).refused()
    made = one(file())
    assert "do not fit" in made.put(made.entry + 4, "<H", DIRECTORY).refused()


def test_a_root_that_is_no_directory() -> None:
    made = one(file())
    assert "root" in made.put(32, "<Q", made.inode - made.head.inode_table - 2).refused()


@pytest.mark.parametrize("reference", [1 << 16, 0x1FFF, 0xFFFF, (1 << 64) - 1])
def test_references_that_lead_nowhere(reference: int) -> None:
    one(file()).put(32, "<Q", reference).refused()


def test_owners_that_are_not_in_the_table() -> None:
    made = one(file())
    assert "does not exist" in made.put(made.inode + 4, "<H", 1).refused()


def test_tails_outside_their_fragment_and_fragments_that_are_not_there() -> None:
    made = one(file(b"tail"))
    assert "outside its fragment" in made.put(made.inode + 24, "<I", 1).refused()
    made = one(file(b"tail"))
    assert "does not exist" in made.put(made.inode + 20, "<I", 1).refused()


@pytest.mark.parametrize("word", [4097, 4097 | 1 << 24, 1 << 24, 1 << 25, 0xFFFFFFFF, 100, 4095 | 1 << 24])
def test_block_words_that_make_no_sense(word: int) -> None:
    made = one(file(text(4096)))
    assert "block" in made.put(made.inode + 32, "<I", word).refused()


def test_blocks_outside_the_image() -> None:
    made = one(file(text(4096)))
    assert "outside the image" in made.put(made.inode + 16, "<I", 0xFFFFFFFF).refused()


def test_a_file_too_long_to_read_or_for_its_blocks() -> None:
    made = one(file(text(4096), xattrs=((b"user.a", b""),)))
    made.put(made.inode + 24, "<Q", 1 << 63)
    made.refused("squashfs-file-too-large")
    image = made.image()
    ((_, inode),) = image.walk()
    with pytest.raises(SquashfsError) as caught:
        for _ in image.stream(inode):
            pass
    assert caught.value.facts["detail"] == "a table ends too early"


@pytest.mark.parametrize("length", [0, 65536, 0xFFFFFFFF])
def test_links_of_impossible_length(length: int) -> None:
    made = one(symlink(b"target"))
    assert "symbolic link" in made.put(made.inode + 20, "<I", length).refused()


@pytest.fixture
def attributed() -> Patched:
    return one(file(xattrs=((b"user.a", b"value"),)))


def pairs(made: Patched) -> int:
    """Position of the first pair of attributes."""
    return int(struct.unpack_from("<Q", made.data, made.head.xattr_table)[0]) + 2


def sets(made: Patched) -> int:
    """Position of the first set of attributes."""
    return int(struct.unpack_from("<Q", made.data, made.head.xattr_table + 16)[0]) + 2


def test_attributes_that_make_no_sense(attributed: Patched) -> None:
    start = pairs(attributed)
    attributed.put(start, "<H", 3)
    assert "unknown prefix" in attributed.refused()
    attributed.put(start, "<H", 0x100)
    assert "has no value" in attributed.refused()
    attributed.put(start, "<H", 0).put(start + 5, "<I", 65537)
    assert "too long" in attributed.refused()


def test_sets_of_attributes_without_end(attributed: Patched) -> None:
    attributed.put(sets(attributed) + 8, "<I", 0xFFFFFFFF)
    attributed.refused()


def test_a_set_of_attributes_larger_than_is_believed() -> None:
    """Its value lies elsewhere and is there again and again."""
    made = one(file(xattrs=tuple((b"user.%02d" % number, bytes(65_000)) for number in range(70))))
    assert "set of extended attributes" in made.refused()


def test_attributes_elsewhere_that_are_nowhere() -> None:
    made = one(file(xattrs=((b"user.a", b"\xff" * 8),)))
    made.put(pairs(made), "<H", 0x100)
    assert "out of its table" in made.refused()


def test_a_set_of_attributes_that_is_not_there(attributed: Patched) -> None:
    attributed.put(attributed.inode + 52, "<I", 1)
    assert "does not exist" in attributed.refused()


SUPERBLOCKS: dict[str, Callable[[Patched], Patched]] = {
    "block size": lambda made: made.put(12, "<I", 3),
    "logarithm": lambda made: made.put(22, "<H", 13),
    "block size of 2 GiB": lambda made: made.put(12, "<I", 1 << 31).put(22, "<H", 31),
    "no owners": lambda made: made.put(26, "<H", 0),
    "inodes behind directories": lambda made: made.put(64, "<Q", made.head.directory_table),
    "directories behind the end": lambda made: made.put(72, "<Q", made.head.bytes_used),
    "owners outside": lambda made: made.put(48, "<Q", (1 << 63) - 1),
    "attributes outside": lambda made: made.put(56, "<Q", 1 << 62),
}


@pytest.mark.parametrize("name", SUPERBLOCKS)
def test_superblocks_that_make_no_sense(name: str) -> None:
    SUPERBLOCKS[name](one(file())).refused()


SEEDS = [
    image_bytes(TREES[name](), codec)
    for name in ("kinds", "attributes", "hard_links", "holes", "sizes")
    for codec in ("none", "gzip", "zstd")
]
changes = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.sampled_from([1, 2, 4, 8]), st.integers(0, 2**64 - 1)),
    min_size=1,
    max_size=6,
)


def changed(data: bytes, start: int, places: list[tuple[float, int, int]]) -> bytes:
    """The image with some numbers overwritten behind `start`."""
    out = bytearray(data)
    for where, width, value in places:
        at = start + int(where * (len(data) - start - width))
        out[at : at + width] = (value % (1 << 8 * width)).to_bytes(width, "little")
    return bytes(out)


def survives(data: bytes) -> None:
    try:
        use(data)
    except SquashfsError as error:
        assert error.code.startswith("squashfs-")


patient = settings(deadline=5000, max_examples=300, suppress_health_check=[HealthCheck.too_slow])


@patient
@given(st.sampled_from(SEEDS), changes)
def test_changed_tables_do_no_harm(data: bytes, places: list[tuple[float, int, int]]) -> None:
    survives(changed(data, int.from_bytes(data[64:72], "little"), places))


@patient
@given(st.sampled_from(SEEDS), changes)
def test_changed_superblocks_do_no_harm(data: bytes, places: list[tuple[float, int, int]]) -> None:
    survives(changed(data[:96], 4, places) + data[96:])


@patient
@given(st.sampled_from(SEEDS), st.floats(0, 1))
def test_images_cut_off_anywhere_do_no_harm(data: bytes, where: float) -> None:
    survives(data[: int(where * len(data))])


@patient
@given(st.binary(max_size=400))
def test_random_bytes_behind_a_good_superblock_do_no_harm(noise: bytes) -> None:
    good = SEEDS[0]
    survives(good[:96] + noise + good[96 + len(noise) :])

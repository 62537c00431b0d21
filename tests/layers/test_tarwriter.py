"""The writer of tars: read back by Python's tarfile, GNU tar and our own reader; the bytes stay the same."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.digests import Digest
from sregistry.layers.entries import Entry, Kind
from sregistry.layers.errors import LayerError
from sregistry.layers.tarstream import TarReader
from sregistry.layers.tarwriter import TarWriter
from tests.support import tools

#: Names around the limits of ustar: 100 bytes, 155 before a slash, and what is no ASCII.
NAMES = (
    b"f",
    b"n" * 100,
    b"n" * 101,
    b"p" * 155 + b"/" + b"n" * 100,
    b"p" * 156 + b"/n",
    b"p/" * 70 + b"n" * 90,
    b"p/" * 200 + b"n" * 253,
    "ünï → code".encode(),
    b"\xff\xfe not utf-8",
    b"new\nline",
    b" blank ",
)


def written(*members: tuple[Entry, bytes]) -> bytes:
    """The archive of entries with their content."""
    out = bytearray()
    tar = TarWriter(out.extend)
    for entry, content in members:
        tar.add(entry, [content[:3], content[3:]] if content else ())
    tar.finish()
    return bytes(out)


def file(path: bytes, content: bytes = b"content", **fields: object) -> tuple[Entry, bytes]:
    """A file with its content."""
    entry = Entry(path, Kind.FILE, 0o644, size=len(content), mtime=1_520_000_000)
    for name, value in fields.items():
        setattr(entry, name, value)
    return entry, content


def read_back(tar: bytes) -> list[tuple[Entry, bytes]]:
    """What our own reader finds."""
    stream = io.BytesIO(tar)
    reader = TarReader(stream.read, max_entries=1000)
    return [(entry, b"".join(map(bytes, reader.content(entry.size)))) for entry in reader]


@pytest.mark.parametrize("path", NAMES, ids=lambda path: repr(path[:8]))
def test_every_name_arrives(path: bytes) -> None:
    """By Python's reader, GNU's and ours; as a file, a folder, and at the end of links of both kinds."""
    tar = written(
        file(path),
        (Entry(path + b"-d", Kind.DIRECTORY, 0o755), b""),
        (Entry(b"l", Kind.SYMLINK, 0o777, target=path), b""),
        (Entry(b"h", Kind.HARDLINK, 0o644, target=path), b""),
    )
    text = path.decode("utf-8", "surrogateescape")
    with tarfile.open(fileobj=io.BytesIO(tar), errors="surrogateescape") as archive:
        found = archive.getmembers()
    assert [(one.name, one.linkname, one.type) for one in found] == [
        (text, "", tarfile.REGTYPE),
        (text + "-d", "", tarfile.DIRTYPE),
        ("l", text, tarfile.SYMTYPE),
        ("h", text, tarfile.LNKTYPE),
    ]
    assert [entry.path for entry, _ in read_back(tar)] == [path, path + b"-d", b"l", b"h"]
    listed = tools.require("tar").run("--list", "--quoting-style=literal", "--file", "-", stdin=tar)
    assert listed.stdout == b"%s\n%s-d/\nl\nh\n" % (path, path)
    assert not listed.stderr


def test_numbers_too_large_for_ustar_arrive() -> None:
    entry, content = file(b"f", uid=3_000_000_000, gid=2_097_151, mtime=4_294_967_295)
    ((found, data),) = read_back(written((entry, content)))
    assert (found.uid, found.gid, found.mtime, data) == (3_000_000_000, 2_097_151, 4_294_967_295, content)


def test_a_size_too_large_for_ustar_is_written_in_pax() -> None:
    out: list[bytes] = []
    entry = Entry(b"f", Kind.FILE, size=1 << 34)
    TarWriter(out.append).add(entry, ())
    with tarfile.open(fileobj=io.BytesIO(out[0])) as archive:
        first = archive.next()
    assert first is not None
    assert first.size == 1 << 34


def test_attributes_arrive_byte_for_byte() -> None:
    pairs = (
        (b"security.capability", bytes(range(24))),
        (b"user.a=b", b"x"),
        (b"user.empty", b""),
        (b"user.text", b"a\nb=c"),
    )
    ((found, _),) = read_back(written(file(b"f", xattrs=pairs)))
    assert found.xattrs == pairs


def test_devices_and_pipes_arrive() -> None:
    tar = written(
        (Entry(b"", Kind.DIRECTORY, 0o700, 1, 2, 3), b""),
        (Entry(b"block", Kind.BLOCK, 0o660, major=4095, minor=1_048_575), b""),
        (Entry(b"char", Kind.CHARACTER, 0o600, major=5, minor=1), b""),
        (Entry(b"pipe", Kind.FIFO, 0o620), b""),
    )
    root, block, char, pipe = (entry for entry, _ in read_back(tar))
    assert (root.path, root.mode, root.uid, root.gid, root.mtime) == (b"", 0o700, 1, 2, 3)
    assert (block.kind, block.major, block.minor) == (Kind.BLOCK, 4095, 1_048_575)
    assert (char.kind, char.major, char.minor, char.mode) == (Kind.CHARACTER, 5, 1, 0o600)
    assert pipe.kind == Kind.FIFO


def test_a_name_that_would_delete_is_refused_and_nothing_of_it_written() -> None:
    out = bytearray()
    with pytest.raises(LayerError) as caught:
        TarWriter(out.extend).add(*file(b"opt/.wh.gone/f")[:1])
    assert caught.value.code == "layer-name-whiteout"
    assert caught.value.facts["path"] == "opt/.wh.gone/f"
    assert not out


def test_the_bytes_are_known() -> None:
    """A change of this digest changes the digests of what users push again: it stands in the changelog."""
    tar = written(
        (Entry(b"", Kind.DIRECTORY, 0o755), b""),
        file(b"d/f", xattrs=((b"user.x", b"y"),)),
        file("ü".encode()),
        file(b"p" * 120 + b"/n", uid=5_000_000),
    )
    assert str(Digest.of(tar)) == "sha256:4dc77fedf9803f3742d673849db1def34f02a97e4e31ae117b02cfe4ff0ded0f"


PARTS = st.binary(min_size=1, max_size=120).map(lambda name: name.translate(None, b"/\0.") or b"n")
ATTRIBUTES = st.binary(min_size=1, max_size=40).map(lambda name: b"user." + name.translate(None, b"\0\n"))
ENTRIES = st.builds(
    lambda path, mode, owner, mtime, content, xattrs: file(
        path, content, mode=mode, uid=owner[0], gid=owner[1], mtime=mtime, xattrs=tuple(sorted(xattrs.items()))
    ),
    st.lists(PARTS, min_size=1, max_size=4).map(b"/".join),
    st.integers(0, 0o7777),
    st.tuples(st.integers(0, (1 << 32) - 2), st.integers(0, (1 << 32) - 2)),
    st.integers(0, (1 << 32) - 1),
    st.binary(max_size=1100),
    st.dictionaries(ATTRIBUTES, st.binary(max_size=200), max_size=3),
)


@given(st.lists(ENTRIES, max_size=4))
def test_whatever_is_written_is_read(members: list[tuple[Entry, bytes]]) -> None:
    assert read_back(written(*members)) == members

"""Where members of archives lie: as tarfile says, of every dialect; and no archive does more than be refused."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sregistry.endpoints.layouts.errors import LayoutError
from sregistry.endpoints.layouts.tarindex import TarIndex, inside, leaves, looks_like, scan
from tests.support import tars

DIALECTS = (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT)


def index(data: bytes, limit: int = 1000) -> TarIndex:
    return scan(lambda offset, size: data[offset : offset + size], len(data), limit)


def contents(data: bytes) -> dict[str, bytes]:
    """What the index of an archive leads to."""
    found = index(data)
    members = {name: found.find(name) for name, member in found.members.items() if member.link or member.size >= 0}
    return {name: data[one.offset : one.offset + one.size] for name, one in members.items() if one}


def code(action: Callable[[], object]) -> str:
    with pytest.raises(LayoutError) as caught:
        action()
    return caught.value.code


NAMES = st.text(st.characters(min_codepoint=33, exclude_categories=("Cs", "Cc")), min_size=1, max_size=140).map(
    lambda name: name.replace("/", "-")
)
FILES = st.lists(st.tuples(NAMES, st.binary(max_size=1500)), min_size=1, max_size=6)


@settings(deadline=None)
@given(FILES, st.sampled_from(DIALECTS))
def test_every_member_is_where_tarfile_finds_it(files: list[tuple[str, bytes]], dialect: int) -> None:
    try:
        data = tars.archive(*(tars.file(f"d/{name}", content) for name, content in files), dialect=dialect)
    except ValueError:
        return  # too long for this dialect
    with tarfile.open(fileobj=io.BytesIO(data), errors="surrogateescape") as tar:
        wanted = {}
        for member in tar:
            file = tar.extractfile(member)
            assert file is not None
            wanted[inside(member.name)] = file.read()
    assert contents(data) == wanted


def test_links_lead_to_what_they_name() -> None:
    data = tars.archive(
        tars.directory("a/"),
        tars.file("a/layer.tar", b"content"),
        tars.symlink("b/layer.tar", "../a/layer.tar"),
        tars.symlink("c/layer.tar", "../b/./layer.tar"),
        tars.hardlink("d", "./a/layer.tar"),
        tars.symlink("long/" + "x" * 120, "../" + "./" * 60 + "a/layer.tar"),
    )
    assert set(contents(data).values()) == {b"content"}
    assert len(contents(data)) == 5
    assert index(data).find("absent") is None


def test_of_two_members_with_one_name_the_last_counts() -> None:
    data = tars.archive(tars.file("a", b"first"), tars.file("./a", b"second"))
    assert contents(data) == {"a": b"second"}


@pytest.mark.parametrize("target", ["../../etc/passwd", "/etc/passwd", "..", "x/../../y"])
def test_a_link_that_leads_out_is_refused(target: str) -> None:
    data = tars.archive(tars.symlink("link", target), tars.file("etc/passwd", b"not this one"))
    assert code(lambda: index(data).find("link")) == "layout-escape"


@pytest.mark.parametrize("links", [[("a", "a")], [("a", "b"), ("b", "a")]])
def test_links_that_lead_to_each_other_are_refused(links: list[tuple[str, str]]) -> None:
    data = tars.archive(*(tars.symlink(*link) for link in links))
    assert code(lambda: index(data).find("a")) == "layout-invalid"


@pytest.mark.parametrize("member", [tars.directory("a"), tars.device("a", 1, 3), tars.fifo("a")])
def test_what_is_no_file_is_refused(member: tars.Member) -> None:
    assert code(lambda: index(tars.archive(member)).find("a")) == "layout-invalid"


def test_there_is_a_limit_for_members() -> None:
    data = tars.archive(*(tars.file(str(number)) for number in range(11)))
    assert len(index(data, 11).members) == 11
    with pytest.raises(LayoutError) as caught:
        index(data, 10)
    assert (caught.value.code, caught.value.facts["setting"]) == ("layout-too-large", "max_archive_members")


WHOLE = tars.archive(tars.file("a", b"x" * 700), tars.file("b" * 150, b"y" * 600), tars.file("c", b"z"))


@pytest.mark.parametrize("end", range(0, len(WHOLE), 173))
def test_an_archive_that_ends_early_is_said_to(end: int) -> None:
    last_byte = WHOLE.rindex(b"z")
    try:
        index(WHOLE[:end])
    except LayoutError as error:
        assert error.code == ("layout-other" if end < 512 else "layout-archive-invalid")
        assert end < 512 or error.facts["fault"] == "truncated"
    else:
        assert end > last_byte or end % 512 == 0, "nothing tells that more was to come"


def test_an_archive_without_its_end_is_read() -> None:
    assert len(index(WHOLE.rstrip(b"\0") + bytes(511)).members) == 3


@pytest.mark.parametrize(
    ("at", "data", "detail"),
    [
        (124, b"77777777777\0", "ends in the middle of a"),
        (124, b"\x80" + b"\x7f" * 11, "a member of"),
        (124, b"not a number", "is not an octal number"),
    ],
)
def test_sizes_that_lie_are_refused(at: int, data: bytes, detail: str) -> None:
    header = bytearray(tars.archive(tars.file("a", b"x")))
    header[at : at + len(data)] = data
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header[:512])
    with pytest.raises(LayoutError) as caught:
        index(bytes(header))
    assert caught.value.code == "layout-archive-invalid"
    assert detail in caught.value.message


def test_a_sparse_member_is_refused_where_it_is_wanted() -> None:
    header, data = tars.file("a", b"1\n0\n1\n" + bytes(506) + b"x")
    header.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "a"}
    found = index(tars.archive((header, data), tars.file("b", b"fine")))
    assert found.find("b") is not None
    assert code(lambda: found.find("a")) == "layout-invalid"


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_archive_is_read_or_refused(data: st.DataObject) -> None:
    damaged = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = index(bytes(damaged))
        for name in found.members:
            found.find(name)
    except LayoutError:
        pass


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        index(data)
    except LayoutError as error:
        assert error.code in ("layout-other", "layout-archive-invalid")


@pytest.mark.parametrize(
    ("beginning", "words"),
    [
        (b"", "an empty file"),
        (b"#!/usr/bin/env run-singularity\n\0" + b"SIF_MAGIC\0", "a SIF file"),
        (b"hsqs", "a squashfs file system"),
        (b"  <!DOCTYPE html>", "a web page (HTML)"),
        (b"anything", ""),
    ],
)
def test_what_is_no_archive_is_called_what_it_is(beginning: bytes, words: str) -> None:
    assert looks_like(beginning) == words


def test_names_are_seen_from_the_top() -> None:
    assert [inside(name) for name in ("./a//b", "/a/b", "a/b/")] == ["a/b"] * 3
    assert [leaves(name) for name in ("a/../b", "..a", "../a", "/a", "a/../..")] == [False, False, True, True, True]

"""Headers of tar members: numbers, checksums and PAX records, byte by byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.layers import pax, tarheader
from sregistry.layers.errors import LayerError
from tests.layers.blocks import file

KEYS = st.sampled_from([b"path", b"mtime", b"comment", b"SCHILY.xattr.user.a"])
#: Values that look like records, and whatever else bytes can be.
VALUES = st.one_of(st.binary(max_size=40), st.sampled_from([b"\n", b"x\n10 path=y", b"1=2", b"9 path=z\n", b"\n\n"]))


def record(key: bytes, value: bytes) -> bytes:
    """A PAX record, whose length counts its own digits."""
    rest = b" " + key + b"=" + value + b"\n"
    size = len(rest) + 1
    while len(str(size)) + len(rest) != size:
        size = len(str(size)) + len(rest)
    return str(size).encode() + rest


@given(st.lists(st.tuples(KEYS, VALUES), max_size=5))
def test_records_are_told_apart_by_their_lengths_alone(pairs: list[tuple[bytes, bytes]]) -> None:
    wanted: dict[bytes, bytes] = {}
    for key, value in pairs:
        if value or key.startswith(b"SCHILY"):
            wanted[key] = value
        else:
            wanted.pop(key, None)
    assert pax.parse(b"".join(record(*pair) for pair in pairs)) == (wanted, [])


def test_pairs_of_a_sparse_file_keep_their_order() -> None:
    pairs = [(b"GNU.sparse.offset", b"0"), (b"GNU.sparse.numbytes", b"5"), (b"GNU.sparse.offset", b"9")]
    records = b"".join(record(*pair) for pair in pairs) + record(b"path", b"p")
    assert pax.parse(records) == ({b"path": b"p"}, pairs)


@pytest.mark.parametrize(
    "data",
    [
        b"7 a=1\n6 b=2\n",  # one too long, the next too short for what follows: the sum is right
        b"5 a=1\n7 b=2\n",
        b"6 a=1\nb=2\n",
        b"6 a=1\n6 b=2",
        b"6 =12\n",
        b"99 a=1\n",
        b" 6 a=1\n",
    ],
)
def test_records_of_a_wrong_length_are_refused(data: bytes) -> None:
    with pytest.raises(LayerError) as caught:
        pax.parse(data)
    assert caught.value.code == "layer-tar-invalid"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(b"12", 12), (b"12.", 12), (b"12.999", 12), (b"-3", -3), (b"-3.000", -3), (b"-3.5", -4), (b"0.5", 0)],
)
def test_fractions_of_a_second_are_cut_off_downwards(value: bytes, seconds: int) -> None:
    assert pax.seconds(value) == seconds


@pytest.mark.parametrize("value", [b"", b".5", b"1.x", b"1e5", b"+1", b"1" * 21, b"1.2.3", "\u0661".encode()])
def test_other_times_are_refused(value: bytes) -> None:
    with pytest.raises(LayerError):
        pax.seconds(value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (b"0000644\0", 0o644),
        (b"   644 \0", 0o644),
        (b"644\0junk", 0o644),
        (b"\0" * 8, 0),
        (b"        ", 0),
        (b"77777777", 0o77777777),
        (b"\x80\0\0\0\0\x2d\xc6\xc0", 3_000_000),
        (b"\xff" * 12, -1),
        (b"\xff" * 11 + b"\x80", -128),
    ],
)
def test_numbers_are_octal_or_binary(field: bytes, value: int) -> None:
    assert tarheader.number(field) == value


@pytest.mark.parametrize("field", [b"0000648\0", b"hello   ", b"6 4 4  \0"])
def test_what_is_no_number_is_said(field: bytes) -> None:
    with pytest.raises(ValueError, match="is not an octal number"):
        tarheader.number(field)


HEADER = file(b"name", b"content", uid=1000)[:512]
CHECKSUM = range(148, 156)


def changed(place: int, byte: int) -> bytes:
    return HEADER[:place] + bytes([byte]) + HEADER[place + 1 :]


@given(st.integers(0, 511).filter(lambda place: place not in CHECKSUM), st.integers(1, 255))
def test_a_changed_byte_of_a_header_is_noticed(place: int, change: int) -> None:
    assert tarheader.is_sound(HEADER)
    assert not tarheader.is_sound(changed(place, (HEADER[place] + change) % 256))


@pytest.mark.parametrize("place", CHECKSUM[:6])
def test_a_changed_digit_of_the_checksum_is_noticed(place: int) -> None:
    others = set(b"01234567") - {HEADER[place]}
    assert not any(tarheader.is_sound(changed(place, digit)) for digit in others)

"""Digests as text, and a reader that vouches for every byte and for the exact number of them."""

from __future__ import annotations

import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.digests import HEX_LENGTH, Digest, DigestError, VerifiedReader

CONTENT = b"what was promised"


class Dribble(io.RawIOBase):
    """A stream that gives a byte at a time, as a network may."""

    def __init__(self, data: bytes) -> None:
        self.rest = data

    def read(self, size: int = -1, /) -> bytes:
        piece, self.rest = self.rest[: min(size, 1)], self.rest[1:]
        return piece


@given(st.sampled_from(sorted(HEX_LENGTH)), st.binary(max_size=100))
def test_what_is_written_is_read_back(algorithm: str, data: bytes) -> None:
    text = f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"
    digest = Digest.parse(text)
    assert str(digest) == text
    digest.verify(data)
    with pytest.raises(DigestError) as caught:
        digest.verify(data + b"x")
    assert caught.value.code == "digest-mismatch"
    assert caught.value.retryable


@given(st.text() | st.from_regex(r"sha(256|512):[0-9a-fA-F]{30,130}"))
def test_any_text_is_a_digest_or_refused(text: str) -> None:
    try:
        assert str(Digest.parse(text)) == text
    except DigestError as error:
        assert (error.code, error.facts["text"]) == ("digest-malformed", text)


@pytest.mark.parametrize(
    "text", ["sha256:" + "0" * 63, "sha256:" + "0" * 65, "sha256:" + "A" * 64, "sha256:" + "0" * 64 + "\n", "0" * 64]
)
def test_what_is_nearly_a_digest_is_refused(text: str) -> None:
    with pytest.raises(DigestError) as caught:
        Digest.parse(text)
    assert caught.value.code == "digest-malformed"


def test_an_algorithm_that_nothing_can_be_verified_by_is_refused_before_reading() -> None:
    digest = Digest.parse("md5:" + "0" * 32)
    with pytest.raises(DigestError) as caught:
        VerifiedReader(io.BytesIO(CONTENT), digest, None)
    assert (caught.value.code, caught.value.facts["algorithm"]) == ("digest-unsupported", "md5")


@pytest.mark.parametrize("stream", [io.BytesIO, Dribble])
@pytest.mark.parametrize("size", [len(CONTENT), None])
def test_what_was_promised_is_handed_out(stream: type[Dribble], size: int | None) -> None:
    reader = VerifiedReader(stream(CONTENT), Digest.of(CONTENT), size)
    assert reader.read() == CONTENT
    assert (reader.position, reader.read(5), reader.read()) == (len(CONTENT), b"", b"")


@pytest.mark.parametrize("stream", [io.BytesIO, Dribble])
@pytest.mark.parametrize(
    "data, size, code",
    [
        (CONTENT[:-1], len(CONTENT), "size-short"),
        (CONTENT + b"!", len(CONTENT), "size-long"),
        (CONTENT[:-1] + b"!", len(CONTENT), "digest-mismatch"),
        (CONTENT + b"!", None, "digest-mismatch"),
        (b"", len(CONTENT), "size-short"),
    ],
)
def test_anything_else_never_ends_well(stream: type[Dribble], data: bytes, size: int | None, code: str) -> None:
    reader = VerifiedReader(stream(data), Digest.of(CONTENT), size, what="layer")
    given_out = b""
    with pytest.raises(DigestError) as caught:
        while piece := reader.read(4):
            given_out += piece
    assert (caught.value.code, caught.value.retryable, caught.value.facts["what"]) == (code, True, "layer")
    assert size is None or len(given_out) <= size

from __future__ import annotations

import io

import pytest

from sregistry.http.outgoing import Chunk, Position, SourceError

MB = 1 << 20
DATA = bytes(range(256)) * (4 * MB // 256) + b"end"


def chunk(source: io.BytesIO, size: int = len(DATA), *, last: bool = True, window: int = 2 * MB) -> Chunk:
    return Chunk(source.read, size, start=0, position=Position(), last=last, window=window)


def sent(one: Chunk) -> bytes:
    return b"".join(map(bytes, one))


def test_it_is_read_while_it_is_sent_and_its_end_is_kept() -> None:
    source = io.BytesIO(DATA)
    one = chunk(source)
    blocks = iter(one)
    next(blocks)
    assert source.tell() <= MB
    assert b"".join(map(bytes, blocks)) == DATA[128 << 10 :]
    assert one.from_byte(3 * MB)
    assert len(one) == len(DATA) - 3 * MB
    assert sent(one) == DATA[3 * MB :]
    assert sent(one) == DATA[3 * MB :], "as often as need be"
    assert not one.from_byte(MB), "that is not kept any more"


def test_a_small_one_is_kept_as_a_whole() -> None:
    one = chunk(io.BytesIO(DATA), MB, last=False)
    assert sent(one) == sent(one) == one.kept == DATA[:MB]


def test_what_was_broken_off_is_gone_on_with_from_any_byte() -> None:
    one = chunk(io.BytesIO(DATA), window=8 * MB)
    blocks = iter(one)
    next(blocks)
    assert one.from_byte(5)
    assert sent(one) == DATA[5:]


def test_what_cannot_be_read_is_no_failure_of_the_request() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError("the disk")

    with pytest.raises(SourceError) as caught:
        sent(chunk(Broken()))
    assert isinstance(caught.value.error, OSError)
    with pytest.raises(SourceError):
        sent(chunk(io.BytesIO(b"too short")))


def test_the_last_piece_is_not_sent_before_the_end_of_the_stream() -> None:
    class Judging(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() == len(DATA):
                raise ValueError("not what it should be")
            return super().read(size)

    one, held = chunk(Judging(DATA)), 0
    with pytest.raises(SourceError):
        for block in one:
            held += len(block)
    assert held == 4 * MB

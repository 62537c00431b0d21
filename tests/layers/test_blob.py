"""A layer's blob: unpacked by other programs, its digests those of its bytes, the same with any number of threads."""

from __future__ import annotations

import hashlib
import io

import pytest

from sregistry.layers import blob as module
from sregistry.layers.blob import Blob, BlobWriter
from tests.support import tools

#: What unpacks each form.
PROGRAMS = {"gzip": ("gzip", "-dc"), "zstd": ("zstd", "-dcq"), "none": ("cat",)}


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a short text has many."""
    monkeypatch.setattr(module, "PIECE", 1000)


def packed(data: bytes, codec: str, *, workers: int = 2, level: int | None = None) -> tuple[Blob, bytes]:
    out = io.BytesIO()
    with BlobWriter(out, codec, level, workers) as writer:
        for start in range(0, len(data), 1500):
            writer.write(data[start : start + 1500])
        return writer.finish(), out.getvalue()


TEXT = b"".join(b"%d lines of a text\n" % number for number in range(1000))


@pytest.mark.parametrize("codec", PROGRAMS)
def test_another_program_unpacks_it(codec: str) -> None:
    made, data = packed(TEXT, codec)
    program, *options = PROGRAMS[codec]
    assert tools.require(program).run(*options, stdin=data).stdout == TEXT
    assert made.size == len(data)
    assert made.digest == "sha256:" + hashlib.sha256(data).hexdigest()
    assert made.diff_id == "sha256:" + hashlib.sha256(TEXT).hexdigest()
    assert made.tar_size == len(TEXT)
    assert made.suffix == {"gzip": "+gzip", "zstd": "+zstd", "none": ""}[codec]


@pytest.mark.parametrize("codec", PROGRAMS)
def test_threads_change_no_byte(codec: str) -> None:
    assert packed(TEXT, codec, workers=1) == packed(TEXT, codec, workers=5)


def test_the_level_is_heeded() -> None:
    assert packed(TEXT, "gzip", level=1)[0].size > packed(TEXT, "gzip", level=12)[0].size


def test_what_cannot_be_written_ends_it() -> None:
    class Full:
        def write(self, data: bytes, /) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"), BlobWriter(Full(), "gzip", None, 2) as writer:
        for _ in range(20):
            writer.write(TEXT)
        writer.finish()

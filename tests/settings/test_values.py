"""The forms of values: what is read, what is refused, and that what is shown reads back."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.settings import values
from sregistry.settings.values import Compression, Kind


@pytest.mark.parametrize(
    "kind, raw, value",
    [
        (values.FLAG, "Yes", True),
        (values.FLAG, "off", False),
        (values.FLAG, True, True),
        (values.COUNT, 4, 4),
        (values.COUNT, " 12 ", 12),
        (values.SIZE, "4MiB", 4 << 20),
        (values.SIZE, "4M", 4 << 20),
        (values.SIZE, "4 MB", 4_000_000),
        (values.SIZE, "1.5g", 3 << 29),
        (values.SIZE, 512, 512),
        (values.DURATION, "10", 10.0),
        (values.DURATION, "500ms", 0.5),
        (values.DURATION, "2min", 120.0),
        (values.DURATION, 1.5, 1.5),
        (values.MODE, "0640", 0o640),
        (values.MODE, 640, 0o640),
        (values.MODE, "0o664", 0o664),
        (values.COMPRESSION, "zstd", Compression("zstd")),
        (values.COMPRESSION, "gzip:9", Compression("gzip", 9)),
        (values.COMPRESSION, "none", Compression("none")),
    ],
)
def test_accepted(kind: Kind, raw: object, value: object) -> None:
    assert kind.read(raw) == value
    assert kind.read(kind.show(value)) == value


@pytest.mark.parametrize(
    "kind, raw",
    [
        (values.FLAG, "perhaps"),
        (values.COUNT, "-1"),
        (values.COUNT, "1.5"),
        (values.COUNT, True),
        (values.SIZE, "big"),
        (values.SIZE, True),
        (values.DURATION, "soon"),
        (values.DURATION, False),
        (values.MODE, "0999"),
        (values.MODE, "rw-r-----"),
        (values.COMPRESSION, "lz4"),
        (values.COMPRESSION, "gzip:13"),
        (values.COMPRESSION, "none:1"),
        (values.COMPRESSION, "zstd:0"),
        (values.PATH, ""),
        (values.PATH, 3),
        (values.PATH, "a\0b"),
        (values.TEXT, ""),
        (values.DATABASE_URL, "sqlite"),
        (values.choice("a", "b"), "c"),
    ],
)
def test_refused(kind: Kind, raw: object) -> None:
    with pytest.raises(ValueError):
        kind.read(raw)


@given(st.integers(0, 1 << 50))
def test_a_size_shown_reads_back(size: int) -> None:
    assert values.SIZE.read(values.SIZE.show(size)) == size


@given(st.text(), st.sampled_from([values.FLAG, values.COUNT, values.SIZE, values.DURATION, values.MODE, values.PATH]))
def test_any_text_is_read_or_refused(text: str, kind: Kind) -> None:
    with contextlib.suppress(ValueError):
        kind.read(text)

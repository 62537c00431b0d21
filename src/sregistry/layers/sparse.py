"""Maps of sparse files in tar: old GNU headers and PAX versions 0.0, 0.1 and 1.0.

Source: GNU tar manual, appendix "Storing Sparse Files". Every function returns data extents as
(offset in the file, length), in file order; their bytes follow each other in the archive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sregistry.layers.errors import LayerError
from sregistry.layers.pax import integer

Segments = tuple[tuple[int, int], ...]

BLOCK = 512
MAX_SEGMENTS = 1 << 20


def _bad(detail: str) -> LayerError:
    return LayerError("layer-tar-invalid", f"the layer is not a valid tar archive: {detail}", detail=detail)


def old_gnu(header: bytes, number: Callable[[bytes], int], next_block: Callable[[], bytes]) -> Segments:
    """Four extents in the header at 386, then extension blocks of 21 while the flag byte says so."""
    segments = list(_pairs(header[386:482], number))
    extended = header[482]
    while extended:
        block = next_block()
        if len(block) < BLOCK or len(segments) > MAX_SEGMENTS:
            raise _bad("a sparse map that does not end")
        segments.extend(_pairs(block[:504], number))
        extended = block[504]
    return tuple(segments)


def _pairs(data: bytes, number: Callable[[bytes], int]) -> Iterator[tuple[int, int]]:
    for start in range(0, len(data), 24):
        if not data[start]:
            return
        yield number(data[start : start + 12]), number(data[start + 12 : start + 24])


def from_pax(
    records: dict[bytes, bytes], pairs: list[tuple[bytes, bytes]], take: Callable[[int], bytes]
) -> Segments | None:
    """The map of a PAX sparse file; version 1.0 keeps it before the data, read with `take`."""
    if records.get(b"GNU.sparse.major") == b"1":
        return _version_1(take)
    if b"GNU.sparse.map" in records:
        numbers = [integer(text, "GNU.sparse.map") for text in records[b"GNU.sparse.map"].split(b",") if text]
    elif pairs:
        if any(key != (b"GNU.sparse.offset", b"GNU.sparse.numbytes")[i % 2] for i, (key, _) in enumerate(pairs)):
            raise _bad("a sparse map whose records are out of order")
        numbers = [integer(value, "GNU.sparse.offset") for _, value in pairs]
    else:
        return None
    if len(numbers) % 2:
        raise _bad("a sparse map with an odd number of values")
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def _version_1(take: Callable[[int], bytes]) -> Segments:
    lines: list[bytes] = []
    rest = b""
    wanted = 1
    while len(lines) < wanted:
        rest += take(BLOCK)
        *complete, rest = rest.split(b"\n")
        lines.extend(complete)
        if lines and wanted == 1:
            wanted = 1 + 2 * integer(lines[0], "sparse map")
            if not 1 <= wanted <= 2 * MAX_SEGMENTS:
                raise _bad("a sparse map that is too long")
        if len(rest) > BLOCK:
            raise _bad("a sparse map that is no list of numbers")
    numbers = [integer(line, "sparse map") for line in lines[1:wanted]]
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def check(segments: Segments, size: int, stored: int) -> None:
    """Raise LayerError unless the extents are ascending, inside `size`, and `stored` bytes in all."""
    end = total = 0
    for offset, length in segments:
        if offset < end or length < 0 or offset + length > size:
            raise _bad("a sparse map that does not fit its file")
        end = offset + length
        total += length
    if total != stored:
        raise _bad("a sparse map that does not fit its data")

"""Secrets by their value, and how they are taken out of a text in whatever form they come back.

A registry may send a password back inside JSON, inside JSON inside JSON, in a web page, an address, in base64 of
anything around it. So a text is looked at once as it is and once after each round of unescaping, and what looks like
base64 or hexadecimal digits is looked into as well; letters count in either case, white space does not. Everything
here takes time linear in the text.

A value of fewer than `SHORTEST` characters is not taken out by itself, as it occurs everywhere; together with its user
name it is.
"""

from __future__ import annotations

import base64
import html
import re
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

HIDDEN = "***"
#: Shorter values are too common to be replaced wherever they occur.
SHORTEST = 4
#: Values that are remembered, the latest ones; a process that lives long sees many tokens.
_MOST = 200
#: Longer values are looked for in pieces of this length, so that a part of a token is found, too.
_PIECE = 32
_LONG = 2 * _PIECE
#: Rounds of unescaping: JSON inside JSON inside a page is three.
_ROUNDS = 5
#: Looks into what is encoded inside what is encoded.
_DEPTH = 2
#: Beyond what is shown of a text, so much is looked at for a secret that begins in what is shown.
_BEYOND = 4096
#: Facts with keys of others; all other keys are words of ours.
_FOREIGN = frozenset({"annotations", "config", "detail", "labels", "rate_limit"})

_SPACE = bytes(range(33)) + b"\x7f"
_LOWER = bytes(range(256)).lower()
_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\."
    rb"|%u[0-9a-fA-F]{4}|%[0-9a-fA-F]{2}"
    rb"|&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});?",
    re.DOTALL,
)
_CONTROL = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{6,}")
_HEX = re.compile(rb"[0-9A-Fa-f]{8,}")
_LINE_ENDS = b"\r\n"
_IN_TOKENS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_~.-")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")

#: Between what has been decoded apart.
_GAP = b"\0 "

Span = tuple[int, int]


def octets(text: str) -> bytes:
    """The bytes of a text; those that were no UTF-8 when it was read come out as they were (PEP 383)."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


class Secrets:
    """Values that must not be shown; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._needles: OrderedDict[tuple[str, str | None], tuple[bytes, ...]] = OrderedDict()
        self._wanted: _Wanted | None = None

    def add(self, value: str, username: str | None = None) -> None:
        """Remember a value, and with a user name the pair of both."""
        key = (value, username)
        with self._lock:
            if key in self._needles:
                self._needles.move_to_end(key)
                return
        needles = _needles(value)
        if username and value and len(value) <= _LONG:
            needles += _needles(f"{username}:{value}")
        if needles:
            with self._lock:
                self._needles[key] = needles
                self._wanted = None
                if len(self._needles) > _MOST:
                    self._needles.popitem(last=False)

    def text(self, text: str) -> str:
        """`text` without any value that is known."""
        return self.head(text, len(text))

    def head(self, text: str, limit: int) -> str:
        """The first `limit` characters of `text` without any known value, one that is cut off included."""
        seen, shown = text[: limit + _BEYOND], text[:limit]
        with self._lock:
            if self._wanted is None:
                self._wanted = _Wanted(needle for group in self._needles.values() for needle in group)
            wanted = self._wanted
        data = octets(seen)
        if wanted.shortest == 0 or not _has(data, wanted, _DEPTH):
            return shown
        for start, end in reversed(_merged(_in_characters(seen, data, _locate(data, wanted, _DEPTH)))):
            if start < limit:
                shown = shown[:start] + HIDDEN + shown[end:]
        return shown


#: What this process knows; for the edges of the program, where everything that is shown passes.
PROCESS = Secrets()


def fact(value: Any, text: Callable[[str], str] = PROCESS.text, *, foreign: bool = False) -> Any:
    """A JSON-able value with `text` applied to all its texts; to keys, too, where they are not words of ours."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Mapping):
        return {
            (text(str(key)) if foreign else key): fact(item, text, foreign=foreign or key in _FOREIGN)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [fact(item, text, foreign=foreign) for item in value]
    return value


class _Wanted:
    """What to look for: whole values, and pieces of long ones, which are so many that they are looked up."""

    def __init__(self, needles: Iterable[bytes]) -> None:
        all_of_them = frozenset(needles)
        self.pieces = frozenset(needle for needle in all_of_them if len(needle) == _PIECE)
        self.values = tuple(all_of_them - self.pieces)
        self.shortest = min(map(len, all_of_them), default=0)

    def among(self, squeezed: bytes) -> bool:
        """Whether `finds` yields anything."""
        return any(value in squeezed for value in self.values) or not self.pieces.isdisjoint(_windows(squeezed))

    def finds(self, squeezed: bytes) -> Iterator[tuple[Span, bool]]:
        """Where in a squeezed text something stands, and whether that may be a part of more."""
        for value in self.values:
            at = squeezed.find(value)
            while at >= 0:
                yield (at, at + len(value)), False
                at = squeezed.find(value, at + len(value))
        for at, window in enumerate(_windows(squeezed) if self.pieces else ()):
            if window in self.pieces:
                yield (at, at + _PIECE), True


def _windows(data: bytes) -> Iterator[bytes]:
    return (data[at : at + _PIECE] for at in range(len(data) - _PIECE + 1))


def _needles(value: str) -> tuple[bytes, ...]:
    """What to look for: `value` as it may be written, in the form that `_squeezed` gives to a text."""
    found: dict[bytes, None] = {}
    for variant in _variants(value):
        for level in (variant, _levels(variant)[-1]):
            needle = _squeezed(level)
            if len(needle) > _LONG:
                found.update((needle[at : at + _PIECE], None) for at in range(0, len(needle) - _PIECE + 1, _PIECE))
                found[needle[-_PIECE:]] = None
            elif len(needle) >= SHORTEST:
                found[needle] = None
    return tuple(found) if len(value) >= SHORTEST else ()


def _variants(value: str) -> Iterator[bytes]:
    """The bytes of `value`: with "+" for blanks and the other way round, composed, in Latin-1, read wrongly."""
    texts = {value, value.replace(" ", "+"), value.replace("+", " ")}
    texts |= {unicodedata.normalize(form, value) for form in ("NFC", "NFD")} | {value.lower(), value.upper()}
    for text in texts:
        data = octets(text)
        yield data
        if not text.isascii():
            yield data.decode("latin-1").encode()
            yield data.decode("utf-8", "replace").encode()
            for replacement in ("\N{REPLACEMENT CHARACTER}", "?"):
                yield "".join(letter if letter.isascii() else replacement for letter in text).encode()
            if all(ord(letter) < 256 for letter in text):
                yield text.encode("latin-1")


def _squeezed(data: bytes) -> bytes:
    return data.translate(_LOWER, _SPACE)


def _levels(data: bytes) -> list[bytes]:
    """`data`, and what it becomes by each round of unescaping."""
    found = [data]
    for _ in range(_ROUNDS):
        plain = _ESCAPE.sub(lambda match: _plain(match[0]), found[-1])
        if plain == found[-1]:
            break
        found.append(plain)
    return found


def _plain(escape: bytes) -> bytes:
    """What an escape of JSON, of an address or of HTML stands for."""
    if escape[:1] == b"&":
        return octets(html.unescape(escape.decode()))
    if escape[1:2] == b"u" and len(escape) > 2:
        pair = [int(digits, 16) for digits in re.findall(rb"u(.{4})", escape)]
        text = "".join(map(chr, pair))
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
    if escape[:1] == b"%" or (escape[1:2] == b"x" and len(escape) == 4):
        return bytes([int(escape[-2:], 16)])
    return _CONTROL.get(escape[1:], escape[1:])


def _has(data: bytes, wanted: _Wanted, depth: int) -> bool:
    """Whether `_locate` finds anything."""
    for level in _levels(data):
        if wanted.among(_squeezed(level)):
            return True
        if depth and any(_has(inner, wanted, depth - 1) for inner in _encoded(level, wanted.shortest)):
            return True
    return False


def _encoded(data: bytes, shortest: int) -> Iterator[bytes]:
    """All that is decoded out of `data`, for each alignment together; nothing shorter than `shortest`."""
    data = data.translate(None, _LINE_ENDS)
    for pattern, phases, decode, digits, octet in _ENCODINGS:
        runs = [match[0] for match in pattern.finditer(data) if len(match[0]) * octet >= shortest * digits]
        for phase in range(phases if runs else 0):
            yield _GAP.join(decode(run[phase:]) for run in runs)


def _from_base64(run: bytes) -> bytes:
    run = run[: len(run) - (len(run) % 4 == 1)]
    return base64.b64decode(run.translate(_URL_SAFE) + b"=" * (-len(run) % 4))


def _from_hex(run: bytes) -> bytes:
    return bytes.fromhex(run[: len(run) & ~1].decode())


#: Each with its alignments, the decoder, and how many digits stand for how many bytes.
_ENCODINGS = ((_BASE64, 4, _from_base64, 4, 3), (_HEX, 2, _from_hex, 2, 1))


class _Traced:
    """Bytes, each with the span of the text that it comes from."""

    def __init__(self, data: bytes, starts: list[int], ends: list[int]) -> None:
        self.data, self.starts, self.ends = data, starts, ends

    def span(self, start: int, end: int) -> Span:
        return self.starts[start], self.ends[end - 1]

    def plain(self) -> _Traced:
        """After a round of unescaping."""
        data, starts, ends, at = bytearray(), [], [], 0
        for match in _ESCAPE.finditer(self.data):
            start, end = match.span()
            letters = _plain(match[0])
            data += self.data[at:start] + letters
            starts += self.starts[at:start] + [self.starts[start]] * len(letters)
            ends += self.ends[at:start] + [self.ends[end - 1]] * len(letters)
            at = end
        return _Traced(bytes(data + self.data[at:]), starts + self.starts[at:], ends + self.ends[at:])

    def without(self, letters: bytes) -> _Traced:
        """Without `letters`."""
        kept = [index for index, byte in enumerate(self.data) if byte not in letters]
        data = self.data.translate(None, letters)
        return _Traced(data, [self.starts[index] for index in kept], [self.ends[index] for index in kept])


def _locate(data: bytes, wanted: _Wanted, depth: int) -> list[Span]:
    """Where in `data` something stands that means something wanted."""
    found: list[Span] = []
    level = _Traced(data, list(range(len(data))), list(range(1, len(data) + 1)))
    for _ in range(_ROUNDS + 1):
        dense = level.without(_SPACE)
        for place, part in wanted.finds(dense.data.translate(_LOWER)):
            span = dense.span(*place)
            if part and found and found[-1][0] <= span[0] and span[1] <= found[-1][1]:
                continue
            found.append(_widened(data, span) if part else span)
        if depth:
            whole = level.without(_LINE_ENDS)
            found += [whole.span(*place) for place in _inside(whole.data, wanted, depth)]
        plain = level.plain()
        if plain.data == level.data:
            break
        level = plain
    return _merged(found)


def _widened(data: bytes, span: Span) -> Span:
    """A span with all that may belong to the same token."""
    start, end = span
    while start and data[start - 1] in _IN_TOKENS:
        start -= 1
    while end < len(data) and data[end] in _IN_TOKENS:
        end += 1
    return start, end


def _inside(data: bytes, wanted: _Wanted, depth: int) -> Iterator[Span]:
    """Where in `data` digits of base64 or hexadecimal ones stand for something wanted."""
    for pattern, phases, decode, digits, octet in _ENCODINGS:
        runs = [run for run in pattern.finditer(data) if len(run[0]) * octet >= wanted.shortest * digits]
        for phase in range(phases):
            inner = [decode(run[0][phase:]) for run in runs]
            if not runs or not _has(_GAP.join(inner), wanted, depth - 1):
                continue
            for run, decoded in zip(runs, inner, strict=True):
                base = run.start() + phase
                for start, end in _locate(decoded, wanted, depth - 1) if _has(decoded, wanted, depth - 1) else ():
                    yield base + start * digits // octet, min(base - (-end * digits // octet), run.end())


def _in_characters(text: str, data: bytes, spans: list[Span]) -> list[Span]:
    """Spans of bytes as spans of characters."""
    if len(text) == len(data):
        return spans
    place: list[int] = []
    for index, letter in enumerate(text):
        place += [index] * len(octets(letter))
    return [(place[start], place[end - 1] + 1) for start, end in spans]


def _merged(spans: list[Span]) -> list[Span]:
    """The spans in order, those that touch or overlap as one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged

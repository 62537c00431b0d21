"""JSON as Go's encoding/json reads it, which is how Docker, containerd, skopeo and Apptainer read theirs.

    bytes ─► `loads` ─► plain values          for what has no fixed names (maps, texts)
    bytes ─► `read`  ─► values with the names of a `Struct`

The rules, from the documentation of ``json.Unmarshal`` and its source (``decode.go``, ``fold.go``):

- A member of an object is assigned to the field of exactly its name, else to the one whose name is equal when
  case is folded (to which U+017F is an s and U+212A a k). Names that are no field's are kept as they are here.
- Members are assigned one after the other, so of several for one field the last wins, however each is spelt;
  objects are merged into the struct or map that is there, lists are replaced (in Go, an element of the earlier list
  shows through a null in the later one; here it does not).
- null makes a list or map absent, and leaves a text, number or struct as it was.
- Bytes that are not UTF-8, and surrogates without their other half, are U+FFFD: one for each byte or escape.
- NaN, control characters in strings and anything after the value are errors.

Gentler than Go, where nothing can be lost by it: a byte order mark is passed over (one of UTF-16 is believed), and
values of a wrong kind are left to the caller, who knows what to say of them. Stricter: 100 levels are enough. Numbers
beyond a float64's range become the largest float. Digests are taken of bytes, so no reading changes one.
"""

from __future__ import annotations

import codecs
import json
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any

#: Objects and lists within each other.
_DEEPEST = 100
#: Integers of more digits are read as floats: making them takes time by the square of their length.
_LONGEST_INTEGER = 300
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_FOLDED = str.maketrans({"\u017f": "s", "\u212a": "k"})
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class JsonError(ValueError):
    """What is no JSON.

    Attributes:
        reason: what is wrong.
        position, line: where it is, in characters from 0 and lines from 1; None where that is not known.
        ends_early: everything up to the end was JSON, and more was to come.
    """

    def __init__(
        self, reason: str, position: int | None = None, line: int | None = None, *, ends_early: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.position = position
        self.line = line
        self.ends_early = ends_early


class Struct:
    """An object whose members have names that are known; a name maps to what its value is (None: a text, number …)."""

    __slots__ = ("_folded", "fields")

    def __init__(self, fields: Mapping[str, Shape]) -> None:
        self.fields: Mapping[str, Shape] = fields
        self._folded = {fold(name): name for name in fields}

    def name(self, name: str) -> str:
        """The field that a member of this name is assigned to; `name` itself where there is none."""
        return name if name in self.fields else self._folded.get(fold(name), name)


class List:
    """A list of things of one shape."""

    __slots__ = ("of",)

    def __init__(self, of: Shape = None) -> None:
        self.of: Shape = of


class Map:
    """An object whose names are data, and whose values are things of one shape."""

    __slots__ = ("of",)

    def __init__(self, of: Shape = None) -> None:
        self.of: Shape = of


Shape = Struct | List | Map | None


class _Repeated(dict[str, Any]):
    """An object in which a name stands several times: the last value of each, and all pairs."""

    pairs: list[tuple[str, Any]]


def fold(name: str) -> str:
    """A name for comparison with an ASCII name whatever its case, as Go's ``foldName``."""
    return name.translate(_FOLDED).lower()


def struct(*texts: str, **others: Shape) -> Struct:
    """A `Struct` of fields that are texts or numbers, and of `others`; ``__`` in a name of these is a dot."""
    return Struct({**dict.fromkeys(texts), **{name.replace("__", "."): shape for name, shape in others.items()}})


def read(data: bytes, shape: Shape, *, replaced: list[str] | None = None) -> Any:
    """`data` with the members of its objects named as in `shape`.

    Args:
        data: JSON.
        shape: what is known of it.
        replaced: gets the places of texts that were not Unicode, such as ``config.Env[2]``.

    Raises:
        JsonError: it is no JSON.
    """
    return shaped(loads(data, replaced=replaced), shape)


def loads(data: bytes | str, *, replaced: list[str] | None = None) -> Any:
    """The value that `data` is; arguments and errors as for `read`."""
    text = data if isinstance(data, str) else _decoded(data)
    try:
        value = json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_real,
            parse_constant=_no_constant,
        )
    except json.JSONDecodeError as error:
        raise JsonError(error.msg, error.pos, error.lineno, ends_early=_ends_early(error)) from None
    except RecursionError:
        raise JsonError("it is nested too deeply") from None
    _bounded(value)
    if _SURROGATE.search(text) or _ESCAPED_SURROGATE.search(text):
        value = _unicode(value, "", [] if replaced is None else replaced)
    return value


def shaped(value: Any, shape: Shape, before: Any = None) -> Any:
    """`value` with the names of `shape`; `before` is what an earlier member of the same name left."""
    match shape:
        case Struct():
            if not isinstance(value, dict):
                return before if value is None else value
            return _assigned(value, shape, dict(before) if isinstance(before, dict) else {})
        case List():
            return [shaped(item, shape.of) for item in value] if isinstance(value, list) else value
        case Map():
            if not isinstance(value, dict):
                return value
            members = {name: shaped(item, shape.of) for name, item in value.items()}
            return {**before, **members} if isinstance(before, dict) else members
    return before if value is None else value


def _assigned(value: dict[str, Any], shape: Struct, found: dict[str, Any]) -> dict[str, Any]:
    for name, item in _pairs(value):
        known = shape.name(name)
        found[known] = shaped(item, shape.fields.get(known), found.get(known))
    return found


def _pairs(value: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    return value.pairs if isinstance(value, _Repeated) else value.items()


def _decoded(data: bytes) -> str:
    """Each byte that is not of UTF-8 as one lone surrogate, which `_unicode` replaces."""
    if data.startswith(_UTF16):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8", "surrogateescape")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    repeated = _Repeated(found)
    repeated.pairs = pairs
    return repeated


def _integer(text: str) -> int | float:
    return int(text) if len(text) <= _LONGEST_INTEGER else _real(text)


def _real(text: str) -> float:
    largest = sys.float_info.max
    return max(-largest, min(largest, float(text)))


def _no_constant(text: str) -> Any:
    raise JsonError(f"{text} is no number of JSON")


def _ends_early(error: json.JSONDecodeError) -> bool:
    """Whether everything up to the end was JSON, and more was expected."""
    rest = error.doc[error.pos :].strip()
    started = error.doc.lstrip()[:1] in ("{", "[")
    return started and (not rest or error.msg.startswith("Unterminated string") or "truefalsenull".find(rest) >= 0)


def _bounded(value: Any) -> None:
    """Return if no part of `value` is so deep that those who walk through it would come to their end."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return
    raise JsonError("it is nested too deeply")


def _unicode(value: Any, where: str, replaced: list[str]) -> Any:
    """`value` with U+FFFD for every lone surrogate in its texts and names."""
    if isinstance(value, str):
        clean = _SURROGATE.sub("\ufffd", value)
        if clean != value:
            replaced.append(where)
        return clean
    if isinstance(value, list):
        return [_unicode(item, f"{where}[{number}]", replaced) for number, item in enumerate(value)]
    if isinstance(value, dict):
        return _object([_member(name, item, where, replaced) for name, item in _pairs(value)])
    return value


def _member(name: str, item: Any, where: str, replaced: list[str]) -> tuple[str, Any]:
    clean = _SURROGATE.sub("\ufffd", name)
    inner = f"{where}.{clean}" if where else clean
    if clean != name:
        replaced.append(inner)
    return clean, _unicode(item, inner, replaced)

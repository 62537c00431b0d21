"""Whether facts are those of the vocabulary: by name and type, fields of records by name."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sregistry import errors
from sregistry.codes.facts import FACTS, Type
from sregistry.errors import SregistryError


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_all(fits: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and all(map(fits, value))


_FITS: Mapping[Type, Callable[[object], bool]] = {
    "text": lambda value: isinstance(value, str),
    "texts": _is_all(lambda value: isinstance(value, str)),
    "count": _is_count,
    "counts": _is_all(_is_count),
    "number": lambda value: _is_count(value) or isinstance(value, float),
    "yes or no": lambda value: isinstance(value, bool),
    "record": lambda value: isinstance(value, dict),
    "records": _is_all(lambda value: isinstance(value, dict)),
    "anything": lambda value: True,
}
_BY_NAME = {fact.name: fact for fact in FACTS}


def strange(facts: Mapping[str, Any]) -> list[str]:
    """What the vocabulary does not have, or not so: ``tag``, ``status: text``, ``holder.tty``."""
    return [said for name, value in facts.items() for said in _odd(name, value)]


def _odd(name: str, value: Any) -> list[str]:
    fact = _BY_NAME.get(name)
    if fact is None:
        return [name]
    if value is None or ((fits := _FITS[fact.type](value)) and not fact.fields):
        return []
    records = value if isinstance(value, list) else [value]
    fields = {field for record in records if isinstance(record, dict) for field in record}
    return [f"{name}.{field}" for field in sorted(fields - set(fact.fields))] if fits else [f"{name}: {value!r}"]


# -- what the source raises while tests run -----------------------------------------------------------

_TESTS = str(Path(__file__).parents[1])
#: Strange facts of errors that the source has made, with the place; for a test to look at and to clear.
SEEN: set[str] = set()


@contextmanager
def watching() -> Iterator[None]:
    """Look at the facts of every error that is made; those that tests make may be of any kind."""
    ordinary = SregistryError.__setattr__

    def look(self: SregistryError, name: str, value: Any) -> None:
        ordinary(self, name, value)
        if name == "facts" and (found := strange(value)):
            place = _maker()
            if not place.startswith(_TESTS):
                SEEN.update(f"{self.code} ({place}): {fact}" for fact in found)

    SregistryError.__setattr__ = look  # type: ignore[method-assign]
    try:
        yield
    finally:
        SregistryError.__setattr__ = ordinary  # type: ignore[method-assign]


def _maker() -> str:
    """The place that has made an error, behind the constructors."""
    frame = sys._getframe(2)
    while frame.f_back and (frame.f_code.co_filename == errors.__file__ or frame.f_code.co_name == "__init__"):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"

"""What arrives damaged is fetched again: the bytes may have been damaged on the way, or at one of several places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sregistry.errors import SregistryError

T = TypeVar("T")

_DAMAGED = frozenset({"digest-mismatch", "size-short", "size-long"})
_TRIES = 2
#: What is told of each download.
_KEPT = ("actual", "actual_size")


def until_sound(fetch: Callable[[], T], places: int, on_damaged: Callable[[SregistryError], None]) -> T:
    """Return what `fetch` returns; repeat it where it fails on damaged bytes.

    Args:
        fetch: one download; each asks another place, where there are several.
        places: how many there are; every one is tried, and a single one twice.
        on_damaged: told before each repetition; may raise to end it.

    Raises what `fetch` raises; the fact ``attempts`` says how often it was tried, ``tries`` what came each time.
    """
    attempt, came = 1, list[dict[str, Any]]()
    while True:
        try:
            return fetch()
        except SregistryError as error:
            if error.code not in _DAMAGED:
                raise
            came.append({"code": error.code, **{name: error.facts[name] for name in _KEPT if name in error.facts}})
            error.facts |= {"attempts": attempt, "tries": list(came)}
            if attempt >= max(_TRIES, places):
                raise
            on_damaged(error)
            attempt += 1

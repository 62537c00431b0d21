"""What arrives damaged is fetched again: the bytes may have been damaged on the way, or at one of several places."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sregistry.errors import SregistryError

T = TypeVar("T")

_DAMAGED = frozenset({"digest-mismatch", "size-short", "size-long"})
_TRIES = 2


def until_sound(fetch: Callable[[], T], places: int, on_damaged: Callable[[SregistryError], None]) -> T:
    """Return what `fetch` returns; repeat it where it fails on damaged bytes.

    Args:
        fetch: one download; each asks another place, where there are several.
        places: how many there are; every one is tried, and a single one twice.
        on_damaged: told before each repetition; may raise to end it.

    Raises what `fetch` raises; the fact ``attempts`` says how often it was tried.
    """
    attempt = 1
    while True:
        try:
            return fetch()
        except SregistryError as error:
            if error.code not in _DAMAGED:
                raise
            error.facts["attempts"] = attempt
            if attempt >= max(_TRIES, places):
                raise
            on_damaged(error)
            attempt += 1

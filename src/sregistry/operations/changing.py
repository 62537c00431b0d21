"""The image that a verb is about to change: exactly one, or a refusal that lists what could be meant."""

from __future__ import annotations

from sregistry.errors import SregistryError
from sregistry.store import choose
from sregistry.store.records import ImageRow
from sregistry.store.store import Store


def one(store: Store, name: str, verb: str, *more: str) -> ImageRow:
    """Return the only image that `name` fits.

    Raises StoreError ``store-image-unknown``, ``store-ambiguous``, ``store-query-malformed``; by their facts ``verb``
    and ``more``, the words after the name, commands are proposed.
    """
    try:
        return choose.one_to_change(store.reads, name)
    except SregistryError as error:
        raise error.with_facts(verb=verb, more=list(more)) from error.__cause__


def every(store: Store, name: str, verb: str) -> list[ImageRow]:
    """Return all images that `name` fits, with any tag if it has none; at least one. Errors as for `one`."""
    try:
        return choose.all_to_change(store.reads, name)
    except SregistryError as error:
        raise error.with_facts(verb=verb) from error.__cause__

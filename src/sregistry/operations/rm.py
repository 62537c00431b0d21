"""Rm: images leave the local registry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sregistry.notebook import Shown
from sregistry.operations import changing
from sregistry.operations.context import Context
from sregistry.references.browser import HIDDEN_VALUE
from sregistry.store.records import ImageRow


@dataclass(frozen=True, slots=True)
class Removed(Shown):
    """An image that was removed.

    Attributes:
        image: its row, as it was.
        deleted: whether its file went, too.
        stays: whether its file is still there: outside the image folder it is not ours.
    """

    image: ImageRow
    deleted: bool
    stays: bool

    def __fspath__(self) -> str:
        """The path of the SIF file."""
        return str(self.image.path)

    def facts(self) -> dict[str, Any]:
        """The result as JSON-able facts."""
        return {**self.image.facts(), "deleted": self.deleted, "stays": self.stays}


def find(context: Context, names: Sequence[str], *, every: bool = False) -> list[ImageRow]:
    """Return the images that `names` mean, each once.

    Args:
        names: names, references, or starts of digests.
        context: its settings name the local registry.
        every: take all images that a name fits, instead of refusing one that fits several.

    Raises:
        StoreError: ``store-image-unknown``, ``store-ambiguous``, ``store-query-malformed``.
    """
    store = context.store
    found: dict[int, ImageRow] = {}
    for name in names:
        rows = changing.every(store, name, "rm") if every else [changing.one(store, name, "rm")]
        found.update((row.id, row) for row in rows)
    return list(found.values())


def irreplaceable(rows: Sequence[ImageRow]) -> list[ImageRow]:
    """The images whose files would be lost: they are deleted, and nobody is known from whom they can be had again."""
    return [row for row in rows if row.managed and not _can_be_had(row.reference) and row.path.exists()]


def _can_be_had(reference: str) -> bool:
    """Whether there is a reference, and nothing of it was left out as a secret."""
    return bool(reference) and HIDDEN_VALUE not in reference


def rm(context: Context, rows: Sequence[ImageRow]) -> list[Removed]:
    """Remove images; a file that was moved out of the image folder stays.

    Raises StoreError ``store-database-*``, DiskError.
    """
    there = {row.id for row in rows if row.path.exists()}
    context.store.remove(rows)
    return [Removed(row, row.managed and row.id in there, not row.managed and row.id in there) for row in rows]

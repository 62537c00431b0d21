"""Labels: those of all images in the local registry."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sregistry.operations.context import Context


@dataclass(frozen=True, slots=True)
class LabelCount:
    """One label and how many images have it."""

    key: str
    value: str
    images: int

    def facts(self) -> dict[str, Any]:
        """The label in JSON's types."""
        return asdict(self)


def labels(context: Context, key: str | None = None, value: str | None = None) -> list[LabelCount]:
    """Return the labels of all images by key and value; only those with the `key` and the `value` given.

    Raises:
        SregistryError: ``store-database-…``, ``lock-unsupported``.
    """
    return [LabelCount(*found) for found in context.store.reads.labels(key, value)]

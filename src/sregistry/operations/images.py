"""Images: what the local registry has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sregistry import notebook
from sregistry.operations.context import Context
from sregistry.store.records import ImageRow


@dataclass(frozen=True, slots=True, repr=False)
class ListedImage(notebook.Shown):
    """An image, and whether its file is there."""

    row: ImageRow
    present: bool

    def __repr__(self) -> str:
        """A short one, for lists at a prompt."""
        return f"<{self.row.name}{'' if self.present else ', file missing'}>"

    def __fspath__(self) -> str:
        """The path of the SIF file, so that ``open`` and `subprocess` take the image itself."""
        return str(self.row.path)

    def __str__(self) -> str:
        return str(self.row.path)

    def facts(self) -> dict[str, Any]:
        """The image in JSON's types."""
        return {**self.row.facts(), "present": self.present}


class Images(list[ListedImage]):
    """A list of images, which a notebook shows as a table."""

    def _repr_html_(self) -> str:
        columns = ("name", "platform", "size", "pulled_at", "present")
        return notebook.table(columns, [[image.facts()[column] for column in columns] for image in self])


def images(
    context: Context, query: str | None = None, *, labels: Mapping[str, str] | None = None, order: str = "name"
) -> Images:
    """Return the images of the local registry.

    Args:
        context: its settings name the local registry.
        query: text that the registry, name, tag or digest has to contain, whatever its case.
        labels: labels that they must have.
        order: one of `sregistry.store.database.reads.ORDERS`.

    Raises:
        SregistryError: ``store-database-…``, ``lock-unsupported``.
    """
    found = context.store.images(query, labels or {}, order)
    return Images(ListedImage(row, row.path.is_file()) for row in found)

"""Rename: another name for an image of the local registry."""

from __future__ import annotations

from sregistry.operations import changing
from sregistry.operations.context import Context
from sregistry.store.names import DEFAULT_TAG, ImageName
from sregistry.store.records import ImageRow


def rename(context: Context, name: str, new: str) -> tuple[ImageRow, ImageRow]:
    """Give the image `name` the name `new`; return its row before and after.

    Args:
        name: a name, a reference, or the start of a digest, that fits one image.
        new: ``[COLLECTION/]NAME[:TAG]``; without a tag the image keeps its own.
        context: its settings name the local registry.

    Raises:
        StoreError: ``store-image-unknown``, ``store-ambiguous``, ``store-name-malformed``, ``store-name-taken``,
            ``store-file-missing``.
    """
    store = context.store
    wanted = ImageName.parse(new)
    row = changing.one(store, name, "rename", new)
    if ":" not in new:
        wanted = ImageName(wanted.collection, wanted.name, row.name.tag or DEFAULT_TAG)
    return row, row if wanted == row.name else store.rename(row, wanted)

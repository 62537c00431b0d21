"""Rename: another name for an image of the local registry."""

from __future__ import annotations

from sregistry.operations import changing
from sregistry.operations.local import open_store
from sregistry.settings import Settings
from sregistry.store.names import DEFAULT_TAG, ImageName
from sregistry.store.records import ImageRow


def rename(name: str, new: str, settings: Settings) -> tuple[ImageRow, ImageRow]:
    """Give the image `name` the name `new`; return its row before and after.

    Args:
        name: a name, a reference, or the start of a digest, that fits one image.
        new: ``[COLLECTION/]NAME[:TAG]``; without a tag the image keeps its own.
        settings: in force.

    Raises:
        StoreError: ``store-image-unknown``, ``store-ambiguous``, ``store-name-malformed``, ``store-name-taken``,
            ``store-file-missing``.
    """
    store = open_store(settings)
    wanted = ImageName.parse(new)
    row = changing.one(store, name, "rename", new)
    if ":" not in new:
        wanted = ImageName(wanted.collection, wanted.name, row.name.tag or DEFAULT_TAG)
    return row, row if wanted == row.name else store.rename(row, wanted)

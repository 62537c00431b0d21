"""Mv: the file of an image goes to another place; the local registry knows where."""

from __future__ import annotations

from pathlib import Path

from sregistry.operations import changing
from sregistry.operations.context import Context
from sregistry.store.database.rows import clean
from sregistry.store.errors import DiskError, StoreError, in_the_way
from sregistry.store.files import is_there, sweep
from sregistry.store.names import DEFAULT_TAG
from sregistry.store.records import ImageRow


def mv(context: Context, name: str, target: Path, *, force: bool = False) -> tuple[ImageRow, ImageRow]:
    """Move the file of the image `name` to `target`; return its row before and after.

    Args:
        name: a name, a reference, or the start of a digest, that fits one image.
        target: a file, or a folder that is there, in which the file is called ``NAME_TAG.sif``.
        context: its settings name the local registry.
        force: replace a file that is there.

    Raises:
        StoreError: ``store-image-unknown``, ``store-ambiguous``, ``store-file-missing``, ``store-place-managed``
            for a target in the image folder, ``store-place-not-text`` for one that the database cannot hold.
        DiskError: ``disk-output-exists``, ``disk-output-special``, ``disk-output-folder`` and what disks do.
    """
    store = context.store
    row = changing.one(store, name, "mv", str(target))
    place = _place(row, target)
    _require_free_to_us(context, row, name, place)
    if place.exists() and row.path.exists() and place.samefile(row.path):
        return row, row
    if (is_there(place) or place.is_symlink()) and not force:
        raise DiskError(
            "disk-output-exists", f"{place} exists already", path=str(place), again=["mv", "--force", name, str(target)]
        )
    sweep(place.parent)
    return row, store.move(row, place)


def _require_free_to_us(context: Context, row: ImageRow, name: str, place: Path) -> None:
    """Raise what forbids `place` whether or not something is there."""
    if place.resolve().is_relative_to(context.store.paths.storage.resolve()):
        raise StoreError(
            "store-place-managed",
            f"{place} is in the folder of images, where files are kept by name",
            path=str(place),
            uri=row.uri,
        )
    if clean(str(place)) != str(place):
        raise StoreError(
            "store-place-not-text",
            "the name of the place has bytes that are no text, so the local registry cannot note it",
            path=str(place),
            again=["mv", name, "<FILE>"],
        )
    if not place.parent.is_dir():
        raise DiskError(
            "disk-output-folder", f"there is no folder {place.parent}", path=str(place), in_the_way=in_the_way(place)
        )


def _place(row: ImageRow, target: Path) -> Path:
    """The file that is meant by `target`."""
    if not target.is_dir():
        return target.absolute()
    own = f"{row.name.name}_{row.name.tag or DEFAULT_TAG}.sif" if row.managed else row.path.name
    return target.absolute() / own

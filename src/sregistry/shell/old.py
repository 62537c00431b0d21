"""Calls as programs written for sregistry 0.2 make them, and what they got: a path with the attributes people know."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path, PosixPath
from typing import TYPE_CHECKING, Any

from sregistry import removed

if TYPE_CHECKING:
    from sregistry.store.records import ImageRow


class StoredPath(PosixPath):
    """The path of an image of the local registry.

    Attributes:
        image: the same path as text.
        uri: ``collection/name:tag@digest``.
        tag: of the image.
        version: its digest, as text.
        client: what it came through.
        url: where it came from; None for a file that was added.
    """

    image: str
    uri: str
    tag: str | None
    version: str
    client: str
    url: str | None


def stored(row: ImageRow, path: Path | None = None) -> StoredPath:
    """The path of the image of `row`."""
    found = StoredPath(path or row.path)
    found.image, found.uri, found.tag = str(found), row.uri, row.name.tag
    found.version, found.client, found.url = str(row.version), row.client, row.reference or None
    return found


def warn(method: str, instead: str) -> None:
    """Warn the program that calls `method` with the names of version 0.2."""
    message = f"client.{method} was called as in sregistry 0.2; call client.{instead}"
    warnings.warn(message, DeprecationWarning, stacklevel=3)


#: Arguments that have no meaning any more -> what takes their place.
_GONE: Mapping[str, str] = {
    "base": "the registry is part of the reference",
    "image_name": "name= is the name in the local registry; where the file goes is not chosen",
    "metadata": "labels and config are read from the file",
    "save": "a file that is not to go into the local registry need not be added",
    "url": "where an image came from is read from the file",
}


def refuse(method: str, gone: Mapping[str, Any]) -> None:
    """Raise for arguments of `method` that were removed, or never were."""
    for name in gone:
        if name not in _GONE:
            raise TypeError(f"{method}() got an unexpected keyword argument {name!r}")
        raise removed.attribute(f"{method}({name}=…)", _GONE[name])

"""The database of sregistry 0.2: SQLite, one row for each image, with the absolute path of its file.

Source: sregistry 0.2.39, ``sregistry/database/models.py``.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sregistry.store.errors import DiskError, StoreError

_QUERY = """
SELECT collection.name, container.name, container.tag, container.client, container.image, container.url,
       container.created_at, container.metrics
FROM container JOIN collection ON collection.id = container.collection_id ORDER BY container.id
"""
_NAMES = frozenset(("collection", "original", "registry", "image", "url", "tag", "version", "storage", "uri", "type"))


@dataclass(frozen=True, slots=True)
class OldImage:
    """One row.

    Attributes:
        name: ``collection/name:tag``.
        client: the endpoint it came from, ``docker``, ``hub``, ``s3``…
        path: of its file; None for an image that was only known by its address.
        url: where it came from, in the endpoint's own form; may be empty.
        since: when it was added, in seconds since 1970; None where that cannot be read.
        labels: as Singularity showed them then; often none.
    """

    name: str
    client: str
    path: Path | None
    url: str
    since: float | None
    labels: Mapping[str, str]


def read_old(file: Path) -> list[OldImage]:
    """Return the images in the database `file`, which is only read.

    Raises DiskError ``disk-no-such-file``; StoreError ``store-import-format`` for what is no such database.
    """
    if not file.is_file():
        raise DiskError("disk-no-such-file", f"there is no file {file}", path=str(file))
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as connection:
            return [_image(*row) for row in connection.execute(_QUERY)]
    except sqlite3.Error as error:
        raise StoreError(
            "store-import-format",
            f"{file} is no database of sregistry 0.2",
            database=str(file),
            detail=str(error),
        ) from error


def _image(
    collection: str, name: str, tag: str, client: str, path: str | None, url: str | None, created: str, metrics: str
) -> OldImage:
    return OldImage(
        f"{collection}/{name}:{tag}", client, Path(path) if path else None, url or "", _time(created), _labels(metrics)
    )


def _time(text: str | None) -> float | None:
    """When it was, in UTC as SQLite's CURRENT_TIMESTAMP is."""
    try:
        return datetime.fromisoformat(text or "").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _labels(metrics: str) -> dict[str, str]:
    """The labels that ``singularity inspect`` printed when the image was added, among the parts of its name."""
    try:
        document: Any = json.loads(metrics)
        return {key: value for key, value in document.items() if key not in _NAMES and isinstance(value, str)}
    except (ValueError, AttributeError, RecursionError):
        return {}

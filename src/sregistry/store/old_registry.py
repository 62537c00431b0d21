"""The database of sregistry 0.2: SQLite, one row for each image, with the absolute path of its file.

It may come from anybody, so only plain tables are read, each row once, within limits of time, number and size; nothing
in it is run. Source: sregistry 0.2.39, ``sregistry/database/models.py``.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sregistry.store.errors import DiskError, StoreError

_TABLE = "SELECT type, rootpage FROM sqlite_master WHERE name = ?"
_COLLECTIONS = "SELECT id, name FROM collection"
_CONTAINERS = "SELECT id, collection_id, name, tag, client, image, url, created_at, metrics FROM container"
_NAMES = frozenset(("collection", "original", "registry", "image", "url", "tag", "version", "storage", "uri", "type"))
#: Far beyond every registry that people have: seconds, rows, and characters in all and in one value.
SECONDS = 20.0
ROWS = 200_000
_SIZE = 512 << 20
_VALUE = 16 << 20
#: Instructions of SQLite after which the time is looked at, and signals are heard.
_STEPS = 100_000
#: No path and no name that a filesystem or a registry takes is longer.
_LONGEST = 4096
_SHOWN = 200


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
        fault: why the row means nothing; empty for a good one.
    """

    name: str
    client: str
    path: Path | None
    url: str
    since: float | None
    labels: Mapping[str, str]
    fault: str = ""


def read_old(file: Path) -> list[OldImage]:
    """Return the images in the database `file`, which is only read.

    Raises DiskError ``disk-no-such-file``; StoreError ``store-import-format`` for what is no such database, or one
    beyond `SECONDS` and `ROWS`.
    """
    if not file.is_file():
        raise DiskError("disk-no-such-file", f"there is no file {file}", path=str(file))
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as connection:
            return _read(connection)
    except (sqlite3.Error, ValueError) as error:
        raise StoreError(
            "store-import-format",
            f"{file} is no database of sregistry 0.2",
            database=str(file),
            detail=str(error),
        ) from error


def _read(connection: sqlite3.Connection) -> list[OldImage]:
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _VALUE)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100)
    for name in ("collection", "container"):
        found = connection.execute(_TABLE, (name,)).fetchall()
        if len(found) != 1 or found[0][0] != "table" or not found[0][1]:
            raise ValueError(f"it has no table {name}")
    with _in_time(connection):
        collections = dict(_rows(connection, _COLLECTIONS))
        containers = list(_rows(connection, _CONTAINERS))
    containers.sort(key=lambda row: row[0] if isinstance(row[0], int) else 0)
    return [_image(collections.get(row[1]), *row[2:]) for row in containers]


@contextmanager
def _in_time(connection: sqlite3.Connection) -> Iterator[None]:
    """End what takes too long, or is interrupted: SQLite itself hears no signal, and drops what a callback raises."""
    end = time.monotonic() + SECONDS
    raised: list[BaseException] = []

    def look() -> int:
        try:
            return time.monotonic() > end
        except BaseException as error:  # noqa: BLE001 - a signal, which is passed on below
            raised.append(error)
            return 1

    connection.set_progress_handler(look, _STEPS)
    try:
        yield
    except sqlite3.OperationalError:
        if raised:
            raise raised[0] from None
        if time.monotonic() > end:
            raise ValueError(f"reading it takes more than {SECONDS:.0f} seconds") from None
        raise
    finally:
        connection.set_progress_handler(None, 0)


def _rows(connection: sqlite3.Connection, query: str) -> Iterator[tuple[Any, ...]]:
    size = 0
    for number, row in enumerate(connection.execute(query)):
        size += sum(len(value) for value in row if isinstance(value, (str, bytes)))
        if number >= ROWS or size > _SIZE:
            raise ValueError(f"it has more than {ROWS:,} rows, or {_SIZE >> 20} MiB")
        yield row


def _image(
    collection: object, name: object, tag: object, client: object, path: object, url: object, *rest: object
) -> OldImage:
    texts = {"collection": collection, "name": name, "tag": tag, "client": client}
    given = {**texts, "image": path or "", "url": url or ""}
    wrong = [key for key, value in given.items() if not _is_usable(value)]
    called = f"{collection}/{name}:{tag}"
    if wrong:
        return OldImage(called[:_SHOWN], "", None, "", None, {}, f"its {wrong[0]} cannot be read")
    created, metrics = (value if isinstance(value, str) else "" for value in rest)
    file = Path(str(path)) if path else None
    return OldImage(called, str(client), file, str(url or ""), _time(created), _labels(metrics))


def _is_usable(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST and "\0" not in value


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

"""A damaged SQLite database: what is wrong with it, and a new one of all that can still be read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sregistry.store.database import sqlite
from sregistry.store.database.location import Location
from sregistry.store.errors import disk_error

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: How many findings are told; a damaged file has thousands.
_TOLD = 10

Row = dict[str, Any]


def problems(location: Location, wait: float) -> list[str]:
    """What SQLite finds wrong with its file; nothing if there is no file.

    Raises StoreError ``store-database-locked``, LockError; sqlite3.Error if it is not about the content.
    """
    found = []
    try:
        for row in sqlite.read(location, wait, f"PRAGMA integrity_check({_TOLD})", {}) or []:
            found += [] if row[0] == "ok" else str(row[0]).splitlines()
        for table, *_ in sqlite.read(location, wait, "PRAGMA foreign_key_check", {}) or []:
            found.append(f"a row of {table} belongs to no image")
    except sqlite3.DatabaseError as error:
        if type(error) is not sqlite3.DatabaseError:
            raise
        found.append(str(error))
    return found[:_TOLD]


def readable(location: Location) -> dict[str, list[Row]]:
    """Return the rows that can be read, by table."""
    with closing(sqlite.connect(location, 0, create=False)) as connection:
        connection.row_factory = sqlite3.Row
        return {table: list(_rows(connection, table)) for table in ("images", "details", "labels", "removals")}


def replace(location: Location, new: Path) -> Path:
    """Put the file `new` in the place of the damaged one; return where that is kept. Raises DiskError."""
    assert location.file is not None
    file = location.file
    number = 1
    while (kept := file.with_name(f"{file.name}.damaged-{number}")).exists():
        number += 1
    try:
        file.rename(kept)
        # The journal belongs to the content that it was written for.
        with suppress(FileNotFoundError):
            file.with_name(f"{file.name}-journal").rename(kept.with_name(f"{kept.name}-journal"))
        new.rename(file)
    except OSError as error:
        raise disk_error(error, file, "rename", setting=location.setting) from error
    return kept


def put_back(connection: Connection, found: dict[str, list[Row]]) -> None:
    """Write rows into the empty tables of a new database, each as far as it is whole."""
    from sqlalchemy import insert
    from sqlalchemy.exc import IntegrityError, StatementError

    from sregistry.store.database.schema import metadata

    for table in metadata.sorted_tables:
        for row in found.get(table.name, []):
            values = {name: value for name, value in row.items() if name in table.columns}
            with suppress(IntegrityError, StatementError), connection.begin_nested():
                connection.execute(insert(table).values(values))


def _rows(connection: sqlite3.Connection, table: str) -> Iterator[Row]:
    """Rows of a table from its beginning up to the damage, then from its end."""
    seen = set()
    for order in ("ASC", "DESC"):
        with suppress(sqlite3.DatabaseError):
            for row in connection.execute(f"SELECT rowid AS _row, * FROM {table} ORDER BY rowid {order}"):  # noqa: S608 - names from here
                values = dict(row)
                number = values.pop("_row")
                if number not in seen:
                    seen.add(number)
                    yield values

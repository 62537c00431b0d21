"""SQLite without SQLAlchemy: opening a file, waiting for its lock, and reading.

Reading this way takes a tenth of the time that importing SQLAlchemy takes. The journal is a rollback
journal, never a WAL: that needs memory shared between all processes, which network filesystems lack.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from typing import Any
from urllib.parse import quote

from sregistry.store.database.border import is_busy, locked, no_locks
from sregistry.store.database.location import Location
from sregistry.store.locks import record_locks_error

#: How long SQLite itself waits before we look whether the locks work at all.
_FIRST_WAIT = 2.0


def connect(location: Location, wait: float, *, create: bool) -> sqlite3.Connection:
    """Open the file; raise sqlite3.OperationalError if it is missing and `create` is not set."""
    uri = f"file:{quote(os.fsencode(str(location.file)))}?mode={'rwc' if create else 'rw'}"
    return sqlite3.connect(uri, uri=True, timeout=wait, isolation_level=None, check_same_thread=False)


def begin(connection: sqlite3.Connection, location: Location, wait: float) -> None:
    """Begin a transaction that may write, waiting for others at most `wait` seconds.

    Raises StoreError ``store-database-locked``, LockError ``lock-unsupported``, sqlite3.Error.
    """
    patiently(connection, location, wait, "BEGIN IMMEDIATE")


def read(location: Location, wait: float, sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]] | None:
    """Return the rows; None if the file does not exist. Raises as `begin`."""
    if location.file is None or not location.file.exists():
        return None
    with closing(connect(location, wait, create=False)) as connection:
        return patiently(connection, location, wait, sql, parameters)


def patiently(
    connection: sqlite3.Connection,
    location: Location,
    wait: float,
    sql: str,
    parameters: Mapping[str, Any] | None = None,
) -> list[tuple[Any, ...]]:
    """Run one statement; while the database is locked try again, unless it is because locks do not work."""
    deadline = time.monotonic() + wait
    connection.execute(f"PRAGMA busy_timeout = {int(min(wait, _FIRST_WAIT) * 1000)}")
    while True:
        try:
            rows = connection.execute(sql, parameters or {}).fetchall()
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise
            _check_locks(location)
            if time.monotonic() >= deadline:
                raise locked(location, str(error)) from error
            continue
        connection.execute(f"PRAGMA busy_timeout = {int(wait * 1000)}")
        return rows


def _check_locks(location: Location) -> None:
    """SQLite says "locked" also where the filesystem has no locks: find out which it is."""
    if location.file is not None and (error := record_locks_error(location.file.parent)) is not None:
        raise no_locks(location, error.strerror)

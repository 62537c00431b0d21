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

from sregistry.store import holders, waiting
from sregistry.store.database.border import is_busy, locked, no_locks
from sregistry.store.database.location import Location
from sregistry.store.locks import record_locks_error

#: How long SQLite itself waits, in which nothing can interrupt it; then we look at what it waits for.
_AT_ONCE = 0.1


def connect(location: Location, wait: float, *, create: bool) -> sqlite3.Connection:
    """Open the file; raise sqlite3.OperationalError if it is missing and `create` is not set."""
    uri = f"file:{quote(os.fsencode(str(location.file)))}?mode={'rwc' if create else 'rw'}"
    timeout = min(wait, _AT_ONCE)
    return sqlite3.connect(uri, uri=True, timeout=timeout, isolation_level=None, check_same_thread=False)


def begin(connection: sqlite3.Connection, location: Location, wait: float) -> None:
    """Begin a transaction that may write, waiting for others at most `wait` seconds.

    Raises StoreError ``store-database-locked``, LockError ``lock-unsupported``, sqlite3.Error.
    """
    patiently(connection, location, wait, "BEGIN IMMEDIATE")


def commit(connection: sqlite3.Connection, location: Location, wait: float) -> None:
    """End the transaction, waiting for those who read; SQLite keeps new ones out meanwhile. Raises as `begin`."""
    if connection.in_transaction:
        patiently(connection, location, wait, "COMMIT")


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
    began, told = time.monotonic(), False
    while True:
        try:
            return connection.execute(sql, parameters or {}).fetchall()
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise
            waited = time.monotonic() - began
            if waited >= wait:
                _check_locks(location)
                raise locked(location, str(error), waited, holder(location)) from error
            if not told and waited >= waiting.TELL_AFTER:
                told = True
                _check_locks(location)
                who = holders.words(holder(location))
                waiting.tell(f"waiting for the database {location.shown}, which {who} holds")


def holder(location: Location) -> dict[str, Any] | None:
    """Who holds the file's lock, as far as that can be seen."""
    return holders.of_record_lock(location.file) if location.file else None


def _check_locks(location: Location) -> None:
    """SQLite says "locked" also where the filesystem has no locks: find out which it is."""
    if location.file is not None and (error := record_locks_error(location.file.parent)) is not None:
        raise no_locks(location, error.strerror)

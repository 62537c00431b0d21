"""SQLAlchemy's engines: one writer at a time on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import sqlite3
import time
from contextlib import ExitStack
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.pool import NullPool

from sregistry.store import waiting
from sregistry.store.database import server, sqlite
from sregistry.store.database.location import Location
from sregistry.store.errors import StoreError, disk_error
from sregistry.store.files import make_folder

#: Key of the advisory lock that writers to a PostgreSQL database hold; any constant of our own will do.
_WRITER = 0x53524547
_CONNECT_TIMEOUT = 10
#: Where a connection keeps who was seen to hold what it waits for, and what tells of it.
HOLDER, _TOLD = "sregistry_holder", "sregistry_told"
#: Execution options of a connection that only reads and therefore waits for no writer.
READING: dict[str, Any] = {"isolation_level": "AUTOCOMMIT", "sregistry_reading": True}


def make_engine(location: Location, wait: float, mode: int | None) -> Engine:
    """Return an engine whose transactions are alone in writing; `wait` is how long to wait for that.

    Raises StoreError ``store-database-driver``, DiskError.
    """
    return _sqlite(location, wait, mode) if location.file else _postgresql(location, wait)


def _sqlite(location: Location, wait: float, mode: int | None) -> Engine:
    assert location.file is not None
    try:
        make_folder(location.file.parent, mode)
    except OSError as error:
        raise disk_error(error, location.file.parent, "make", setting=location.setting) from error
    engine = create_engine("sqlite://", creator=partial(_open, location, wait, mode), poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        sqlite.begin(raw, location, wait)

    @event.listens_for(engine, "commit")
    def _commit(connection: Connection) -> None:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        sqlite.commit(raw, location, wait)

    return engine


def _open(location: Location, wait: float, mode: int | None) -> sqlite3.Connection:
    assert location.file is not None
    new = mode is not None and not location.file.exists()
    connection = sqlite.connect(location, wait, create=True)
    try:
        if new and mode is not None:
            location.file.chmod(mode)
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _postgresql(location: Location, wait: float) -> Engine:
    options: dict[str, Any] = {"connect_timeout": _CONNECT_TIMEOUT, "options": f"-c lock_timeout={int(wait * 1000)}"}
    try:
        engine = create_engine(str(location.url), connect_args=options, poolclass=NullPool)
    except ImportError as error:
        raise StoreError(
            "store-database-driver",
            "the Python package psycopg, which speaks to PostgreSQL, is not installed",
            database=location.shown,
            package="sregistry[postgresql]",
        ) from error

    _tell_of_waits(engine, location)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if not connection.get_execution_options().get("sregistry_reading"):
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER})

    return engine


def _tell_of_waits(engine: Engine, location: Location) -> None:
    """Whoever listens is told who holds what a statement waits for; the error for a wait in vain says so, too."""

    @event.listens_for(engine, "before_cursor_execute")
    def _before(connection: Connection, *_: Any) -> None:
        pid = connection.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
        began = time.monotonic()

        def look() -> str:
            found = server.holder(location, pid)
            connection.info[HOLDER] = found
            return f"waiting for the database {location.shown}, which {server.words(found)} holds"

        told = ExitStack()
        told.enter_context(waiting.telling(look))
        connection.info[_TOLD] = told, began

    @event.listens_for(engine, "after_cursor_execute")
    def _after(connection: Connection, *_: Any) -> None:
        _over(connection)

    @event.listens_for(engine, "handle_error")
    def _failed(context: Any) -> None:
        if context.connection is None:
            return
        waited = _over(context.connection)
        context.original_exception.holder = context.connection.info.get(HOLDER)
        context.original_exception.elapsed = waited


def _over(connection: Connection) -> float | None:
    """A statement has ended; how long it took."""
    found: tuple[ExitStack, float] | None = connection.info.pop(_TOLD, None)
    if found is None:
        return None
    found[0].close()
    return time.monotonic() - found[1]

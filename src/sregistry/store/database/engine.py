"""SQLAlchemy's engines: one writer at a time on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.pool import NullPool

from sregistry.store.database import sqlite
from sregistry.store.database.location import Location
from sregistry.store.errors import StoreError, disk_error
from sregistry.store.files import make_folder

#: Key of the advisory lock that writers to a PostgreSQL database hold; any constant of our own will do.
_WRITER = 0x53524547
_CONNECT_TIMEOUT = 10
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

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if not connection.get_execution_options().get("sregistry_reading"):
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER})

    return engine

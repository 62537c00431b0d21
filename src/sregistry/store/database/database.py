"""One database: read it, write to it, and let its schema be of today before either."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sregistry.store.database import sqlite
from sregistry.store.database.border import mapped, read_only
from sregistry.store.database.location import Location
from sregistry.store.database.version import VERSION_QUERY, check_version
from sregistry.store.files import require_writable

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

DEFAULT_WAIT = 60.0
_TOUCH_WAIT = 0.1


class Database:
    """The database at `location`; connections are opened when needed and closed at once.

    Args:
        location: the file or server.
        wait: seconds to wait for other processes.
        mode: permission bits of a new SQLite file; None follows the umask.
    """

    def __init__(self, location: Location, *, wait: float = DEFAULT_WAIT, mode: int | None = None) -> None:
        self.location = location
        self._wait = wait
        self._mode = mode
        self._current = False

    def read(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of a query; none if there is no database yet.

        Raises StoreError, LockError, DiskError.
        """
        with mapped(self.location):
            if not self._is_current():
                return []
            return self._rows(sql, parameters or {})

    def touch(self, sql: str, parameters: Mapping[str, Any]) -> None:
        """Make a small change that may as well not happen: where it cannot be made at once, it is left out."""
        if self.location.file is None:
            from sqlalchemy import text

            with self.write() as connection:
                connection.execute(text(sql), dict(parameters))
            return
        with suppress(sqlite3.Error), closing(sqlite.connect(self.location, _TOUCH_WAIT, create=False)) as file:
            file.execute(sql, parameters)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection in a transaction that is the only one writing; commit at the end.

        Raises StoreError, LockError, DiskError.
        """
        with mapped(self.location):
            if not self._is_current():
                self._migrate()
            with self._engine.begin() as connection:
                yield connection

    def exists(self) -> bool:
        """Whether there are tables. Raises StoreError, LockError, DiskError."""
        with mapped(self.location):
            return self._is_current()

    def require_writable(self) -> None:
        """Raise what a change would meet, as far as it can be known without one.

        Raises StoreError, LockError, DiskError.
        """
        self.exists()
        file = self.location.file
        if file is None:
            return
        require_writable(file.parent, setting=self.location.setting)
        if file.exists() and not os.access(file, os.W_OK):
            raise read_only(self.location)

    def problems(self) -> list[str]:
        """What is wrong with the file of the database, in the words of SQLite; a server sees to its own."""
        from sregistry.store.database.salvage import problems

        if self.location.file is None:
            return []
        with mapped(self.location):
            return problems(self.location, self._wait)

    def rebuild(self) -> Path:
        """Put a new file of what can be read in the place of a damaged one; return where that is kept.

        Nobody else should be using it. Raises StoreError, LockError, DiskError.
        """
        from sregistry.store.database import salvage

        assert self.location.file is not None
        new = self.location.file.with_name(f"{self.location.file.name}.new")
        with mapped(self.location):
            new.unlink(missing_ok=True)
            rows = salvage.readable(self.location)
            with Database(Location(new, None), wait=self._wait, mode=self._mode).write() as connection:
                salvage.put_back(connection, rows)
            return salvage.replace(self.location, new)

    @cached_property
    def _engine(self) -> Engine:
        from sregistry.store.database.engine import make_engine

        return make_engine(self.location, self._wait, self._mode)

    def _rows(self, sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        if self.location.file is not None:
            return sqlite.read(self.location, self._wait, sql, parameters) or []
        from sqlalchemy import text

        with self._reading() as connection:
            return [tuple(row) for row in connection.execute(text(sql), dict(parameters))]

    def _is_current(self) -> bool:
        """Whether the schema is of today, after bringing an older one up; False if there is none yet."""
        if self._current:
            return True
        found = self._found_version()
        if found is None:
            return False
        if not check_version(found, self.location.shown):
            self._migrate()
        self._current = True
        return True

    def _found_version(self) -> str | None:
        if self.location.file is None:
            return self._found_on_server()
        try:
            rows = sqlite.read(self.location, self._wait, VERSION_QUERY, {})
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return None
            raise
        return rows[0][0] if rows else None

    def _found_on_server(self) -> str | None:
        from sqlalchemy import inspect, text

        with self._reading() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.execute(text(VERSION_QUERY)).scalar()
            return found

    def _reading(self) -> Connection:
        from sregistry.store.database.engine import READING

        return self._engine.connect().execution_options(**READING)

    def _migrate(self) -> None:
        from sregistry.store.database.migrate import migrate

        migrate(self._engine, self.location.shown)
        self._current = True

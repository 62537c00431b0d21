"""The border to the database libraries: their exceptions become ours here."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sregistry.errors import SregistryError
from sregistry.resources.errors import missing_files, translate
from sregistry.store.database.location import Location
from sregistry.store.errors import LockError, StoreError, disk_error
from sregistry.store.filesystem import filesystem_type

_BUSY = frozenset({"SQLITE_BUSY", "SQLITE_LOCKED"})
_NO_LOCKS = frozenset({"SQLITE_IOERR_LOCK", "SQLITE_IOERR_RDLOCK", "SQLITE_IOERR_UNLOCK", "SQLITE_PROTOCOL"})
_DAMAGED = frozenset({"SQLITE_CORRUPT", "SQLITE_NOTADB"})
#: PostgreSQL's lock_not_available and query_canceled, see its documentation, appendix "Error Codes".
_WAITED = frozenset({"55P03", "57014"})


@contextmanager
def mapped(location: Location) -> Iterator[None]:
    """Turn exceptions of sqlite3, psycopg and SQLAlchemy into StoreError, LockError or DiskError."""
    try:
        yield
    except SregistryError:
        raise
    except sqlite3.Error as error:
        raise sqlite_error(error, location) from error
    except Exception as error:
        mapping = translate(error) or _foreign(error, location)
        if mapping is None:
            raise
        raise mapping from error


def is_busy(error: sqlite3.Error) -> bool:
    """Whether somebody else holds SQLite's lock, or seems to."""
    return _name(error).startswith(tuple(_BUSY))


def sqlite_error(error: sqlite3.Error, location: Location) -> SregistryError:
    """Our error for SQLite's. Source: sqlite.org/rescode.html."""
    facts: dict[str, Any] = {
        "database": location.shown,
        "setting": location.setting,
        "detail": str(error),
        "sqlite": _name(error),
    }
    name = _name(error)
    if is_busy(error):
        return locked(location, str(error))
    if name in _NO_LOCKS:
        return no_locks(location, str(error))
    if name in _DAMAGED:
        return StoreError("store-database-damaged", f"{location.shown} is damaged or no database", **facts)
    if name == "SQLITE_FULL" and location.file:
        return disk_error(OSError(errno.ENOSPC, "no space left"), location.file, "write", setting=location.setting)
    if name.startswith("SQLITE_READONLY"):
        return read_only(location, detail=str(error), sqlite=name)
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_IOERR")) and (lack := missing_files()):
        return lack
    if name.startswith("SQLITE_CANTOPEN"):
        return StoreError("store-database-unreachable", f"the database {location.shown} cannot be opened", **facts)
    return StoreError("store-database-failed", f"the database {location.shown} failed: {error}", **facts)


def read_only(location: Location, **facts: Any) -> StoreError:
    """The error for a database that this user may read only."""
    message = f"the database {location.shown} cannot be changed"
    return StoreError("store-database-read-only", message, database=location.shown, setting=location.setting, **facts)


def locked(
    location: Location, detail: str, waited: float | None = None, holder: dict[str, Any] | None = None
) -> StoreError:
    """The error for a database that others used for longer than we wait."""
    return StoreError(
        "store-database-locked",
        f"the database {location.shown} was in use by other processes all the time",
        retryable=True,
        database=location.shown,
        setting=location.setting,
        detail=detail,
        holder=holder,
        elapsed=None if waited is None else round(waited, 1),
        **_filesystem(location),
    )


def no_locks(location: Location, detail: str | None) -> LockError:
    """The error for a database on a filesystem without locks."""
    return LockError(
        "lock-unsupported",
        f"file locks do not work where the database {location.shown} is",
        path=location.shown,
        setting=location.setting,
        detail=detail,
        **_filesystem(location),
    )


def _filesystem(location: Location) -> dict[str, Any]:
    return {"filesystem": filesystem_type(location.file)} if location.file else {}


def _name(error: sqlite3.Error) -> str:
    return getattr(error, "sqlite_errorname", "")


def _foreign(error: Exception, location: Location) -> SregistryError | None:
    """Our error for one of SQLAlchemy's; None if it is not one of those."""
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError

    if not isinstance(error, SQLAlchemyError):
        return None
    if not isinstance(error, DBAPIError):
        return _failed(error, location)
    if isinstance(error.orig, sqlite3.Error):
        return sqlite_error(error.orig, location)
    state = getattr(error.orig, "sqlstate", None)
    detail = str(error.orig).strip()
    if state in _WAITED:
        return locked(location, detail, getattr(error.orig, "elapsed", None), getattr(error.orig, "holder", None))
    if state is None and type(error.orig).__name__ in ("OperationalError", "ConnectionTimeout"):
        return StoreError(
            "store-database-unreachable",
            f"the database {location.shown} cannot be reached",
            retryable=True,
            database=location.shown,
            setting=location.setting,
            detail=detail,
        )
    return _failed(error, location)


def _failed(error: Exception, location: Location) -> StoreError:
    detail = str(getattr(error, "orig", None) or error).strip()
    return StoreError(
        "store-database-failed",
        f"the database {location.shown} failed: {detail.partition(chr(10))[0]}",
        database=location.shown,
        setting=location.setting,
        detail=detail,
    )

"""Which database: the SQLite file of a folder, or the server that a URL names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sregistry.store.errors import StoreError
from sregistry.store.paths import StorePaths

_PASSWORD = re.compile(r"(//[^/@:]*):[^/]*@")
_POSTGRESQL = re.compile(r"postgres(?:ql)?(?:\+psycopg)?://")


@dataclass(frozen=True, slots=True, repr=False)
class Location:
    """`file` for SQLite, else `url` in SQLAlchemy's spelling, which may hold a password."""

    file: Path | None
    url: str | None

    @property
    def shown(self) -> str:
        """The place for messages, without password."""
        return str(self.file) if self.file else _PASSWORD.sub(r"\1:***@", str(self.url)).replace("+psycopg", "", 1)

    @property
    def setting(self) -> str:
        """The setting that moves the database."""
        return "database" if self.file else "database_url"

    def __repr__(self) -> str:
        return f"Location({self.shown!r})"


def locate(paths: StorePaths, url: str | None) -> Location:
    """Return the database at `url`, or without one the file in its folder.

    Raises StoreError ``store-database-url`` unless `url` begins with ``postgresql://`` or ``sqlite:///``.
    """
    if not url:
        return Location(paths.database_file, None)
    if url.startswith("sqlite:///"):
        return Location(Path(url.removeprefix("sqlite:///")), None)
    match = _POSTGRESQL.match(url)
    if not match:
        raise StoreError(
            "store-database-url",
            "the database URL begins with neither postgresql:// nor sqlite:///",
            database=_PASSWORD.sub(r"\1:***@", url),
            setting="database_url",
        )
    return Location(None, "postgresql+psycopg://" + url[match.end() :])

"""Stores to test: on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sregistry.store.paths import StorePaths
from sregistry.store.store import Store
from tests.store import postgresql as server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[server.PostgreSQL]:
    """One PostgreSQL server for all tests; each makes its own databases."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    try:
        with server.running(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str | None:
    """The URL of an empty database of each kind; None for SQLite's default."""
    if request.param == "sqlite":
        return None
    url: str = request.getfixturevalue("postgresql").new_database()
    return url


@pytest.fixture
def paths(tmp_path: Path) -> StorePaths:
    """Folders for a store, not made yet."""
    return StorePaths(tmp_path / "images", tmp_path / "database")


@pytest.fixture
def store(paths: StorePaths, database_url: str | None) -> Store:
    """An empty store on each kind of database."""
    return Store(paths, database_url)


@pytest.fixture
def sqlite_store(paths: StorePaths) -> Store:
    """An empty store on SQLite."""
    return Store(paths)

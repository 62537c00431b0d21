"""Stores to test: on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

from pathlib import Path

import pytest

from sregistry.store.paths import StorePaths
from sregistry.store.store import Store


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

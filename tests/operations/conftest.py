"""A local registry on each kind of database, as settings name it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sregistry.operations.local import open_store
from sregistry.settings import Settings, load
from sregistry.store.store import Store


@pytest.fixture
def settings(tmp_path: Path, database_url: str | None) -> Settings:
    """Settings of somebody with an empty home folder; the platform is fixed."""
    places = {"database_url": database_url, "platform": "linux/amd64"}
    return load({"HOME": str(tmp_path)}, command_line=places)


@pytest.fixture
def store(settings: Settings) -> Store:
    """The local registry of `settings`."""
    return open_store(settings)

"""Somebody with a local registry in an empty home folder, and that registry as the library sees it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sregistry.operations.local import open_store
from sregistry.settings import Settings, load
from sregistry.store.store import Store
from tests.support.pulling import User


@pytest.fixture
def user(tmp_path: Path) -> User:
    """Somebody with an empty home folder."""
    return User(tmp_path / "home")


@pytest.fixture
def settings(user: User) -> Settings:
    """The settings that the user's commands have."""
    return load({"HOME": str(user.home)})


@pytest.fixture
def store(settings: Settings) -> Store:
    """The user's local registry."""
    return open_store(settings)

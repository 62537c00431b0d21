"""Settings -> the local registry and the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sregistry.settings import Settings
from sregistry.store.paths import StorePaths
from sregistry.store.store import Store

if TYPE_CHECKING:
    from sregistry.store.cache import Cache


def open_store(settings: Settings) -> Store:
    """Return the local registry that the settings name; nothing is read or made yet."""
    paths = StorePaths(settings.storage, settings.database)
    return Store(paths, settings.database_url, mode=settings.mode)


def open_cache(settings: Settings) -> Cache:
    """Return the cache of converted layers; nothing is read or made yet."""
    from sregistry.store.cache import Cache

    return Cache(settings.cache_dir, mode=settings.mode, lock_timeout=settings.lock_timeout)

"""Settings -> the local registry and the cache."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sregistry.settings import Settings
from sregistry.store.paths import StorePaths

if TYPE_CHECKING:
    from sregistry.store.cache import Cache
    from sregistry.store.store import Store


def open_store(settings: Settings) -> Store:
    """Return the local registry that the settings name; nothing is read or made yet."""
    from sregistry.store.store import Store

    paths = StorePaths(settings.storage.absolute(), settings.database.absolute())
    return Store(paths, settings.database_url, mode=settings.mode, wait=settings.database_timeout)


def open_cache(settings: Settings) -> Cache:
    """Return the cache of converted layers; nothing is read or made yet.

    A mode on the command line is one image's, and neither opens the cache to others nor closes one that they share.
    """
    from sregistry.store.cache import Cache

    return Cache(settings.cache_dir, mode=settings.lasting("mode"), lock_timeout=settings.lock_timeout)


@contextmanager
def cache_for_a_pull(settings: Settings) -> Iterator[Cache]:
    """Give the cache of converted layers; where the settings want none kept, an empty one that is removed at the end.

    Raises StoreError ``store-cache-link``, DiskError.
    """
    if settings.use_cache:
        cache = open_cache(settings)
        cache.require_usable()
        yield cache
        return
    with _temporary_cache(settings) as cache:
        yield cache


@dataclass(frozen=True, slots=True)
class Caches:
    """Where a pull keeps packs: `lasting` those that can be kept, the cache that `spare` gives those that cannot."""

    lasting: Cache
    spare: Callable[[], Cache]


@contextmanager
def caches_for_a_pull(settings: Settings) -> Iterator[Caches]:
    """Give both; raises as the two do."""
    with cache_for_a_pull(settings) as lasting, spare_cache(settings) as spare:
        yield Caches(lasting, spare)


@contextmanager
def spare_cache(settings: Settings) -> Iterator[Callable[[], Cache]]:
    """Give a function that returns an empty cache, the same each time; it is made by the first call, which raises
    DiskError, and removed at the end.
    """
    lock = threading.Lock()
    made: list[Cache] = []
    with ExitStack() as stack:

        def get() -> Cache:
            with lock:
                if not made:
                    made.append(stack.enter_context(_temporary_cache(settings)))
                return made[0]

        yield get


@contextmanager
def _temporary_cache(settings: Settings) -> Iterator[Cache]:
    """An empty cache in the folder for temporary files, which is removed at the end; raises DiskError."""
    import tempfile

    from sregistry.store.cache import Cache
    from sregistry.store.errors import disk_error

    try:
        folder = tempfile.TemporaryDirectory(prefix="sregistry-", dir=settings.tmpdir, ignore_cleanup_errors=True)
    except OSError as error:
        raise disk_error(error, settings.tmpdir, "write in", setting="tmpdir") from error
    with folder as name:
        yield Cache(Path(name), setting="tmpdir")

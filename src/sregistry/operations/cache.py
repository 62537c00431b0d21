"""Cache: what is kept of layers for the next pull, and how to have less of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sregistry.operations.local import open_cache
from sregistry.settings import Settings
from sregistry.store.cache import CacheEntry, Removed
from sregistry.store.downloads import Kept
from sregistry.store.records import utc


def cache_list(settings: Settings) -> list[CacheEntry]:
    """Return the entries of the cache, the one used last first."""
    return open_cache(settings).entries()


def begun(settings: Settings) -> list[Kept]:
    """Return the beginnings of files whose download was broken off, the latest first."""
    return open_cache(settings).downloads.kept()


def cache_clean(settings: Settings) -> Removed:
    """Remove every entry; raise DiskError."""
    return open_cache(settings).clean()


def cache_prune(settings: Settings, *, max_size: int | None = None, older_than: float | None = None) -> Removed:
    """Remove what was used least recently.

    Args:
        settings: in force.
        max_size: bytes that may remain.
        older_than: seconds since the last use.

    Raises DiskError. What was used in the last minutes stays.
    """
    return open_cache(settings).prune(max_size=max_size, older_than=older_than)


def entry_facts(entry: CacheEntry) -> dict[str, Any]:
    """An entry as JSON-able facts."""
    return {
        "digest": str(entry.digest),
        "codec": entry.codec,
        "size": entry.size,
        "last_used": utc(entry.used),
        "path": str(entry.path),
    }


def begun_facts(kept: Kept) -> dict[str, Any]:
    """The beginning of a file as JSON-able facts: those of an entry, without a digest."""
    return {"digest": None, "codec": None, "size": kept.size, "last_used": utc(kept.used), "path": str(kept.path)}


def removed_facts(removed: Removed) -> dict[str, Any]:
    """What was removed as JSON-able facts."""
    return {"removed": _all(removed.entries), "freed": removed.freed, "kept": removed.kept}


def _all(entries: Sequence[CacheEntry]) -> list[dict[str, Any]]:
    return [entry_facts(entry) for entry in entries]

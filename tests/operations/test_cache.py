from __future__ import annotations

import os
import time
from pathlib import Path

from sregistry.digests import Digest
from sregistry.operations.cache import cache_clean, cache_list, cache_prune, entry_facts, removed_facts
from sregistry.operations.local import open_cache
from sregistry.settings import Settings, load


def fill(settings: Settings, *ages: float) -> list[Digest]:
    """Packs of ten bytes that were last used so many seconds ago."""
    cache = open_cache(settings)
    digests = []
    for age in ages:
        digest = Digest.of(b"%d" % age)
        path = cache.pack_path("gzip:4", digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(10))
        used = time.time() - age
        os.utime(path, (used, used))
        digests.append(digest)
    return digests


def test_list_prune_clean(tmp_path: Path) -> None:
    settings = load({"HOME": str(tmp_path)})
    old, older, oldest = fill(settings, 3600, 7200, 90000)
    assert [entry.digest for entry in cache_list(settings)] == [old, older, oldest]
    facts = entry_facts(cache_list(settings)[0])
    assert (facts["digest"], facts["size"], facts["codec"]) == (str(old), 10, "gzip-4")

    pruned = removed_facts(cache_prune(settings, older_than=86400))
    assert [entry["digest"] for entry in pruned["removed"]] == [str(oldest)]
    assert (pruned["freed"], pruned["kept"]) == (10, 20)
    assert [entry.digest for entry in cache_prune(settings, max_size=10).entries] == [older]
    assert [entry.digest for entry in cache_clean(settings).entries] == [old]
    assert cache_list(settings) == []

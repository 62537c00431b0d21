from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from sregistry.digests import HEX_LENGTH, Digest
from sregistry.store.cache import GRACE, Cache

CODEC = "gzip:4:libdeflate-1.24"


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def put(cache: Cache, content: bytes, *, age: float = 0, codec: str = CODEC) -> Path:
    """Put a pack of that content there that was last used `age` seconds ago."""
    path = cache.pack_path(codec, Digest.of(content))
    with cache.temporary() as partial:
        partial.file.write(content)
        partial.commit(path)
    used = time.time() - age
    os.utime(path, (used, used))
    return path


def test_a_pack_lies_under_its_codec_and_digest_in_names_every_filesystem_takes(cache: Cache) -> None:
    path = cache.pack_path(CODEC, Digest.of(b"layer"))
    assert path.relative_to(cache.paths.root).parts == (
        "packs",
        "gzip-4-libdeflate-1.24",
        Digest.of(b"layer").hex + ".pack",
    )
    assert not cache.use(path)


@pytest.mark.parametrize("algorithm", HEX_LENGTH)
def test_packs_of_layers_by_every_algorithm_are_entries(algorithm: str, cache: Cache) -> None:
    digest = Digest(algorithm, "ab" * (HEX_LENGTH[algorithm] // 2))
    with cache.temporary() as partial:
        partial.file.write(b"pack")
        partial.commit(cache.pack_path(CODEC, digest))
    assert [entry.digest for entry in cache.entries()] == [digest]
    assert [entry.digest for entry in cache.clean().entries] == [digest]


def test_entries_come_with_the_last_used_first(cache: Cache) -> None:
    put(cache, b"old", age=5000)
    newest = put(cache, b"new", age=50)
    (cache.paths.packs / "notes.txt").write_text("not ours")
    entries = cache.entries()
    assert [(entry.size, entry.codec) for entry in entries] == [(3, "gzip-4-libdeflate-1.24")] * 2
    assert entries[0].path == newest
    assert entries[0].digest == Digest.of(b"new")


def test_using_an_entry_makes_it_the_newest(cache: Cache) -> None:
    old = put(cache, b"old", age=5000)
    put(cache, b"new", age=50)
    assert cache.use(old)
    assert cache.entries()[0].path == old


def test_prune_takes_the_least_recently_used_until_the_rest_fits(cache: Cache) -> None:
    for number in range(5):
        put(cache, b"%d" % number * 100, age=10_000 + number)
    removed = cache.prune(max_size=250)
    assert (len(removed.entries), removed.freed, removed.kept) == (3, 300, 200)
    assert [entry.digest for entry in cache.entries()] == [Digest.of(b"0" * 100), Digest.of(b"1" * 100)]


def test_prune_takes_what_was_not_used_for_long(cache: Cache) -> None:
    put(cache, b"old", age=90_000)
    put(cache, b"young", age=3000)
    assert [entry.digest for entry in cache.prune(older_than=86_400).entries] == [Digest.of(b"old")]


def test_prune_spares_what_a_running_pull_may_be_about_to_open(cache: Cache) -> None:
    put(cache, b"old", age=GRACE + 10)
    fresh = put(cache, b"fresh", age=1)
    cache.prune(max_size=0)
    assert [entry.path for entry in cache.entries()] == [fresh]


def test_clean_takes_everything_and_who_has_a_pack_open_reads_on(cache: Cache) -> None:
    path = put(cache, b"pack")
    with path.open("rb") as file:
        assert cache.clean().freed == 4
        assert file.read() == b"pack"
    assert cache.entries() == []


def test_a_lock_keeps_others_from_the_same_work(cache: Cache) -> None:
    with cache.lock("gzip:4 sha256:abc", "layer abc"):
        assert len(list(cache.paths.locks.iterdir())) == 1
    assert list(cache.paths.locks.iterdir()) == []

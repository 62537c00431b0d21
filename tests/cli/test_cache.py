from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sregistry.digests import Digest
from sregistry.operations.local import open_cache
from sregistry.settings import Settings
from tests.cli.terminal import on_terminal
from tests.support.pulling import User

LONG_AGO = 1_700_000_000


@pytest.fixture
def entry(settings: Settings) -> Path:
    """A pack of a thousand bytes that was last used long ago."""
    path = open_cache(settings).pack_path("gzip:4", Digest.of(b"layer"))
    path.parent.mkdir(parents=True)
    path.write_bytes(b"a" * 1000)
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def test_a_pipe_gets_everything_and_a_terminal_what_fits(user: User, entry: Path) -> None:
    done = user.sregistry("cache", "list")
    assert [line.split() for line in done.stdout.decode().splitlines()] == [
        ["LAYER", "SIZE", "USED", "CODEC"],
        [f"sha256:{entry.stem}", "1000", "2023-11-14T22:13:20Z", "gzip-4"],
    ]
    assert done.stderr == b"1 entry, 1 kB\n"
    shown = on_terminal(user, "cache", "list", columns=80)
    assert shown[1].split()[:3] == [entry.stem[:12], "1", "kB"]
    assert max(map(len, shown)) <= 80


def test_facts(user: User, entry: Path) -> None:
    assert json.loads(user.sregistry("cache", "list", "--json").stdout) == [
        {
            "digest": f"sha256:{entry.stem}",
            "codec": "gzip-4",
            "size": 1000,
            "last_used": "2023-11-14T22:13:20Z",
            "path": str(entry),
        }
    ]
    facts = json.loads(user.sregistry("cache", "clean", "--json").stdout)
    assert (facts["freed"], facts["kept"], len(facts["removed"])) == (1000, 0, 1)


def test_prune_by_age_and_by_size(user: User, entry: Path) -> None:
    assert user.sregistry("cache", "prune", "--max-size", "2kB").stdout == b"removed 0 entries, 0 B; 1 kB stay\n"
    assert entry.exists()
    assert user.sregistry("cache", "prune", "--older-than", "30d").stdout == b"removed 1 entry, 1 kB\n"
    assert not entry.exists()


def test_clean(user: User, entry: Path) -> None:
    assert user.sregistry("cache", "clean").stdout == b"removed 1 entry, 1 kB\n"
    assert user.sregistry("cache", "list").stderr == b"The cache is empty.\n"


@pytest.mark.parametrize("options", [(), ("--max-size", "much"), ("--older-than", "long")])
def test_a_prune_without_limit_is_refused(options: tuple[str, ...], user: User, entry: Path) -> None:
    assert user.sregistry("cache", "prune", *options).returncode == 2
    assert entry.exists()


def test_the_beginning_of_a_file_is_listed(user: User, settings: Settings) -> None:
    with open_cache(settings).downloads.begin("https://h.example/a.sif", Digest.of(b"version")) as begun:
        assert begun is not None
        begun.file.write(b"a" * 2000)
    done = user.sregistry("cache", "list")
    assert [line.split()[:2] for line in done.stdout.decode().splitlines()] == [["LAYER", "SIZE"], ["download", "2000"]]
    assert done.stderr == b"1 entry, 2 kB\n"
    (facts,) = json.loads(user.sregistry("cache", "list", "--json").stdout)
    assert (facts["digest"], facts["size"], Path(facts["path"])) == (None, 2000, begun.path)
    user.sregistry("cache", "clean")
    assert user.sregistry("cache", "list").stderr == b"The cache is empty.\n"

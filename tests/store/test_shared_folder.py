"""A local registry that a group shares: its members' umasks are strict, the setting `mode` opens what it should."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sregistry.digests import Digest
from sregistry.errors import DiskError
from sregistry.store.cache import Cache
from sregistry.store.check import State, file_state, strays
from sregistry.store.names import ImageName
from sregistry.store.paths import StorePaths
from sregistry.store.store import Store
from tests.store.images import add
from tests.support import other_user

pytestmark = pytest.mark.root

GROUP, ADA, BOB, EVE = 60100, 60001, 60002, 60003


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose group is the members', and stays that of all that is made in it."""
    made = Path(tempfile.mkdtemp(prefix="shared-", dir="/tmp"))
    os.chown(made, 0, GROUP)
    made.chmod(0o2770)
    yield made
    shutil.rmtree(made)


def as_user(user: int, act: Callable[[], object], *, group: int = GROUP) -> None:
    """Do something as this member, or as somebody of another group, with a strict umask."""
    other_user.as_user(user, act, group=group)


def test_members_read_change_and_remove_what_others_keep(folder: Path) -> None:
    store = Store(StorePaths(folder / "images", folder / "database"), mode=0o660)

    def begin() -> None:
        add(store, "team/tool:1")
        add(store, "team/tool:2", b"other")

    def go_on() -> None:
        assert store.get("team/tool:1", "").path.read_bytes() == b"content"
        store.rename(store.get("team/tool:1", ""), ImageName.parse("team/renamed:1"))
        store.remove([store.get("team/tool:2", "")])
        add(store, "team/tool:3")
        assert list(strays(store)) == []

    as_user(ADA, begin)
    as_user(BOB, go_on)
    as_user(ADA, lambda: store.remove([store.get("team/tool:3", "")]))
    (row,) = store.images(None, {}, "name")
    assert str(row.name) == "team/renamed:1"
    assert file_state(row, read=True) is State.GOOD
    assert modes(folder) == {0o660, 0o2770}


def test_readers_read_and_are_told_that_they_may_not_write(folder: Path) -> None:
    folder.chmod(0o2775)
    store = Store(StorePaths(folder / "images", folder / "database"), mode=0o664)
    as_user(ADA, lambda: add(store, "team/tool:1"))

    def read_only() -> None:
        row = store.get("team/tool:1", "")
        assert row.path.read_bytes() == b"content"
        store.note_use(row)
        with pytest.raises(Exception, match=r"cannot be changed|no permission"):
            store.remove([row])
        with store.quiet():
            assert list(strays(store)) == []

    as_user(EVE, read_only, group=EVE)
    assert modes(folder) == {0o664, 0o2775}


def test_without_the_mode_a_strict_umask_keeps_others_out(folder: Path) -> None:
    store = Store(StorePaths(folder / "images", folder / "database"))
    as_user(ADA, lambda: add(store, "team/tool:1"))
    assert modes(folder) == {0o600, 0o2700}


def put(cache: Cache, content: bytes) -> None:
    """Put a pack of that content there."""
    with cache.temporary() as partial:
        partial.file.write(content)
        partial.commit(cache.pack_path("gzip:3", Digest.of(content)))


def test_members_share_converted_layers(folder: Path) -> None:
    cache = Cache(folder / "cache", mode=0o660)
    as_user(ADA, lambda: put(cache, b"layer"))

    def use_and_remove() -> None:
        (entry,) = cache.entries()
        assert cache.use(entry.path)
        assert entry.path.read_bytes() == b"layer"
        with cache.lock("key", "a test"):
            put(cache, b"another")
        assert len(cache.clean().entries) == 2

    as_user(BOB, use_and_remove)
    as_user(ADA, lambda: put(cache, b"layer"))
    assert modes(folder) == {0o660, 0o2770}


@pytest.mark.parametrize("closed", ["packs/gzip-3", "partial", "locks"])
def test_what_one_member_has_closed_is_told_with_the_setting(closed: str, folder: Path) -> None:
    cache = Cache(folder / "cache", mode=0o660)

    def close_it() -> None:
        put(cache, b"layer")
        with cache.lock("key", "a test"):
            pass
        (cache.paths.root / closed).chmod(0o750)

    def use_it() -> None:
        with pytest.raises(DiskError) as caught, cache.lock("key", "a test"):
            put(cache, b"another")
        assert (caught.value.code, caught.value.facts["setting"]) == ("disk-permission", "cache_dir")

    as_user(ADA, close_it)
    as_user(BOB, use_it)


def test_the_files_of_a_member_that_was_killed_are_removed_by_another(folder: Path) -> None:
    store = Store(StorePaths(folder / "images", folder / "database"), mode=0o660)

    def be_killed() -> None:
        with store.temporary() as partial:
            partial.file.write(b"half")
            partial.file.flush()
            os._exit(0)

    as_user(ADA, be_killed)
    as_user(BOB, store.sweep)
    assert list(store.paths.partial.iterdir()) == []


def test_the_process_of_another_member_is_not_taken_for_gone(folder: Path) -> None:
    store = Store(StorePaths(folder / "images", folder / "database"), mode=0o660)
    store.paths.partial.mkdir(parents=True)
    store.paths.partial.chmod(0o2777)
    with store.temporary() as partial:
        as_user(BOB, store.sweep)
        assert partial.path.exists()


def modes(folder: Path) -> set[int]:
    """The permissions of all that is below the folder."""
    return {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}

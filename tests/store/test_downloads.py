"""The beginnings of files: gone on with by one process at a time, few and not for long, and only one's own."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from sregistry.digests import Digest
from sregistry.store.cache import Cache
from sregistry.store.downloads import LONGEST, MOST, Downloads
from sregistry.store.files import partial_file

ONE, TWO = Digest.of(b"one"), Digest.of(b"two")


@pytest.fixture
def downloads(tmp_path: Path) -> Downloads:
    return Downloads(tmp_path / "downloads", None, setting="cache_dir")


def begin(downloads: Downloads, place: str, version: Digest = ONE, data: bytes = b"beginning") -> Path:
    """Leave something begun."""
    with downloads.begin(place, version) as begun:
        assert begun is not None
        begun.file.seek(0, os.SEEK_END)
        begun.file.write(data)
        return begun.path


def kept(downloads: Downloads) -> list[str]:
    return sorted(path.name for path in downloads.folder.iterdir())


def test_what_came_is_there_the_next_time(downloads: Downloads) -> None:
    begin(downloads, "a")
    with downloads.begin("a", ONE) as begun:
        assert begun is not None
        assert begun.size == len(b"beginning")
        begun.file.seek(0)
        assert begun.file.read() == b"beginning"


def test_it_is_nobody_elses_to_read(downloads: Downloads) -> None:
    path = begin(downloads, "a")
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_nothing_is_left_of_what_has_not_begun(downloads: Downloads) -> None:
    with downloads.begin("a", ONE):
        pass
    assert kept(downloads) == []


def test_another_version_takes_the_place_of_the_first(downloads: Downloads) -> None:
    begin(downloads, "a")
    other = begin(downloads, "b")
    new = begin(downloads, "a", TWO)
    assert kept(downloads) == sorted([other.name, new.name])


def test_it_is_moved_without_a_copy_where_that_can_be(downloads: Downloads, tmp_path: Path) -> None:
    path = begin(downloads, "a")
    inode = path.stat().st_ino
    with partial_file(tmp_path, mode=0o640) as partial, downloads.begin("a", ONE) as begun:
        assert begun is not None
        begun.move_to(partial)
        target = partial.commit(tmp_path / "target")
    assert (target.read_bytes(), target.stat().st_ino, target.stat().st_mode & 0o777) == (b"beginning", inode, 0o640)
    assert kept(downloads) == []


def test_it_is_copied_where_it_cannot_be_moved(
    downloads: Downloads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_link(*_: object) -> None:
        raise OSError

    begin(downloads, "a")
    monkeypatch.setattr(Path, "hardlink_to", no_link)
    with partial_file(tmp_path, mode=0o640) as partial, downloads.begin("a", ONE) as begun:
        assert begun is not None
        begun.move_to(partial)
        assert partial.commit(tmp_path / "target").read_bytes() == b"beginning"
    assert kept(downloads) == []


def test_only_one_is_at_it(downloads: Downloads) -> None:
    begin(downloads, "a")
    with downloads.begin("a", ONE) as first, downloads.begin("a", ONE) as second:
        assert first is not None
        assert second is None
        assert downloads.sweep(most=0) == 0
    with downloads.begin("a", ONE) as again:
        assert again is not None


def test_what_others_may_have_written_is_not_used(downloads: Downloads) -> None:
    begin(downloads, "a").chmod(0o666)
    with downloads.begin("a", ONE) as begun:
        assert begun is None


def test_a_link_is_not_followed(downloads: Downloads, tmp_path: Path) -> None:
    path = begin(downloads, "a")
    path.unlink()
    (tmp_path / "mine").write_text("mine")
    path.symlink_to(tmp_path / "mine")
    with downloads.begin("a", ONE) as begun:
        assert begun is None
    assert (tmp_path / "mine").read_text() == "mine"


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with Downloads(tmp_path / "file/downloads", None, setting="cache_dir").begin("a", ONE) as begun:
        assert begun is None


def test_what_is_older_than_the_machines_start_is_taken_only_if_it_is_verified(downloads: Downloads) -> None:
    path = begin(downloads, "a")
    long_ago = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) - 3600
    os.utime(path, (long_ago, long_ago))
    with downloads.begin("a", ONE, verified=True) as begun:
        assert begun is not None
        assert begun.size == len(b"beginning")
    os.utime(path, (long_ago, long_ago))
    with downloads.begin("a", ONE) as begun:
        assert begun is not None
        assert begun.size == 0


def test_few_are_kept_and_not_for_long(downloads: Downloads) -> None:
    for number in range(MOST + 3):
        path = begin(downloads, str(number))
        moment = time.time() - (MOST + 3 - number)
        os.utime(path, (moment, moment))
    newest = path
    downloads.sweep()
    assert len(kept(downloads)) == MOST
    assert newest.name in kept(downloads)
    os.utime(newest, (0, time.time() - LONGEST - 60))
    downloads.sweep()
    assert newest.name not in kept(downloads)


def test_they_go_with_the_cache(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    begin(cache.downloads, "a")
    cache.prune(max_size=0)
    assert len(kept(cache.downloads)) == 1
    removed = cache.clean()
    assert (kept(cache.downloads), removed.freed) == ([], len(b"beginning"))

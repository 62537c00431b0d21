from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sregistry.store import files, writeback
from sregistry.store.errors import DiskError, disk_error
from sregistry.store.filesystem import filesystem_type, free_bytes
from tests.support import tools


def test_a_file_has_its_name_only_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "new" / "image.sif"
    with files.partial_file(tmp_path) as partial:
        partial.file.write(b"all of it")
        assert not target.exists()
        assert partial.commit(target) == target
    assert target.read_bytes() == b"all of it"
    assert list(tmp_path.iterdir()) == [tmp_path / "new"]


def test_what_fails_leaves_nothing_and_spares_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "image.sif"
    target.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), files.partial_file(tmp_path) as partial:
        partial.file.write(b"new")
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["image.sif"]
    assert target.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("umask", "mode", "expected"), [(0o022, None, 0o644), (0o007, None, 0o660), (0o077, 0o664, 0o664)]
)
def test_the_mode_is_the_one_given_or_follows_the_umask(
    tmp_path: Path, umask: int, mode: int | None, expected: int
) -> None:
    before = os.umask(umask)
    try:
        path = files.write_file(tmp_path / "collection" / "image.sif", b"", mode=mode)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == expected


def test_folders_let_in_whom_the_mode_lets_read_and_keep_the_group(tmp_path: Path) -> None:
    tmp_path.chmod(0o2775)
    before = os.umask(0o077)
    try:
        files.make_folder(tmp_path / "a" / "b", 0o664)
    finally:
        os.umask(before)
    for folder in (tmp_path / "a", tmp_path / "a" / "b"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o2775


def _name(machine: str, pid: int) -> str:
    return f".sregistry-{machine}-{pid}-0123abcd.partial"


def test_sweep_removes_what_a_killed_process_left_and_nothing_else(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    alive = tmp_path / _name(files.machine(), os.getpid())
    killed = tmp_path / _name(files.machine(), dead.pid)
    elsewhere = tmp_path / _name("other-host-4026531836", dead.pid)
    long_ago = tmp_path / _name("gone-host-4026531836", 1)
    strange = tmp_path / ".sregistry-notes"
    for path in (alive, killed, elsewhere, long_ago, strange):
        path.write_bytes(b"x")
    old = time.time() - files.FOREIGN_AGE - 60
    os.utime(long_ago, (old, old))

    assert files.sweep(tmp_path) == [long_ago, killed]
    assert sorted(tmp_path.iterdir()) == sorted([alive, elsewhere, strange])
    assert files.sweep(tmp_path / "absent") == []


def test_a_process_that_is_killed_while_writing_is_cleaned_up_after(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from sregistry.store.files import partial_file\n"
        "with partial_file(Path(sys.argv[1])) as partial:\n"
        "    partial.file.write(b'x'); partial.file.flush(); print('ready', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        assert files.sweep(tmp_path) == []
        process.kill()
    assert len(files.sweep(tmp_path)) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk-full"),
        (errno.EDQUOT, "disk-quota"),
        (errno.EACCES, "disk-permission"),
        (errno.EROFS, "disk-read-only"),
        (errno.ENOENT, "disk-no-such-path"),
        (errno.EISDIR, "disk-no-such-path"),
        (errno.ENAMETOOLONG, "disk-no-such-path"),
        (errno.ELOOP, "disk-no-such-path"),
        (errno.EIO, "disk-failed"),
    ],
)
def test_what_the_operating_system_says_becomes_a_code_with_facts(tmp_path: Path, number: int, code: str) -> None:
    error = disk_error(OSError(number, os.strerror(number)), tmp_path / "x", "write", setting="storage", needed=7)
    assert error.code == code
    assert error.facts["path"] == str(tmp_path / "x")
    assert error.facts["filesystem"] == filesystem_type(tmp_path)
    assert error.facts["setting"] == "storage"
    assert error.facts["needed"] == 7
    assert isinstance(error.facts["free"], int)


def test_a_folder_that_is_a_file_cannot_be_written_in(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DiskError) as caught, files.partial_file(tmp_path / "file" / "folder", setting="cache_dir"):
        pass
    assert caught.value.code == "disk-no-such-path"
    assert caught.value.facts["setting"] == "cache_dir"


def test_lack_of_space_is_told_before_the_work(tmp_path: Path) -> None:
    files.require_space(tmp_path, 1)
    with pytest.raises(DiskError) as caught:
        files.require_space(tmp_path, 1 << 60, setting="tmpdir")
    assert caught.value.code == "disk-full"
    assert caught.value.facts["needed"] == 1 << 60
    assert caught.value.facts["setting"] == "tmpdir"
    assert abs(caught.value.facts["free"] - (free_bytes(tmp_path) or 0)) < 1 << 30


@pytest.mark.root
def test_a_full_disk_is_a_full_disk(tmp_path: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", tmp_path], check=True)
    try:
        with pytest.raises(DiskError) as caught:
            files.write_file(tmp_path / "image.sif", bytes(1 << 20))
        assert caught.value.code == "disk-full"
        assert caught.value.facts["filesystem"] == "tmpfs"
        assert list(tmp_path.iterdir()) == []
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_link_or_copy_gives_the_content_under_another_name(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"content")
    with files.partial_file(tmp_path) as partial:
        files.link_or_copy(source, partial, 0o644)
        target = partial.commit(tmp_path / "target")
    assert target.samefile(source)


@pytest.mark.root
def test_link_or_copy_copies_across_filesystems(tmp_path: Path) -> None:
    source, other = tmp_path / "source", tmp_path / "other"
    source.write_bytes(b"content" * 1000)
    other.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "none", other], check=True)
    try:
        with files.partial_file(other) as partial:
            files.link_or_copy(source, partial, 0o644)
            target = partial.commit(other / "target")
        assert target.read_bytes() == source.read_bytes()
    finally:
        subprocess.run(["umount", other], check=True)


def test_a_growing_file_is_sent_to_the_disk_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[int, int]] = []

    def start(descriptor: int, offset: int, size: int, flags: int) -> None:
        started.append((offset, size))

    monkeypatch.setattr(writeback, "_starter", lambda: start)
    with (tmp_path / "pack").open("wb") as file, writeback.writing_back(file.fileno()):
        file.truncate(writeback.STEP - 1)
        time.sleep(0.2)
        assert started == []
        for size in (writeback.STEP, 3 * writeback.STEP):
            file.truncate(size)
            while not started or sum(started[-1]) < size:
                time.sleep(0.01)
    assert started == [(0, writeback.STEP), (writeback.STEP, 2 * writeback.STEP), (0, 0)]


def test_writing_is_started_where_the_system_can(tmp_path: Path) -> None:
    with (tmp_path / "pack").open("wb") as file:
        file.write(b"content")
        file.flush()
        assert writeback._starter()(file.fileno(), 0, 0, writeback._START) == 0


@pytest.mark.parametrize("wait", [True, False])
def test_a_file_is_synced_unless_nobody_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wait: bool) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    with files.partial_file(tmp_path) as partial:
        partial.file.write(b"content")
        partial.commit(tmp_path / "target", wait=wait)
    assert (tmp_path / "target").read_bytes() == b"content"
    assert bool(synced) is wait


def test_a_source_that_has_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(DiskError) as caught, files.partial_file(tmp_path) as partial:
        files.link_or_copy(tmp_path / "gone", partial, 0o644)
    assert (caught.value.code, caught.value.facts["path"]) == ("disk-no-such-path", str(tmp_path / "gone"))
    assert list(tmp_path.iterdir()) == []


def test_what_is_in_the_way_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "lost").symlink_to(tmp_path / "gone")
    for name in ("file", "lost"):
        error = disk_error(FileNotFoundError(errno.ENOENT, "x"), tmp_path / name / "a" / "b", "write")
        assert error.facts["in_the_way"] == str(tmp_path / name)
    error = disk_error(FileNotFoundError(errno.ENOENT, "x"), tmp_path / "a" / "b", "write")
    assert error.facts["in_the_way"] is None


def test_inodes_and_the_content_of_the_cache_are_told_where_there_is_no_space(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    empty = disk_error(full, tmp_path / "partial" / "x", "write", setting="cache_dir")
    assert empty.facts["cached"] is False
    assert empty.facts["free_inodes"] is None or empty.facts["free_inodes"] > 0
    (tmp_path / "packs" / "gzip").mkdir(parents=True)
    (tmp_path / "packs" / "gzip" / "a.pack").write_bytes(b"")
    assert disk_error(full, tmp_path / "partial" / "x", "write", setting="cache_dir").facts["cached"] is True


def test_a_trial_of_a_folder_leaves_nothing_even_if_it_is_killed(tmp_path: Path) -> None:
    """What is written to find out whether a folder can be written has no name at any moment."""
    strace, log, folder = tools.require("strace"), tmp_path / "trace", tmp_path / "folder"
    folder.mkdir()
    program = "import sys, pathlib, sregistry.store.files as f; f.require_writable(pathlib.Path(sys.argv[1]))"
    command = [*strace.argv, "-f", "-o", log, "-e", "trace=open,openat,creat", sys.executable, "-c", program, folder]
    subprocess.run(command, check=True)
    opened = [line for line in log.read_text().splitlines() if str(folder) in line]
    assert any("O_TMPFILE" in line for line in opened)
    assert [line for line in opened if "O_CREAT" in line] == []

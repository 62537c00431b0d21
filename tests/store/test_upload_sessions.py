"""Uploads that are remembered: for their owner alone, one process at a time, and not for ever."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from sregistry.digests import Digest
from sregistry.store.errors import LockError
from sregistry.store.upload_sessions import UploadSessions

BLOB = ("registry.example.org", "team/tool", Digest.of(b"blob"))
PLACE = "https://registry.example.org/v2/team/tool/blobs/uploads/1?_state=secret"


def keep(folder: Path) -> Path:
    with UploadSessions(folder).upload(*BLOB) as kept:
        assert kept is not None
        assert kept.location is None
        kept.keep(PLACE)
    (path,) = (folder / "uploads").glob("*.json")
    return path


def found(folder: Path) -> str | None:
    with UploadSessions(folder).upload(*BLOB) as kept:
        return kept and kept.location


def test_what_is_kept_is_found_and_dropped(tmp_path: Path) -> None:
    path = keep(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0
    assert found(tmp_path) == PLACE
    with UploadSessions(tmp_path).upload(*BLOB[:2], Digest.of(b"other")) as other:
        assert other is not None
        assert other.location is None
    with UploadSessions(tmp_path).upload(*BLOB) as kept:
        assert kept is not None
        kept.drop()
        kept.drop()
    assert not path.exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"location": 1}', "[" * 9999])
def test_what_cannot_be_read_is_nothing(tmp_path: Path, text: str) -> None:
    keep(tmp_path).write_text(text)
    assert found(tmp_path) is None


def test_what_others_could_have_written_is_not_used(tmp_path: Path) -> None:
    path = keep(tmp_path)
    path.chmod(0o620)
    assert found(tmp_path) is None
    path.chmod(0o600)
    path.rename(path.with_suffix(".moved"))
    path.symlink_to(path.with_suffix(".moved"))
    assert found(tmp_path) is None


def test_what_is_old_is_removed(tmp_path: Path) -> None:
    path = keep(tmp_path)
    old = time.time() - 8 * 86400
    os.utime(path, (old, old))
    assert found(tmp_path) is None
    assert not path.exists()


def test_one_process_at_a_time(tmp_path: Path) -> None:
    with UploadSessions(tmp_path).upload(*BLOB), pytest.raises(LockError) as caught:
        UploadSessions(tmp_path, 0).upload(*BLOB).__enter__()
    assert caught.value.code == "lock-timeout"


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with UploadSessions(tmp_path / "file").upload(*BLOB) as kept:
        assert kept is None

"""The file a caller chose follows the umask, which is read without being touched where the system tells it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sregistry.operations.targets import FileTarget


@pytest.fixture
def umask() -> Iterator[int]:
    before = os.umask(0o027)
    yield 0o027
    os.umask(before)


def written(folder: Path, mode: int | None = None) -> Path:
    target = FileTarget(folder / "image.sif", force=True, mode=mode, reference="docker://x")
    with target.temporary() as partial:
        partial.file.write(b"image")
        return partial.commit(folder / "image.sif")


def test_the_mode_follows_the_umask(umask: int, tmp_path: Path) -> None:
    assert written(tmp_path).stat().st_mode & 0o777 == 0o777 & ~umask


def test_a_mode_that_is_set_wins(umask: int, tmp_path: Path) -> None:
    assert written(tmp_path, 0o604).stat().st_mode & 0o777 == 0o604


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="a system without /proc")
def test_the_umask_of_other_threads_is_left_alone(umask: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "umask", lambda _: pytest.fail("the umask was set"))
    written(tmp_path)

"""The file a caller chose follows the umask, which is read without being touched where the system tells it."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sregistry.operations.targets import FileTarget
from sregistry.store.errors import DiskError


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


def test_a_symbolic_link_goes_on_meaning_the_same_place(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "image.sif").symlink_to("elsewhere/real.sif")
    target = FileTarget(tmp_path / "image.sif", force=False, mode=None, reference="docker://x")
    with target.temporary() as partial:
        assert partial.path.parent == tmp_path / "elsewhere"
    (tmp_path / "elsewhere/real.sif").write_bytes(b"old")
    with pytest.raises(DiskError) as caught:
        FileTarget(tmp_path / "image.sif", force=False, mode=None, reference="docker://x")
    assert (caught.value.code, caught.value.facts["path"]) == ("disk-output-exists", str(tmp_path / "image.sif"))


def pipe(path: Path) -> None:
    os.mkfifo(path)


def server(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


@pytest.mark.parametrize("make", [Path.mkdir, pipe, server])
@pytest.mark.parametrize("link", [False, True])
def test_what_is_no_file_is_never_replaced(make: Callable[[Path], None], link: bool, tmp_path: Path) -> None:
    make(tmp_path / "odd")
    (tmp_path / "link").symlink_to("odd")
    before = (tmp_path / "odd").stat()
    with pytest.raises(DiskError) as caught:
        FileTarget(tmp_path / ("link" if link else "odd"), force=True, mode=None, reference="docker://x")
    assert caught.value.code == "disk-output-special"
    assert (tmp_path / "odd").stat() == before


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="a system without /proc")
def test_the_umask_of_other_threads_is_left_alone(umask: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "umask", lambda _: pytest.fail("the umask was set"))
    written(tmp_path)

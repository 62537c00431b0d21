"""Whose files are believed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sregistry.store.trust import Doubt, closed, doubt, doubt_of_the_way

STRANGER = 60007


def status(path: Path, bits: int) -> os.stat_result:
    path.touch()
    path.chmod(bits)
    return path.stat()


@pytest.mark.parametrize(
    ("bits", "mode", "doubted"),
    [
        (0o600, None, False),
        (0o644, None, False),
        (0o660, None, True),
        (0o606, None, True),
        (0o660, 0o640, True),
        (0o660, 0o660, False),
        (0o666, 0o660, True),
    ],
)
def test_what_others_may_write_is_doubted_unless_the_mode_says_so(
    bits: int, mode: int | None, doubted: bool, tmp_path: Path
) -> None:
    assert bool(doubt(status(tmp_path / "file", bits), mode)) == doubted


@pytest.mark.root
@pytest.mark.parametrize(("mode", "doubted"), [(None, True), (0o644, True), (0o660, False)])
def test_so_is_what_is_not_ones_own(mode: int | None, doubted: bool, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch(0o600)
    path.chmod(0o600)
    os.chown(path, STRANGER, STRANGER)
    assert bool(doubt(path.stat(), mode)) == doubted


@pytest.mark.parametrize(
    ("bits", "mode", "fitting"),
    [(0o755, None, 0o700), (0o700, None, None), (0o777, 0o660, 0o775), (0o770, 0o660, None), (0o2775, 0o644, 0o2755)],
)
def test_a_folder_is_closed_as_far_as_the_mode_wants(
    bits: int, mode: int | None, fitting: int | None, tmp_path: Path
) -> None:
    assert closed(status(tmp_path / "file", bits), mode) == fitting


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder of root's or ours that others can reach, and in which they may make things, as in /tmp."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o1777)
        yield Path(folder)


def give(path: Path, owner: int = STRANGER) -> Path:
    """Give a folder, or a link as such, to another user."""
    os.chown(path, owner, owner, follow_symlinks=False)
    return path


def folder_of(path: Path, bits: int) -> Path:
    path.mkdir()
    path.chmod(bits)
    return path


def test_ordinary_ways_are_not_doubted(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = folder_of(open_folder / "real", 0o755)
    (open_folder / "link").symlink_to("real")
    (real / "again").symlink_to(open_folder / "link" / ".." / "real")
    for way in ("real", "real/not/there/yet", "link/cache", "link/again/again/cache", "link/../real/./x"):
        assert doubt_of_the_way(open_folder / way) is None, way
    monkeypatch.chdir(open_folder)
    assert doubt_of_the_way(Path("link/cache")) is None
    assert doubt_of_the_way(Path("/proc/self/fd")) is None


def test_ways_that_end_nowhere_end(open_folder: Path) -> None:
    (open_folder / "circle").symlink_to("circle")
    (open_folder / "nowhere").symlink_to("/not/there")
    (open_folder / "file").touch()
    for way in ("circle/x", "nowhere/x", "file/x"):
        assert doubt_of_the_way(open_folder / way) is None


@pytest.mark.root
def test_a_strangers_link_is_doubted_wherever_it_is_on_the_way(open_folder: Path) -> None:
    real = folder_of(open_folder / "real", 0o755)
    link = open_folder / "link"
    link.symlink_to("real")
    (open_folder / "ours").symlink_to(link)
    give(link)
    expected = Doubt(str(link), STRANGER)
    for way in ("link", "link/cache", "ours/cache", "real/../link/cache"):
        assert doubt_of_the_way(open_folder / way) == expected, way
    assert doubt_of_the_way(real) is None
    give(link, 0)
    assert doubt_of_the_way(link) is None


@pytest.mark.root
def test_the_folders_and_links_of_another_user_in_whose_folder_one_is_are_not(open_folder: Path) -> None:
    project = give(folder_of(open_folder / "project", 0o2770))
    data = give(folder_of(open_folder / "data", 0o2775))
    (project / "cache").symlink_to(data)
    give(project / "cache")
    assert doubt_of_the_way(project / "cache" / "mine") is None
    # Of a third: another member of the group has laid it there.
    give(project / "cache", STRANGER + 1)
    assert doubt_of_the_way(project / "cache" / "mine") == Doubt(f"{project}/cache", STRANGER + 1)


@pytest.mark.parametrize(
    ("above", "bits", "doubted"), [(0o755, 0o777, True), (0o755, 0o1777, False), (0o750, 0o777, False)]
)
def test_a_folder_that_all_can_change_is_doubted_if_they_can_reach_it(
    above: int, bits: int, doubted: bool, open_folder: Path
) -> None:
    gate = folder_of(open_folder / "gate", above)
    place = folder_of(gate / "open", bits)
    expected = Doubt(str(place)) if doubted else None
    assert doubt_of_the_way(place / "cache") == expected
    (open_folder / "link").symlink_to(place)
    assert doubt_of_the_way(open_folder / "link" / "cache") == expected


@pytest.mark.root
def test_a_link_is_told_before_a_folder(open_folder: Path) -> None:
    place = folder_of(open_folder / "open", 0o777)
    (place / "link").symlink_to(open_folder)
    give(place / "link")
    assert doubt_of_the_way(place / "link" / "cache") == Doubt(f"{place}/link", STRANGER)

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sregistry.settings.home import can_be_used, home_folder, known_home, own_folder, private_folder

NOBODY = 4_000_000
ADA = 60001


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process's user has no entry in passwd."""
    monkeypatch.setattr(os, "getuid", lambda: NOBODY)


def test_home_is_what_the_variable_says(tmp_path: Path) -> None:
    assert known_home({"HOME": str(tmp_path)}) == tmp_path
    assert known_home({"HOME": str(tmp_path / "not-there")}) == tmp_path / "not-there"


@pytest.mark.parametrize("home", ["", ".", "relative/home", "~", "~/x"])
def test_a_home_that_depends_on_the_current_folder_counts_as_unset(home: str) -> None:
    assert known_home({"HOME": home}) == known_home({})


@pytest.mark.parametrize("home", ["", "relative"])
def test_without_home_and_passwd_there_is_a_private_folder(home: str, nobody: None, tmp_path: Path) -> None:
    folder = home_folder({"HOME": home, "TMPDIR": str(tmp_path)})
    assert folder == tmp_path / f"sregistry-{os.geteuid()}"
    assert folder.stat().st_mode & 0o777 == 0o700


def test_the_private_folder_does_not_depend_on_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o777)
    try:
        folder = private_folder({"TMPDIR": str(tmp_path)})
    finally:
        os.umask(before)
    assert folder is not None
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("made", ["open", "link", "file"])
def test_what_somebody_else_may_have_laid_there_is_not_used(made: str, tmp_path: Path) -> None:
    place = tmp_path / f"sregistry-{os.geteuid()}"
    if made == "open":
        place.mkdir()
        place.chmod(0o777)
    elif made == "link":
        (tmp_path / "target").mkdir(0o700)
        place.symlink_to(tmp_path / "target")
    else:
        place.touch()
    assert private_folder({"TMPDIR": str(tmp_path)}) != place


def test_a_folder_can_be_used_where_it_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "link").symlink_to(tmp_path)
    assert can_be_used(tmp_path / "a/b/c")
    assert can_be_used(tmp_path / "link/a")
    assert not can_be_used(tmp_path / "file/a")
    assert not can_be_used(tmp_path / "dangling/a")


def test_a_folder_that_is_ours_or_not_there_is_taken(tmp_path: Path) -> None:
    folder = tmp_path / "sregistry"
    assert own_folder(folder, None) == folder
    folder.mkdir(0o700)
    assert own_folder(folder, None) == folder
    assert own_folder(folder / "file" / "sregistry", None) == folder / "file" / "sregistry"


@pytest.mark.root
@pytest.mark.parametrize(
    ("bits", "mode", "shared"),
    [
        (0o700, None, False),
        (0o755, None, False),
        (0o755, 0o644, False),
        (0o2770, None, True),
        (0o2770, 0o660, True),
        # As some network mounts show it, where only the setting tells.
        (0o755, 0o660, True),
        (0o777, None, False),
        (0o777, 0o660, False),
        (0o777, 0o666, True),
    ],
)
def test_that_of_another_user_only_if_it_is_shared(bits: int, mode: int | None, shared: bool, tmp_path: Path) -> None:
    folder = tmp_path / "sregistry"
    folder.mkdir()
    os.chown(folder, ADA, ADA)
    folder.chmod(bits)
    assert own_folder(folder, mode) == (folder if shared else tmp_path / f"sregistry-{os.geteuid()}")


@pytest.mark.root
def test_a_file_or_a_link_of_another_user_in_its_place_is_gone_round(tmp_path: Path) -> None:
    own = tmp_path / f"sregistry-{os.geteuid()}"
    link = tmp_path / "sregistry"
    (tmp_path / "ours").mkdir()
    link.symlink_to("ours")
    assert own_folder(link, None) == link
    os.chown(link, ADA, ADA, follow_symlinks=False)
    assert own_folder(link, None) == own
    link.unlink()
    link.touch()
    os.chown(link, ADA, ADA)
    assert own_folder(link, None) == own

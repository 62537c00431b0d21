from __future__ import annotations

import os
from pathlib import Path

from sregistry.settings import load
from sregistry.settings.places import with_usable_places


def unusable(folder: Path) -> str:
    """A folder that not even root can make: a file is in the way."""
    (folder / "file").touch()
    return str(folder / "file/home")


def test_a_home_that_can_be_used_changes_nothing(tmp_path: Path) -> None:
    settings = load({"HOME": str(tmp_path)})
    assert with_usable_places(settings, {"HOME": str(tmp_path)}) == (settings, "")


def test_where_home_cannot_be_written_to_there_is_a_private_folder_and_a_note(tmp_path: Path) -> None:
    environ = {"HOME": unusable(tmp_path), "TMPDIR": str(tmp_path)}
    settings, note = with_usable_places(load(environ), environ)
    private = tmp_path / f"sregistry-{os.geteuid()}"
    assert settings.cache_dir.is_relative_to(private)
    assert settings.storage.is_relative_to(settings.database)
    assert settings.database.is_relative_to(private)
    assert note.startswith(f"the home folder {unusable(tmp_path)} is not there")
    assert "SREGISTRY_DATABASE and SREGISTRY_CACHE_DIR" in note


def test_a_folder_that_was_chosen_stays(tmp_path: Path) -> None:
    environ = {
        "HOME": unusable(tmp_path),
        "TMPDIR": str(tmp_path),
        "SREGISTRY_CACHE_DIR": f"{unusable(tmp_path)}/cache",
    }
    settings, note = with_usable_places(load(environ), environ)
    assert settings.cache_dir == Path(unusable(tmp_path), "cache")
    assert "SREGISTRY_CACHE_DIR" not in note


def test_only_what_a_command_uses_is_told(tmp_path: Path) -> None:
    environ = {"HOME": unusable(tmp_path), "TMPDIR": str(tmp_path)}
    assert with_usable_places(load(environ), environ, ())[1] == ""
    assert "cache" not in with_usable_places(load(environ), environ, ("database",))[1].partition(":")[2]


def test_an_xdg_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "XDG_CACHE_HOME": f"{unusable(tmp_path)}/cache", "TMPDIR": str(tmp_path)}
    settings, note = with_usable_places(load(environ), environ)
    assert settings.cache_dir.is_relative_to(tmp_path)
    assert note.startswith(f"{unusable(tmp_path)}/cache/sregistry cannot be written to")

"""Folders that cannot be used are replaced before anything fails on them.

Only a folder that nobody chose is replaced. One that a variable, the configuration file or an option names is used
as it is, and a failure there is said. In a folder that other users may name, too (``APPTAINER_CACHEDIR``), each of
them has a folder of their own.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sregistry.settings.home import can_be_used, known_home, own_folder, private_folder
from sregistry.settings.table import DEFAULT, Settings, rows

#: Setting -> what is kept in its folder.
_KEPT = {"database": "images", "cache_dir": "converted layers"}
#: Where they are in a home folder, and so in what takes its place.
_INSIDE = {"database": ".local/share/sregistry", "cache_dir": ".cache/sregistry"}


def with_usable_places(
    settings: Settings, environ: Mapping[str, str], told: Collection[str] = ("database", "cache_dir")
) -> tuple[Settings, str]:
    """`settings` with folders that this user can write to, and what a person has to know of that (or "").

    Args:
        settings: as `load` gives them.
        environ: the process environment.
        told: the settings whose folders the command uses.
    """
    settings = _beside_others(settings)
    moved: dict[str, Any] = {name: place for name in _KEPT if (place := _instead(settings, name, environ))}
    adapted = replace(settings, **moved) if moved else settings
    if "database" in moved and settings.source_of("storage") == DEFAULT:
        adapted = replace(adapted, storage=adapted.database / "images")
    home = known_home(environ)
    names = [name for name in told if name in moved or (home is None and settings.source_of(name) == DEFAULT)]
    if not names:
        return adapted, ""
    places = " and ".join(f"{_KEPT[name]} go to {getattr(adapted, name)}" for name in names)
    variables = " and ".join(rows()[name].variables[0].name for name in names)
    return adapted, f"{_reason(settings, names, home, environ)}: {places}; {variables} can name other folders"


def _beside_others(settings: Settings) -> Settings:
    """`settings` with a cache of this user's own, where the one that nobody named as such is another user's."""
    shared = {variable.name for variable in rows()["cache_dir"].variables if variable.inside}
    by_default = settings.source_of("cache_dir") == DEFAULT
    if not by_default and settings.source_of("cache_dir").partition(" ")[0] not in shared:
        return settings
    own = own_folder(settings.cache_dir, settings.lasting("mode"))
    if own == settings.cache_dir or (by_default and not can_be_used(own)):
        return settings
    return replace(settings, cache_dir=own)


def _instead(settings: Settings, name: str, environ: Mapping[str, str]) -> Path | None:
    """The folder to use in place of an unusable one; None where it can be used, was chosen, or nothing else can."""
    folder: Path = getattr(settings, name)
    if settings.source_of(name) != DEFAULT or can_be_used(folder):
        return None
    if name == "database" and os.path.isdir(folder):  # noqa: PTH112 - Path.is_dir raises for what may not be looked at
        return None  # the images in it can be read
    private = private_folder(environ)
    return private / _INSIDE[name] if private else None


def _reason(settings: Settings, names: list[str], home: Path | None, environ: Mapping[str, str]) -> str:
    if home is None:
        named = environ.get("HOME")
        why = f"HOME ({named}) cannot be used" if named else "HOME is not set"
        return f"{why}, and user {os.getuid()} has no home folder in passwd"
    folders = [Path(getattr(settings, name)) for name in names]
    if can_be_used(home):
        return " and ".join(f"{folder} cannot be written to" for folder in folders)
    return f"the home folder {home} {'cannot be written to' if os.path.lexists(home) else 'is not there'}"

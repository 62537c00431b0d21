"""What is at a path that is not what its reference says, and what is near it: looked at here, nobody is asked."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sregistry.endpoints.layouts import spool
from sregistry.endpoints.layouts.files import Archive, Files, Folder
from sregistry.endpoints.layouts.place import as_digest
from sregistry.errors import SregistryError
from sregistry.references import InvalidReference, parse

if TYPE_CHECKING:
    from sregistry.settings import Settings

#: A path that begins as the name of a registry does.
_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}/.|localhost/.", re.IGNORECASE)
#: So many names of a folder are looked through.
_NAMES = 5_000
_MARKS = (("oci-layout", "oci"), ("manifest.json", "docker-archive"), ("repositories", "old"))
#: What stands at the top of the file system of a container.
_ROOT = ("etc/os-release", "etc/passwd", "bin", "usr/bin", "bin/sh")


def look(error: SregistryError, settings: Settings) -> SregistryError:
    """`error` with what is seen at its path: a fact ``suggestion``, or ``near``; never raises."""
    path = Path(str(error.facts.get("layout") or ""))
    try:
        if error.code == "layout-no-such-path":
            if registry := _in_registry(path, error.facts):
                error.with_facts(suggestion=registry)
            if colon := _with_colon(path, error.facts):
                return error.with_facts(in_the_way=colon)
            near = _near(path)
            return error.with_facts(near=[str(one) for one in near]) if near else error
        if error.code == "layout-other" and "suggestion" not in error.facts:
            suggestion = _at(path, settings)
            return error.with_facts(suggestion=suggestion) if suggestion else error
    except (SregistryError, OSError, ValueError):
        pass
    return error


def suggested(files: Files, is_folder: bool) -> str | None:
    """The reference by which what is in a folder or archive can be read; None if that is not seen."""
    kind = kind_of(files, is_folder)
    if kind == "oci" and not is_folder:
        return f"oci-archive:{files.path}"
    if kind in ("oci", "dir") or (kind == "docker-archive" and not is_folder):
        return f"{kind}:{_from_here(files.path) if is_folder else files.path}"
    return None


def kind_of(files: Files, is_folder: bool) -> str:
    """What is in a folder or archive: ``oci``, ``docker-archive``, ``dir``, ``old`` (of Docker before 1.10), ``root``
    (a file system, as ``docker export`` writes it); empty where that is not seen.
    """
    kind = next((kind for name, kind in _MARKS if _has(files, name)), "")
    if kind == "docker-archive" and is_folder:
        return "dir"
    return kind or ("root" if any(_has(files, name) for name in _ROOT) else "")


def _has(files: Files, name: str) -> bool:
    try:
        window = files.open(name)
    except SregistryError:
        return True  # it is there, and is no plain file
    if window is None:
        return False
    window.close()
    return True


def _at(path: Path, settings: Settings) -> str | None:
    """What reads what is at `path`; an archive that would have to be unpacked first is not looked into."""
    if path.is_dir():
        return suggested(Folder(path), is_folder=True)
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        if spool.is_packed(descriptor, path):
            return None
    finally:
        os.close(descriptor)
    archive = Archive(path, settings)
    try:
        return suggested(archive, is_folder=False)
    finally:
        archive.close()


def _in_registry(path: Path, facts: Mapping[str, Any]) -> str | None:
    """The image in a registry that ``oci://HOST/NAME:TAG`` means to Helm and others; None if it hardly does."""
    if facts.get("scheme") != "oci" or not _HOST.match(str(path)):
        return None
    name = facts.get("identifier") or ""
    try:
        return parse(f"docker://{path}" + (f"{'@' if as_digest(name) else ':'}{name}" if name else "")).uri
    except InvalidReference:
        return None


def _with_colon(path: Path, facts: Mapping[str, Any]) -> str | None:
    """A path with a colon in it that is there, of which only what stands before the colon was read."""
    name = facts.get("identifier")
    whole = f"{path}:{name}" if name else ""
    return whole if whole and os.path.lexists(whole) else None


def _near(path: Path) -> list[Path]:
    """What is called nearly so, in the same folder."""
    names = []
    with os.scandir(path.parent) as entries:
        for _, entry in zip(range(_NAMES), entries, strict=False):
            # A link that leads nowhere is not there, and a colon cannot be part of a path.
            if ":" not in entry.name and Path(entry).exists():
                names.append(entry.name)
    lower = {name.lower(): name for name in sorted(names)}
    found = get_close_matches(path.name.lower(), lower, n=3, cutoff=0.6)
    return [path.parent / lower[name] for name in found]


def _from_here(path: Path) -> str:
    """A path as references write it."""
    return str(path) if path.is_absolute() else f"./{path}"

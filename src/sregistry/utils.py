"""``from sregistry.utils import *``: the names that people know from earlier versions; the work is in `shell.names`."""

from __future__ import annotations

import hashlib
import shutil
import warnings
from pathlib import Path

from sregistry import removed
from sregistry.shell.names import get_uri, parse_image_name, remove_uri

__all__ = ["check_install", "get_file_hash", "get_uri", "parse_image_name", "remove_uri", "which"]


def get_file_hash(image_path: str | Path, algorithm: str = "sha256") -> str:
    """The hash of a file in hex."""
    _warn("get_file_hash", "hashlib.file_digest")
    with Path(image_path).open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def which(software: str | None = None) -> str | None:
    """The path of a program, by default that of Apptainer or Singularity; None if it is not installed."""
    _warn("which", "shutil.which")
    names = [software] if software else ["apptainer", "singularity"]
    return next((path for path in map(shutil.which, names) if path), None)


def check_install(software: str | None = None, quiet: bool = True) -> bool:
    """Whether a program is installed, by default Apptainer or Singularity."""
    return which(software) is not None


def _warn(name: str, instead: str) -> None:
    warnings.warn(f"sregistry.utils.{name} will go; use {instead}", DeprecationWarning, stacklevel=3)


def __getattr__(name: str) -> object:
    raise removed.missing(__name__, name)

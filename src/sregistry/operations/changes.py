"""What was changed in an image that is here, by its own word."""

from __future__ import annotations

import json
from pathlib import Path

from sregistry.assembly.changes import OBJECT, Changes
from sregistry.errors import SregistryError
from sregistry.sif.descriptors import DataType
from sregistry.sif.reader import open_sif

#: Longer than any of ours.
_LIMIT = 1 << 20


def changes_in(path: Path) -> Changes:
    """What the SIF file at `path` says was changed in it; nothing if it does not say, or cannot be read."""
    try:
        with path.open("rb") as file:
            sif = open_sif(file)
            found = sif.find(DataType.JSON, OBJECT)
            document = json.loads(sif.read(found, _LIMIT)) if found else None
    except (OSError, SregistryError, ValueError, RecursionError):
        return Changes()
    return Changes.parse(document if isinstance(document, dict) else None)

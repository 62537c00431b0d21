"""Steps about images in files here: the file or folder, and what there is in it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from sregistry.diagnosis import words
from sregistry.doctor.steps.step import StepResult, Walk, note, ok, skip, warn
from sregistry.references import PathReference
from sregistry.store.filesystem import filesystem_type

#: So many names are shown.
_SHOWN = 8


def source(walk: Walk) -> StepResult:
    """The file or folder: whether it is there and may be read."""
    assert isinstance(walk.reference, PathReference)
    path = Path(walk.reference.path)
    try:
        status = path.stat()
    except OSError as error:
        return warn("source", f"{path}: {error.strerror}", path=str(path))
    folder = stat.S_ISDIR(status.st_mode)
    kind = filesystem_type(path if folder else path.parent)
    what = "a folder" if folder else f"a file of {words.size(status.st_size)}"
    summary = f"{path} is {what}{f' ({kind})' if kind else ''}"
    if not os.access(path, os.R_OK | (os.X_OK if folder else 0)):
        return warn("source", f"{summary}, which may not be read", path=str(path))
    return ok("source", summary, path=str(path))


def index(walk: Walk) -> StepResult:
    """The names of the images in it."""
    names = walk.rehearsal.names() if walk.rehearsal else None
    if names is None:
        return skip("index", "nothing there lists images")
    if not names:
        return note("index", "no image in it has a name")
    more = len(names) - _SHOWN
    lines = [*names[:_SHOWN], *([f"and {more} more"] if more > 0 else [])]
    return ok("index", "one image" if len(names) == 1 else f"{len(names)} images", *lines, names=len(names))

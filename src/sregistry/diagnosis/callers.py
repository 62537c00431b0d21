"""Whose an exception is that is not of our family: ours, or that of the program which uses the library."""

from __future__ import annotations

import sysconfig
import traceback
from functools import cache
from pathlib import Path
from typing import Any

_OURS = str(Path(__file__).parent.parent) + "/"


def raised_by_program(error: BaseException) -> dict[str, Any] | None:
    """Where the calling program raised `error`, as facts; None if it was raised here, or nobody knows.

    It is the program's if no code of ours was running, or if what was running was called by ours and is neither of
    Python's library nor of an installed package: a listener of the program.
    """
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return None
    last = frames[-1]
    inside = any(frame.filename.startswith(_OURS) for frame in frames)
    if last.filename.startswith(_OURS) or (inside and last.filename.startswith(_libraries())):
        return None
    return {"exception": type(error).__name__, "file": last.filename, "line": last.lineno}


@cache
def _libraries() -> tuple[str, ...]:
    """Folders of what was not written for the program at hand."""
    paths = sysconfig.get_paths()
    return tuple({f"{paths[name]}/" for name in ("stdlib", "platstdlib", "purelib", "platlib")} | {"<frozen "})

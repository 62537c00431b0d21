"""One line where there is not enough left for an explanation. Imports next to nothing, as nothing more may fit."""

from __future__ import annotations

import errno
import os
import resource
import sys

#: The exit code of `Kind.MACHINE`.
LACKING = 13
_FILES = (errno.EMFILE, errno.ENFILE)


def last_words(error: BaseException) -> int:
    """Say which limit was met and return the exit code; raise `error` again if it tells of no lack.

    Without memory anything may fail, in any way: where memory is limited at all, that is taken for the reason.
    """
    files = getattr(error, "errno", None) in _FILES or any(os.strerror(number) in str(error) for number in _FILES)
    memory = _smallest("RLIMIT_AS", "v", 1024) or _smallest("RLIMIT_DATA", "d", 1024)
    if files:
        _say("no more files can be open at once", _smallest("RLIMIT_NOFILE", "n", 1))
    elif memory or isinstance(error, MemoryError):
        _say("there is not enough memory to begin", memory)
    else:
        raise error
    return LACKING


def _smallest(name: str, letter: str, unit: int) -> str:
    """The limit as the shell shows it; empty where there is none."""
    value = resource.getrlimit(getattr(resource, name))[0]
    return "" if value == resource.RLIM_INFINITY else f" (`ulimit -{letter}` is {value // unit})"


def _say(what: str, limit: str) -> None:
    try:
        os.write(sys.stderr.fileno(), f"sregistry: {what}{limit}\n".encode())
    except (OSError, ValueError, AttributeError):
        return

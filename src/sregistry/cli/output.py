"""The standard streams: closed ones, full ones, and readers that have gone."""

from __future__ import annotations

import os
import sys

#: The exit code where a result could not be written, that of faults of the disk.
WRITE_FAILED = 10
#: Number, name and mode of each standard stream.
_STREAMS = ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w"))


def open_streams() -> None:
    """Give a stream that the caller has closed (``>&-``) to nobody.

    Otherwise the next file that is opened would take its number, and get what is meant for the stream.
    """
    for number, name, mode in _STREAMS:
        if getattr(sys, name) is None:
            nobody = os.open(os.devnull, os.O_RDWR)
            if nobody != number and not _is_open(number):
                os.dup2(nobody, number)
            setattr(sys, name, os.fdopen(nobody, mode, encoding="utf-8"))


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def end_output(text: str = "") -> bool:
    """Write `text` and what is still in buffers; False if it could not be kept, as on a full disk.

    That nobody reads it any more is no failure and must not become a message.
    """
    kept = True
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        kept = isinstance(error, BrokenPipeError)
        _to_nobody(sys.stdout.fileno())
    try:
        sys.stderr.flush()
    except OSError:
        _to_nobody(sys.stderr.fileno())
    return kept


def _to_nobody(number: int) -> None:
    """What is left in the buffer of a stream goes nowhere, so that nothing is said at the interpreter's end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), number)

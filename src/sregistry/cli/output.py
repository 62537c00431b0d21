"""The end of what a command prints."""

from __future__ import annotations

import os
import sys


def end_output(text: str = "") -> None:
    """Write `text` and what is still in buffers; that nobody reads it any more must not become a message."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.stderr.flush()

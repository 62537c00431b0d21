"""Lines of Python -> statements, as they come.

Unlike at Python's own prompt, an empty line does not end a block that goes on below it, and a block
needs no empty line behind it: the first line that does not belong to it ends it.
"""

from __future__ import annotations

import codeop
import re
from collections.abc import Iterable, Iterator
from enum import Enum

_CONTINUES = re.compile(r"\s|(?:elif|else|except|finally)\b")
_EMPTY = re.compile(r"\s*(?:#.*)?")


class State(Enum):
    """What lines are so far: a complete statement, a block that may go on, the beginning of one, or nonsense."""

    SIMPLE, BLOCK, OPEN, WRONG = range(4)


def state(lines: list[str]) -> State:
    """What `lines`, none of which ends a statement before the last one, are."""
    # With an empty line behind it, every block would pass for complete.
    source = "\n".join(lines).rstrip()
    try:
        # `codeop` takes a block for complete once an empty line follows it.
        if codeop.compile_command(source, symbol="single"):
            return State.SIMPLE
        return State.BLOCK if codeop.compile_command(source + "\n", symbol="single") else State.OPEN
    except (SyntaxError, ValueError, OverflowError):
        return State.WRONG


def is_empty(line: str) -> bool:
    """Whether there is nothing in a line, or a comment only."""
    return _EMPTY.fullmatch(line) is not None


def ends_block(lines: list[str], following: str) -> bool:
    """Whether `lines` are a block that is over, as `following` does not belong to it."""
    return not is_empty(following) and not _CONTINUES.match(following) and state(lines) is State.BLOCK


def split(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Split a script into statements, each with the number of its first line.

    A simple statement is given as soon as it is complete, so that a program that types and waits for the
    answer gets it; a block when the first line behind it has come.
    """
    pending: list[str] = []
    first = 0
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip("\r\n")
        if pending and ends_block(pending, line):
            yield first, "\n".join(pending)
            pending = []
        if not pending and is_empty(line):
            continue
        first = first if pending else number
        pending.append(line)
        if state(pending) in (State.SIMPLE, State.WRONG):
            yield first, "\n".join(pending)
            pending = []
    if pending:
        yield first, "\n".join(pending)

"""Tables: for people on a terminal, for programs in a pipe.

On a terminal a table fits its width: columns that matter less are left out, and a first cell that is too
long gets a line of its own, so that it can be copied whole. In a pipe nothing is left out or shortened,
no cell but the last has a space in it, and the first line has the titles.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_GAP = "  "
_BOLD, _RED = "1", "31;1"
#: What a first cell may have in any case before it goes on a line of its own.
_FIRST = 36
_FIRST_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        title: in capitals.
        right: numbers stand at the right.
        spare: 0 if it is always shown, else the order in which columns are left out, the highest first.
    """

    title: str
    right: bool = False
    spare: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one line, as many as columns; `alarming` ones are red on a terminal."""

    cells: tuple[str, ...]
    alarming: bool = False


def stdout_is_terminal() -> bool:
    """Whether a person reads what is printed."""
    return sys.stdout.isatty()


def print_table(columns: Sequence[Column], rows: Sequence[Row]) -> None:
    """Print a table as fits standard output; nothing without rows."""
    if not rows:
        return
    terminal = stdout_is_terminal()
    width = shutil.get_terminal_size().columns if terminal else None
    colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    sys.stdout.writelines(f"{line}\n" for line in draw(columns, rows, width=width, colour=colour))
    sys.stdout.flush()  # what is said about the table on stderr comes after it


def draw(columns: Sequence[Column], rows: Sequence[Row], *, width: int | None, colour: bool = False) -> Iterator[str]:
    """Yield the lines of a table, at most `width` columns wide (any width for None)."""
    widths = [max(map(len, cells)) for cells in zip([c.title for c in columns], *(r.cells for r in rows), strict=True)]
    shown = list(range(len(columns)))
    if width is not None:
        shown = _fitting(columns, widths, width)
        widths[0] = min(widths[0], max(width - _total([0, *(widths[n] for n in shown[1:])]), len(columns[0].title)))
    yield _styled(_line(columns, [column.title for column in columns], widths, shown), _BOLD if colour else "")
    for row in rows:
        for line in _lines(columns, row.cells, widths, shown):
            yield _styled(line, _RED if colour and row.alarming else "")


def _fitting(columns: Sequence[Column], widths: Sequence[int], width: int) -> list[int]:
    """The columns that are shown in `width`."""
    shown = list(range(len(columns)))
    first = min(widths[0], max(_FIRST, int(width * _FIRST_SHARE)))
    while _total([first, *(widths[n] for n in shown[1:])]) > width and any(columns[n].spare for n in shown):
        shown.remove(max(shown, key=lambda n: columns[n].spare))
    return shown


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _lines(columns: Sequence[Column], cells: Sequence[str], widths: Sequence[int], shown: Sequence[int]) -> list[str]:
    """One line, or two where the first cell does not fit."""
    if len(cells[0]) <= widths[0]:
        return [_line(columns, cells, widths, shown)]
    return [cells[0], _line(columns, ["", *cells[1:]], widths, shown)]


def _line(columns: Sequence[Column], cells: Sequence[str], widths: Sequence[int], shown: Sequence[int]) -> str:
    padded = (cells[n].rjust(widths[n]) if columns[n].right else cells[n].ljust(widths[n]) for n in shown)
    return _GAP.join(padded).rstrip()


def _styled(line: str, style: str) -> str:
    return f"\033[{style}m{line}\033[0m" if style else line

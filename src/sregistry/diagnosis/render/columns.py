"""Text by the columns it takes on a terminal: East Asian letters take two, marks above letters none."""

from __future__ import annotations

import unicodedata


def width(text: str) -> int:
    """Columns that `text` takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def wrap(text: str, most: int) -> list[str]:
    """`text` in lines of at most `most` columns, broken at spaces; one empty line for no text.

    A longer word, such as an address, stays whole, so that it can be copied. Only text in letters of two
    columns is broken anywhere, as its scripts have no spaces.
    """
    lines: list[str] = []
    line = ""
    for word in _pieces(text, most):
        longer = f"{line} {word}" if line else word
        if line and width(longer) > most:
            lines.append(line)
            longer = word
        line = longer
    return [*lines, line]


def _pieces(text: str, most: int) -> list[str]:
    return [piece for word in text.split(" ") if word for piece in _halves(word, most)]


def _halves(word: str, most: int) -> list[str]:
    """A word of wide letters in pieces that fit; any other as it is."""
    if width(word) <= most or not any(_columns(letter) == 2 for letter in word):
        return [word]
    pieces = [""]
    for letter in word:
        if width(pieces[-1]) + _columns(letter) > most:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _columns(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1

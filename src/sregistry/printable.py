"""Text from outside made fit to be shown: nothing in it can move the cursor, hide or break the encoding."""

from __future__ import annotations

import unicodedata

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
#: What the ASCII form writes for the characters that our own words use.
_ASCII = str.maketrans(
    {
        "✗": "x",
        "→": "->",
        "…": "...",
        "“": '"',
        "”": '"',
        "’": "'",
        "–": "-",
        "—": "-",
        "\u00a0": " ",
        _REPLACEMENT: "?",
    }
)


def printable(text: str) -> str:
    """`text` with each control, format or broken character replaced by one that is shown; newlines stay."""
    return "".join(character if _shows(character) else _REPLACEMENT for character in text.replace("\t", " "))


def _shows(character: str) -> bool:
    return character == "\n" or unicodedata.category(character)[0] != "C"


def ascii_only(text: str) -> str:
    """`text` in ASCII; letters of other alphabets are written as escapes."""
    return text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")

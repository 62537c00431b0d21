"""Text from outside made fit to be shown: nothing in it can move the cursor, hide or break the encoding."""

from __future__ import annotations

import unicodedata

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
#: Kinds of characters that move the cursor, hide, break lines or are none.
_UNSHOWN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
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


#: Of what others say so much is read by anybody.
SHOWN = 500
#: What was cut before has at its end how much is missing, which would be wrong if that were cut, too.
_CUT_BEFORE = 30


def printable(text: str, *, tabs: bool = False) -> str:
    """`text` with each control, format or broken character replaced by one that is shown.

    Newlines stay, and so do tabs if asked for; else they are blanks.
    """
    if text.isascii() and text.isprintable():
        return text
    kept = "\n\t" if tabs else "\n"
    shown = text if tabs else text.replace("\t", " ")
    return "".join(letter if letter in kept or _shows(letter) else _REPLACEMENT for letter in shown)


def _shows(character: str) -> bool:
    return unicodedata.category(character) not in _UNSHOWN


def one_line(text: str, most: int = SHOWN) -> str:
    """What others say, in one line that cannot be taken for more than one, and cut where nobody reads on."""
    if len(text) <= most + _CUT_BEFORE:
        return printable(" ".join(text.splitlines()))
    folded = printable(" ".join(text[:most].splitlines()))
    return f"{folded}… ({len(text) - most:,} characters more)"


def ascii_only(text: str) -> str:
    """`text` in ASCII; letters of other alphabets are written as escapes."""
    return text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")

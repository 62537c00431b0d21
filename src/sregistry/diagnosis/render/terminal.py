"""A `Diagnosis` for a terminal or a log file.

    ✗ The repository exists, the tag "lastest" does not                tag-unknown

      what     GET …/manifests/lastest → 404   MANIFEST_UNKNOWN: "Failed to fetch"
      why      11 tags are there; the nearest is "latest".
      do       sregistry pull docker://gcr.io/acme/tool:latest
      more     sregistry doctor docker://gcr.io/acme/tool:lastest

The layout is made here, from plain text and a few styles; commands and addresses are never broken,
so that they can be copied. In a log or a pipe no line is broken at all, so that whole sentences can be
searched for. Colour is plain ANSI, so that nothing has to be imported for it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator

from sregistry.diagnosis import commands
from sregistry.diagnosis.diagnosis import Diagnosis, Likelihood, Step, Who
from sregistry.diagnosis.render import columns
from sregistry.diagnosis.rules import RULES
from sregistry.printable import ascii_only, printable

#: Columns of the label, with the two in front of it.
LABEL = 11
#: No line is longer, however wide the terminal: longer ones are hard to read.
WIDEST = 100
NARROWEST = 40
_COMMENT_GAP = 3
#: A number and its unit stay on one line.
_NUMBER = re.compile(r"(\d) (s|min|h|days|bytes|[kKMGTP]i?B)\b")
_TIED = "\u00a0"

_RED, _BOLD, _DIM, _CYAN = "31;1", "1", "2", "36"
_PREFIX = {Likelihood.CERTAIN: "", Likelihood.LIKELY: "Probably: ", Likelihood.POSSIBLE: "Possibly: "}


def render(
    diagnosis: Diagnosis,
    *,
    width: int | None = 80,
    colour: bool = False,
    unicode: bool = True,
    height: int | None = None,
) -> str:
    """Draw `diagnosis`; the title comes once more at the end of a page that is higher than the terminal.

    Args:
        diagnosis: what to draw.
        width: columns of the terminal; None breaks no line.
        colour: whether to use ANSI styles.
        unicode: False writes ASCII only.
        height: lines of the terminal; None if nothing scrolls away.
    """
    page = _Page(max(NARROWEST, min(width, WIDEST)) if width else None, colour=colour, unicode=unicode)
    lines = [*page.title(diagnosis), ""]
    lines += page.section("what", diagnosis.what)
    lines += page.section("why", [*_causes(diagnosis), *(f"Checked: {text}" for text in diagnosis.checked)])
    lines += page.section("who", [] if diagnosis.who in (Who.YOU, Who.NOBODY) else [diagnosis.who.value])
    lines += page.section("seen", [f"{label}: {value}" for label, value in diagnosis.evidence])
    lines += page.steps(diagnosis.steps)
    lines += page.section("more", [*diagnosis.related, *_explaining(diagnosis.code)], style=_DIM)
    if height and len(lines) >= height:
        lines += ["", *page.title(diagnosis)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _explaining(code: str) -> list[str]:
    """The command that shows the page about `code`; it has none for the codes of other packages."""
    return [commands.command("explain", code)] if code in RULES else []


def _causes(diagnosis: Diagnosis) -> Iterator[str]:
    for cause in diagnosis.why:
        yield _PREFIX[cause.likelihood] + cause.text


class _Page:
    """Knows width, colour and character set; each method gives finished lines."""

    def __init__(self, width: int | None, *, colour: bool, unicode: bool) -> None:
        self._width = sys.maxsize if width is None else width
        self._endless = width is None
        self._colour = colour
        self._unicode = unicode

    def title(self, diagnosis: Diagnosis) -> list[str]:
        """The title with the code at the right, or below it where both do not fit."""
        lines = self._wrap(diagnosis.title, self._width - 2)
        free = self._width - 2 - columns.width(lines[-1]) - len(diagnosis.code)
        room = _COMMENT_GAP if self._endless else free
        mark = self._style(self._text("✗"), _RED)
        first, *rest = [self._style(line, _BOLD) for line in lines]
        code = self._style(diagnosis.code, _DIM)
        drawn = [f"{mark} {first}", *(f"  {line}" for line in rest)]
        if room >= 2:
            drawn[-1] += " " * room + code
            return drawn
        return [*drawn, " " * max(2, self._width - len(diagnosis.code)) + code]

    def section(self, label: str, paragraphs: Iterable[str], style: str = "") -> list[str]:
        """A label and its paragraphs; nothing without any. A paragraph with a newline in it keeps its lines."""
        lines = [line for text in paragraphs for line in self._paragraph(text)]
        return self._labelled(label, [self._style(line, style) for line in lines])

    def steps(self, steps: Iterable[Step]) -> list[str]:
        """Commands with their comments, aligned where that fits."""
        steps = list(steps)
        widths = [columns.width(self._text(step.command)) for step in steps if step.command and step.comment]
        longest = max(widths, default=0)
        return self._labelled("do", [line for step in steps for line in self._step(step, longest)])

    def _step(self, step: Step, longest: int) -> list[str]:
        command, comment = self._text(step.command), self._text(step.comment)
        if not command:
            return self._wrap(comment, self._width - LABEL)
        styled, taken = self._style(command, _CYAN), columns.width(command)
        if not comment:
            return [styled]
        for column in (taken,) if self._endless else (longest, taken):
            if column + _COMMENT_GAP + columns.width(comment) + 2 <= self._width - LABEL:
                return [styled + " " * (column - taken + _COMMENT_GAP) + f"({comment})"]
        return [styled, *(f"    {line}" for line in self._wrap(f"({comment})", self._width - LABEL - 4))]

    def _labelled(self, label: str, lines: list[str]) -> list[str]:
        heads = [f"  {self._style(label, _BOLD)}{' ' * (LABEL - 2 - len(label))}", *[" " * LABEL] * len(lines)]
        return [head + line for head, line in zip(heads, lines, strict=False)]

    def _paragraph(self, text: str) -> list[str]:
        text = self._text(text)
        return text.split("\n") if "\n" in text else self._wrap(text, self._width - LABEL)

    def _wrap(self, text: str, width: int) -> list[str]:
        kept = _NUMBER.sub(lambda found: f"{found[1]}{_TIED}{found[2]}", self._text(text))
        return [line.replace(_TIED, " ") for line in columns.wrap(kept, width)]

    def _text(self, text: str) -> str:
        text = printable(text)
        return text if self._unicode else ascii_only(text)

    def _style(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self._colour and style and text else text

"""Each text of a `Diagnosis` is one line: nothing that somebody else has said can look like a line of ours."""

from __future__ import annotations

import re
from dataclasses import replace

from sregistry.diagnosis.diagnosis import Diagnosis
from sregistry.printable import one_line

#: The one text of two lines: a name, and the place of its fault below it.
_POINTED_AT = re.compile(r"[^\n]*\n *\^+")
#: No text of ours is longer, with what is quoted in it.
_LONGEST = 4000


def in_lines(found: Diagnosis) -> Diagnosis:
    """`found` with each text in one line."""
    return replace(
        found,
        title=_line(found.title),
        what=tuple(map(_line, found.what)),
        why=tuple(replace(cause, text=_line(cause.text)) for cause in found.why),
        checked=tuple(map(_line, found.checked)),
        evidence=tuple((label, _line(value)) for label, value in found.evidence),
        steps=tuple(replace(step, command=_line(step.command), comment=_line(step.comment)) for step in found.steps),
        related=tuple(map(_line, found.related)),
    )


def _line(text: str) -> str:
    return text if _POINTED_AT.fullmatch(text) else one_line(text, _LONGEST)

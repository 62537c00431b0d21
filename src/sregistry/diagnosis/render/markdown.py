"""A `Diagnosis` as Markdown: for bug reports and for the pages of the documentation."""

from __future__ import annotations

from collections.abc import Iterable

from sregistry.diagnosis.diagnosis import Diagnosis, Likelihood, Step
from sregistry.printable import printable

_SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\`*_[]<>|#"})


def render(diagnosis: Diagnosis, *, level: int = 2) -> str:
    """Draw `diagnosis` with headings of the given level."""
    parts = [f"{'#' * level} {escape(diagnosis.title)}", f"`{diagnosis.code}` ({diagnosis.kind.words})"]
    parts += _block("What happened", _quoted(diagnosis.what))
    parts += _block("Why", [f"- {_cause(cause.text, cause.likelihood)}" for cause in diagnosis.why])
    parts += _block("Checked", [f"- {escape(text)}" for text in diagnosis.checked])
    parts += _block("Seen", [f"- {escape(label)}: {code(value)}" for label, value in diagnosis.evidence])
    parts += _block("What to do", [f"- {_step(step)}" for step in diagnosis.steps])
    parts += _block("More", [f"- {code(command)}" for command in diagnosis.related])
    return "\n\n".join(parts) + "\n"


def code(text: str) -> str:
    """`text` as code in a line, whatever backquotes it has."""
    text = " ".join(printable(text).split("\n"))
    fence = "`" * (max((len(run) for run in _runs(text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def block(text: str) -> str:
    """`text` as a block of code, whatever fences it has."""
    fence = "`" * max(3, max((len(run) for run in _runs(text)), default=0) + 1)
    return f"{fence}text\n{printable(text).rstrip()}\n{fence}"


def _runs(text: str) -> list[str]:
    return [run for run in "".join(c if c == "`" else " " for c in text).split() if run]


def escape(text: str) -> str:
    """`text` as prose in one line, with what Markdown would take for markup escaped."""
    return printable(text).translate(_SPECIAL).replace("\n", " ")


def _block(title: str, lines: Iterable[str]) -> list[str]:
    text = "\n".join(lines)
    return [f"**{title}**", text] if text else []


def _quoted(lines: Iterable[str]) -> list[str]:
    text = "\n".join(lines)
    return [block(text)] if text else []


def _cause(text: str, likelihood: Likelihood) -> str:
    word = "" if likelihood is Likelihood.CERTAIN else f" ({likelihood.value})"
    return escape(text) + word


def _step(step: Step) -> str:
    if not step.command:
        return escape(step.comment)
    return code(step.command) + (f" ({escape(step.comment)})" if step.comment else "")

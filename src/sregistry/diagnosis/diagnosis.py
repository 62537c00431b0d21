"""What a person is told about a failure: a value with no layout, drawn by the renderers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from sregistry.codes import Who as Who
from sregistry.diagnosis.kinds import Kind

#: Folder of the pages about codes, relative to the root of the documentation's sources.
PAGES = "docs/errors"


class Likelihood(Enum):
    """How sure a cause is: proven by the facts, the likely one, or one that cannot be excluded."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True)
class Cause:
    """One statement about the reason, with how sure it is."""

    text: str
    likelihood: Likelihood = Likelihood.CERTAIN


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do: a command that can be pasted, or (without one) what to do in words."""

    command: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One failure, explained.

    Attributes:
        code: the error's stable code.
        title: one line, without full stop.
        kind: what scripts tell apart; gives the exit code.
        what: what happened: the request and the answer, the registry's own words in full.
        why: causes, the most likely first.
        checked: what the second look established, whole sentences.
        evidence: (label, value): what else was seen.
        who: who can put it right.
        steps: what to do next, the most promising first.
        related: commands that tell more.
    """

    code: str
    title: str
    kind: Kind
    what: tuple[str, ...]
    why: tuple[Cause, ...]
    checked: tuple[str, ...]
    evidence: tuple[tuple[str, str], ...]
    who: Who
    steps: tuple[Step, ...]
    related: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise ValueError if more than one cause is the likely one: then none of them is."""
        if sum(cause.likelihood is Likelihood.LIKELY for cause in self.why) > 1:
            raise ValueError("at most one cause can be the likely one")

    @property
    def exit_code(self) -> int:
        """The exit code of a command that ends with this."""
        return self.kind.exit_code

    @property
    def page(self) -> str:
        """The page about this code in the documentation."""
        return f"{PAGES}/{self.code}.md"

    def __repr__(self) -> str:
        return f"<{self.code}: {self.title}>"

    def __str__(self) -> str:
        """As the command line shows it, without colours."""
        from sregistry.diagnosis.render.terminal import render

        return render(self)

    def _repr_html_(self) -> str:
        from sregistry.notebook import preformatted

        return preformatted(str(self))

    def facts(self) -> dict[str, Any]:
        """The whole value in JSON's types, as all results have it."""
        return self.as_dict()

    def as_dict(self) -> dict[str, Any]:
        """The whole value in JSON's types."""
        return {
            "code": self.code,
            "title": self.title,
            "kind": self.kind.words,
            "exit_code": self.exit_code,
            "what": list(self.what),
            "why": [{"text": cause.text, "likelihood": cause.likelihood.value} for cause in self.why],
            "checked": list(self.checked),
            "evidence": [{"label": label, "value": value} for label, value in self.evidence],
            "who": self.who.value,
            "steps": [{"command": step.command, "comment": step.comment} for step in self.steps],
            "page": self.page,
            "related": list(self.related),
        }

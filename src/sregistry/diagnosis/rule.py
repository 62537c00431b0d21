"""What a rule is: a pure function from facts to words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sregistry.diagnosis.diagnosis import Cause, Likelihood, Step, Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.kinds import Kind


@dataclass(frozen=True, slots=True)
class Words:
    """What a rule says.

    `what` None means: the request and the answer, as the facts have them, or else the error's own
    sentence. `who` and `kind` are given only where the facts decide otherwise than
    the declaration of the code.
    """

    title: str
    why: tuple[Cause, ...] = ()
    checked: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    what: tuple[str, ...] | None = None
    who: Who | None = None
    kind: Kind | None = None


#: Facts -> words.
Rule = Callable[[Facts], Words]
#: Code -> its rule.
Rules = Mapping[str, Rule]


def certain(text: str) -> Cause:
    """A cause that the facts prove."""
    return Cause(text)


def likely(text: str) -> Cause:
    """The cause that fits the facts best."""
    return Cause(text, Likelihood.LIKELY)


def possible(text: str) -> Cause:
    """A cause that the facts do not exclude."""
    return Cause(text, Likelihood.POSSIBLE)


def steps(*items: Step | str | None) -> tuple[Step, ...]:
    """Steps without the empty ones; a text is a command."""
    made = [Step(item) if isinstance(item, str) else item for item in items if item]
    return tuple(step for step in made if step.command or step.comment)


def run(command: str, comment: str = "") -> Step | None:
    """A command with a comment; nothing if the command could not be made (no reference is known)."""
    return Step(command, comment) if command else None


def do(text: str) -> Step:
    """Something to do that is no command."""
    return Step(comment=text)

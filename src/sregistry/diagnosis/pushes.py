"""What is said of pushes: words that are about a pull, where it is a push that failed."""

from __future__ import annotations

from dataclasses import replace

from sregistry.diagnosis.diagnosis import Cause, Step
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.rule import Words

#: What is said of pulls, and what of pushes in its place.
_OTHERS = (
    ("finished layers are kept", "what has been sent is not sent again"),
    ("What is wanted is not here, and to ask for it was forbidden", "A push asks a registry, and that was forbidden"),
    ("its lifetime is shorter than this pull", "its lifetime is shorter than this push"),
)


def of_push(said: Words, facts: Facts) -> Words:
    """`said` about a push, where that is what failed."""
    if facts.texts("repeat")[:1] != ["push"]:
        return said
    return replace(
        said,
        why=tuple(Cause(_of_push(cause.text), cause.likelihood) for cause in said.why),
        steps=tuple(Step(step.command, _of_push(step.comment)) for step in said.steps),
    )


def _of_push(text: str) -> str:
    for said, instead in _OTHERS:
        text = text.replace(said, instead)
    return text

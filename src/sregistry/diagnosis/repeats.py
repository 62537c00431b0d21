"""What is said of a command that is no pull: words that are about a pull, where another one failed."""

from __future__ import annotations

from dataclasses import replace

from sregistry.diagnosis.diagnosis import Cause, Step
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.rule import Words

_LOOKED_AT = (("; finished layers are kept", ""), ("makes a SIF file of it", "as the image in layers that it is"))
#: What is said of pulls, and what in its place, by the verb of the command that failed (fact ``repeat``).
_OTHERS = {
    "push": (
        ("finished layers are kept", "what has been sent is not sent again"),
        (
            "What is wanted is not here, and to ask for it was forbidden",
            "A push asks a registry, and that was forbidden",
        ),
        ("its lifetime is shorter than this pull", "its lifetime is shorter than this push"),
    ),
    "inspect": _LOOKED_AT,
    "search": _LOOKED_AT,
}


def of_repeat(said: Words, facts: Facts) -> Words:
    """`said` about the command that failed, where that is no pull."""
    others = _OTHERS.get(next(iter(facts.texts("repeat")), ""))
    if others is None:
        return said
    return replace(
        said,
        why=tuple(Cause(_instead(cause.text, others), cause.likelihood) for cause in said.why),
        steps=tuple(Step(step.command, _instead(step.comment, others)) for step in said.steps),
    )


def _instead(text: str, others: tuple[tuple[str, str], ...]) -> str:
    for said, instead in others:
        text = text.replace(said, instead)
    return text

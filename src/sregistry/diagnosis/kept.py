"""What a next try need not fetch or send again, in the words of what failed: rules speak of layers."""

from __future__ import annotations

from dataclasses import replace

from sregistry.diagnosis.diagnosis import Step
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.files import reference
from sregistry.diagnosis.rule import Words

_OF_LAYERS = "; finished layers are kept"


def of_what_came(said: Words, facts: Facts) -> Words:
    """`said`, with what is kept where no layers are converted."""
    kept = _kept(facts)
    return replace(said, steps=tuple(Step(step.command, step.comment.replace(_OF_LAYERS, kept)) for step in said.steps))


def _kept(facts: Facts) -> str:
    words = facts.texts("repeat")
    if words[:1] == ["copy"]:
        # An archive is written anew under another name, which goes away.
        return "" if words[-1].startswith("oci-archive:") else "; what has arrived stays"
    if facts.has("kept") or reference(facts):
        return "; what has come is kept" if facts.count("kept") else ""
    return _OF_LAYERS

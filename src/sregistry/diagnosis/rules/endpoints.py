"""Endpoints: what a place cannot do."""

from __future__ import annotations

from sregistry.diagnosis import words
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.rule import Rules, Words, certain, do, steps


def _unable(facts: Facts) -> Words:
    able = words.listing(facts.texts("known"), last="and")
    return Words(
        title=f'"sregistry {facts.text("verb")}" is not possible with {facts.text("scheme")}',
        why=(certain(f"It is possible with {able}."),) if able else (),
        steps=steps(do("Use a reference of one of these schemes.")) if able else (),
        what=(),
    )


RULES: Rules = {"endpoint-unable": _unable}

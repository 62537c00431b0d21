"""Endpoints: what a place cannot do, and what cannot be loaded."""

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


def _broken(facts: Facts) -> Words:
    package = facts.text("package")
    return Words(
        title=f"The package {package}, which serves {facts.text('scheme')}, cannot be loaded",
        why=(certain(f"Its import ended with {facts.text('reason')}."),),
        steps=steps(do(f"Install what {package} lacks, or another version of it, beside sregistry.")),
        what=(),
    )


RULES: Rules = {"endpoint-broken": _broken, "endpoint-unable": _unable}

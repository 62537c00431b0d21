"""What is said about a code that has no rule here, because another package has declared it."""

from __future__ import annotations

from sregistry.codes import declared
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.rule import Words, do, steps


def plain(facts: Facts) -> Words:
    """The error's own sentence, and what the page about the code says is to be done."""
    return Words(title=facts.headline, steps=steps(do(declared(facts.code).page.todo)))

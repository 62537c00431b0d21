"""Short names of Docker Hub: how they were read, and what was probably meant. Shared by the families that need it."""

from __future__ import annotations

from sregistry.diagnosis import commands, official
from sregistry.diagnosis.diagnosis import Cause, Step
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.rule import likely
from sregistry.references import DOCKER_HUB


def causes(facts: Facts) -> tuple[Cause, ...]:
    """The official image that is near, or else how a name without owner was read."""
    _, reason = official.meant(facts.registry, facts.repository)
    if reason:
        return (likely(reason),)
    repository = facts.repository
    if facts.registry != DOCKER_HUB or not repository.startswith("library/"):
        return ()
    short = repository.removeprefix("library/")
    return (likely(f'"{short}" without an owner means the official image library/{short}; others are OWNER/{short}.'),)


def steps(facts: Facts) -> tuple[Step, ...]:
    """The pull that was probably meant."""
    name, _ = official.meant(facts.registry, facts.repository)
    if not name:
        return ()
    tagged = name if ":" in name or ":" in facts.identifier or not facts.identifier else f"{name}:{facts.identifier}"
    return (Step(commands.pull(facts, name=f"docker://{tagged}"), f"did you mean {name}?"),)

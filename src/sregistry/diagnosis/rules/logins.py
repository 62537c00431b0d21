"""Steps about logins, by the place a login came from: shared by the families that speak of them."""

from __future__ import annotations

from sregistry.diagnosis import commands, hosts, words
from sregistry.diagnosis.diagnosis import Cause, Step
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.rule import certain


def _origin(facts: Facts) -> tuple[str, str]:
    """Where the login came from (`credentials.Credential.origin`), and its name."""
    part = facts.part("credential_origin")
    return part.text("kind"), part.text("name")


def saved(facts: Facts) -> bool:
    """Whether it stands in a file that ``sregistry logout`` can take it out of."""
    return _origin(facts)[0] in ("file", "helper")


def source(facts: Facts) -> str:
    """The login in words: ``the login in ~/.docker/config.json``, ``the login that docker-credential-pass gives``."""
    kind, name = _origin(facts)
    if kind == "environment":
        return f"the login in {name}_USERNAME and {name}_PASSWORD"
    if kind == "helper":
        return f"the login that {name} gives"
    if kind == "command line":
        return "the login of the command line"
    return f"the login in {name or facts.login}"


def waiting(facts: Facts) -> tuple[Cause, ...]:
    """Logins that the one that was sent goes before."""
    files = facts.texts("other_logins")
    where = f"Another login for {facts.registry} is in {words.listing(files)}"
    return (certain(f"{where}; the one that was sent goes before it."),) if files else ()


def another(facts: Facts) -> tuple[Step, ...]:
    """How the login that waits in a file is sent instead."""
    if not facts.texts("other_logins"):
        return ()
    return (drop(facts, f"the login in {facts.texts('other_logins')[0]} is sent then"),)


def drop(facts: Facts, comment: str) -> Step:
    """How to be without the login that was sent."""
    kind, name = _origin(facts)
    if kind == "environment":
        prefixes = facts.look.part("anonymous").texts("variables") or [name]
        return Step("unset " + " ".join(f"{prefix}_USERNAME {prefix}_PASSWORD" for prefix in prefixes), comment)
    if kind == "command line":
        return Step(comment="Leave out --username.")
    return Step(commands.logout(facts.registry), comment)


def renew(facts: Facts, *, after_another: bool = False) -> Step:
    """How to get a good one; for variables and the command line, where to put it."""
    kind, name = _origin(facts)
    if kind == "environment":
        verb = "Or set" if after_another else "Set"
        return Step(comment=f"{verb} {name}_USERNAME and {name}_PASSWORD anew.")
    return hosts.of(facts).login

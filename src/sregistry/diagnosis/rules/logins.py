"""Steps about logins, by the place a login came from: shared by the families that speak of them."""

from __future__ import annotations

import re

from sregistry.diagnosis import commands, hosts
from sregistry.diagnosis.diagnosis import Step
from sregistry.diagnosis.facts import Facts

_VARIABLE = re.compile(r"([A-Z][A-Z0-9_]*)_USERNAME \(environment\)")
_HELPER = re.compile(r"(docker-credential-\S+) \(")


def source(facts: Facts) -> str:
    """The login in words: ``the login in ~/.docker/config.json``, ``the login from docker-credential-pass``."""
    login = facts.login
    if match := _VARIABLE.fullmatch(login):
        return f"the login in {match[1]}_USERNAME and {match[1]}_PASSWORD"
    if match := _HELPER.match(login):
        return f"the login that {match[1]} gives"
    if login == "the command line":
        return "the login of the command line"
    return f"the login in {login.removesuffix(' (auths)')}"


def drop(facts: Facts, comment: str) -> Step:
    """How to be without the login that was sent."""
    if match := _VARIABLE.fullmatch(facts.login):
        prefixes = facts.look.part("anonymous").texts("variables") or [match[1]]
        return Step("unset " + " ".join(f"{prefix}_USERNAME {prefix}_PASSWORD" for prefix in prefixes), comment)
    if facts.login == "the command line":
        return Step(comment="Leave out --username.")
    return Step(commands.logout(facts.registry), comment)


def renew(facts: Facts, *, after_another: bool = False) -> Step:
    """How to get a good one; for variables and the command line, where to put it."""
    if match := _VARIABLE.fullmatch(facts.login):
        verb = "Or set" if after_another else "Set"
        return Step(comment=f"{verb} {match[1]}_USERNAME and {match[1]}_PASSWORD anew.")
    return hosts.find(facts.registry).login

"""What is said of files on the web: there is no registry, and the same image may be published elsewhere."""

from __future__ import annotations

import re
from dataclasses import replace

from sregistry.diagnosis import commands
from sregistry.diagnosis.diagnosis import Step, Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.kinds import Kind
from sregistry.diagnosis.rule import Words
from sregistry.references import InvalidReference, WebReference, parse
from sregistry.references.reference import FORCED
from sregistry.references.sources import by_name

#: Kinds of failures that another source does not have.
_OF_THE_PLACE = frozenset(
    {Kind.NETWORK, Kind.TLS, Kind.REGISTRY, Kind.RATE_LIMIT, Kind.AUTH, Kind.NOT_FOUND, Kind.IMAGE}
)
_OF_REGISTRIES = re.compile(r"\b([Tt]he) registry\b")
#: What answers there is a web server.
_NO_REGISTRY = frozenset({"registry-not-a-registry", "registry-web-page"})
#: What is said of images in registries, and what of files in its place.
_OTHERS = (
    ("ask for the image to be pushed again", "ask for the file to be put there again"),
    ("It is a single image without an index", "It is a single file"),
)


def reference(facts: Facts) -> WebReference | None:
    """The address that was asked for; None where it was none."""
    text = facts.text("reference")
    if not text.startswith(("https://", "http://")):
        return None
    try:
        found = parse(text)
    except InvalidReference:
        return None
    return found if isinstance(found, WebReference) else None


def of_file(said: Words, facts: Facts, kind: Kind) -> Words:
    """`said` about a file on the web: of its server in the place of a registry, and with its other source."""
    address = reference(facts)
    if address is None:
        return replace(said, steps=(*said.steps, *_as_file(facts)))
    other = by_name(address) if kind in _OF_THE_PLACE and facts.code != "network-offline" else None
    return replace(
        said,
        title=_of_server(said.title),
        why=tuple(replace(cause, text=_of_server(cause.text)) for cause in said.why),
        steps=tuple(Step(step.command, _of_server(step.comment)) for step in (*said.steps, *_elsewhere(other))),
        who=who_of(said.who, facts) if said.who else None,
    )


def _as_file(facts: Facts) -> tuple[Step, ...]:
    """What reads an address as a file's that was taken for the name of an image, where no registry answers."""
    text = facts.text("reference")
    if facts.code not in _NO_REGISTRY or not text.startswith(("https://", "http://")) or re.search("[#…]", text):
        return ()
    return (Step(commands.command("pull", f"{text}#{FORCED}"), "if it is the address of a file"),)


def who_of(who: Who, facts: Facts) -> Who:
    """`who` can help, where there may be no registry."""
    return Who.SERVER if who is Who.REGISTRY and reference(facts) else who


def _of_server(text: str) -> str:
    for said, instead in _OTHERS:
        text = text.replace(said, instead)
    return _OF_REGISTRIES.sub(r"\1 server", text)


def _elsewhere(other: tuple[str, str] | None) -> tuple[Step, ...]:
    if other is None:
        return ()
    name, instead = other
    return (
        Step(commands.command("pull", instead), "the same image as its makers publish it"),
        Step(commands.setting("web_sources", name), "takes it from there each time"),
    )

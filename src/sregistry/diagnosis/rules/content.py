"""Bytes that are not the ones promised: digests and sizes that do not match."""

from __future__ import annotations

from dataclasses import replace

from sregistry.diagnosis import commands, files, words
from sregistry.diagnosis.diagnosis import Cause, Step, Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.kinds import Kind
from sregistry.diagnosis.rule import Rules, Words, certain, do, likely, possible, run, steps
from sregistry.diagnosis.rules import layouts
from sregistry.diagnosis.rules.network import host
from sregistry.references import WebReference


def thing(facts: Facts) -> str:
    """What the bytes are, as the error calls them: ``layer``, ``manifest``, ``config``; else ``content``."""
    return facts.text("what") or ("layer" if facts.text("layer") else "content")


def _on_the_way(facts: Facts) -> Cause:
    if encoding := facts.text("content_encoding"):
        asked = f"it came with Content-Encoding: {encoding}, though none was asked for"
        return likely(f"A proxy packed it once more: {asked}.")
    if facts.text("proxy"):
        return likely(f"The proxy {facts.text('proxy')} changed or cut it.")
    return likely("A proxy, cache or firewall on the way changed or cut it.")


def _same_each_time(facts: Facts) -> Cause:
    if alike := facts.alike():
        return likely(f"The registry's own copy is damaged: {alike} downloads gave the same bytes.")
    return possible("The registry's own copy is damaged.")


def _other_file(facts: Facts, pinned: WebReference) -> Words:
    """A file on the web that came whole, several times alike, under an address that names another digest."""
    anything = replace(pinned, digest=None).uri if pinned.address else ""
    return Words(
        title="The file at this address has another digest than the one that is asked for",
        what=(f"Asked for is {pinned.digest}.", f"What came is {facts.text('actual')}."),
        why=(
            certain(f"{facts.alike()} downloads gave the same bytes. Nothing of them is used."),
            likely("The file was replaced since the digest was taken, or the digest is one of another file."),
            possible("The server's own copy is damaged, or something on the way gives another file."),
        ),
        steps=steps(
            do("Ask who gave you the digest, or the address, whether they belong together."),
            run(commands.pull(facts, name=anything) if anything else "", "takes what is there, if you trust it"),
        ),
    )


def _mismatch(facts: Facts) -> Words:
    pinned = files.reference(facts)
    if pinned and pinned.digest and facts.alike():
        return _other_file(facts, pinned)
    same_size = facts.has("expected_size") and facts.get("expected_size") == facts.get("actual_size")
    note = "It has the promised size, but other bytes." if same_size else "What came is not what its digest promises."
    return Words(
        title=f"The {thing(facts)} is corrupt: its digest does not match",
        why=(certain(f"{note} Nothing of it is used."), *_ranked(facts)),
        steps=_steps(facts),
        who=Who.IMAGE if facts.text("layout") else None,
    )


def _ranked(facts: Facts) -> tuple[Cause, ...]:
    """The likely cause first; a mirror's own copy if it came from one."""
    if facts.text("layout"):
        return (layouts.damaged(facts),)
    if facts.text("mirror_of"):
        return (certain(f"It came from {host(facts)}, a mirror of {facts.text('mirror_of')}: its copy is damaged."),)
    causes = (_on_the_way(facts), _same_each_time(facts))
    return causes[::-1] if facts.alike() else causes


def _steps(facts: Facts) -> tuple[Step, ...]:
    if facts.text("layout"):
        return steps(layouts.again(facts))
    if facts.text("mirror_of"):
        return steps(
            do(f"Tell those who run the mirror {host(facts)}, or take it out of registries.conf."),
            run(commands.pull(facts), "try again"),
        )
    return steps(
        run(
            commands.pull(facts),
            "try again, if possible from another network" + (" or without the proxy" if facts.text("proxy") else ""),
        ),
        do("The same again means that the registry's copy is damaged: ask for the image to be pushed again."),
    )


def _short(facts: Facts) -> Words:
    got, size = facts.count("actual_size"), facts.count("expected_size")
    return Words(
        title=f"The {thing(facts)} is incomplete: it ended after {words.size(got)} of {words.size(size)}",
        why=_ranked(facts),
        steps=_steps(facts),
        kind=Kind.IMAGE if facts.text("layout") else None,
        who=Who.IMAGE if facts.text("layout") else None,
    )


def _long(facts: Facts) -> Words:
    promised = words.size(facts.count("expected_size"))
    return Words(
        title=f"The {thing(facts)} is larger than the {promised} promised; reading was stopped",
        why=(certain("The manifest and the content contradict each other. Nothing of it is used."), *_ranked(facts)),
        steps=_steps(facts),
        who=Who.IMAGE if facts.text("layout") else None,
    )


def _malformed(facts: Facts) -> Words:
    given = facts.text("text")
    return Words(
        title=f"{given!r} is not a digest",
        what=() if not facts.text("url") else None,
        why=(certain("A digest is an algorithm, a colon and lowercase hex digits, such as sha256: and 64 digits."),),
        steps=steps(do("Where it was typed, check it; where the registry sent it, report it to the image's author.")),
    )


def _unsupported(facts: Facts) -> Words:
    return Words(
        title=f"The digest algorithm {facts.text('algorithm')} is not supported",
        why=(certain("sha256, sha384 and sha512 can be verified; content that cannot be verified is not used."),),
        steps=steps(do("Ask the image's author for the digest in sha256, or pull by tag.")),
    )


RULES: Rules = {
    "digest-mismatch": _mismatch,
    "size-short": _short,
    "size-long": _long,
    "digest-malformed": _malformed,
    "digest-unsupported": _unsupported,
}

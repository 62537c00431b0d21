"""Copies."""

from __future__ import annotations

from sregistry.diagnosis import commands, hosts, words
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.rule import Rules, Words, certain, do, likely, run, steps


def _other_digest(facts: Facts) -> Words:
    return Words(
        title="The target names another digest than the source has",
        what=(f"The source is {facts.text('actual')}.", f"The target names {facts.text('expected')}.")
        if facts.text("actual")
        else (),
        why=(certain("A copy has the digest of its source, so it cannot be had under another one."),),
        steps=steps(do("Leave the digest out of the target, or name the source that has it.")),
    )


def _read_only(facts: Facts) -> Words:
    able = words.listing(facts.texts("known"), last="or")
    return Words(
        title=f"Nothing can be copied into {facts.text('scheme')}, which is only read",
        what=(),
        steps=steps(do(f"Copy into {able}.") if able else None),
    )


def _schema1(facts: Facts) -> Words:
    name, source = hosts.of(facts).name, facts.texts("repeat")[1:2]
    return Words(
        title=f"{name} does not take the image, which is one of Docker's schema 1",
        why=(
            certain("The image is stored in the format of before 2016, and a copy keeps every byte."),
            likely(f"{name} takes that format no more, as newer registries do."),
        ),
        steps=steps(
            run(commands.command("pull", *source), "makes a SIF file of it all the same") if source else None,
            do("Or ask its author to build it again."),
        ),
    )


def _line(facts: Facts) -> Words:
    number, file, reason = facts.count("line"), facts.text("file"), facts.text("reason")
    where = f"Line {number} of {file or 'the list'}" if number else "A line of the list"
    return Words(
        title=f"{where} cannot be used",
        what=(facts.text("source"),) if facts.text("source") else (),
        why=(certain(f"{words.sentence(reason)}"),) if reason else (),
        steps=steps(do("Correct the line: SRC DST, or SRC alone where a target for all is given behind the list.")),
    )


RULES: Rules = {
    "copy-read-only": _read_only,
    "copy-other-digest": _other_digest,
    "copy-schema1": _schema1,
    "copy-list-line": _line,
}

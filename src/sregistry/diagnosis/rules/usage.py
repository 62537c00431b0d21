"""The command line and the settings."""

from __future__ import annotations

from sregistry.diagnosis import commands, words
from sregistry.diagnosis.diagnosis import Step
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.rule import Rules, Words, certain, do, steps


def _where(facts: Facts) -> str:
    """Where the value stands: ``in SREGISTRY_JOBS (environment)``, ``on the command line``."""
    source = facts.text("source")
    if not source:
        return ""
    return "on the command line" if source == "command line" else f"in {source}"


def _unknown(facts: Facts) -> Words:
    near = facts.texts("near")
    return Words(
        title=f'There is no setting named "{facts.text("setting")}"',
        what=(words.sentence(f"it stands {_where(facts)}"),) if _where(facts) else (),
        steps=steps(
            do(f"Did you mean {words.listing(near, last='or')}?") if near else None,
            Step("sregistry config", "lists every setting, its value and where it came from"),
        ),
    )


def _invalid(facts: Facts) -> Words:
    expected, variable = facts.text("expected"), facts.text("source").partition(" ")[0]
    unset = Step(f"unset {variable}", "goes back to the default") if "(environment)" in facts.text("source") else None
    return Words(
        title=f'The setting {facts.text("setting")} cannot be "{facts.text("value")}"',
        what=(words.sentence(f"the value stands {_where(facts)}"),) if _where(facts) else (),
        why=(certain(f"It has to be {expected}."),) if expected else (),
        steps=steps(do(f"Correct it {_where(facts)}.") if _where(facts) else None, unset),
    )


def _argument(facts: Facts) -> Words:
    """A Python program gave something that cannot be meant."""
    expected = facts.text("expected")
    given = facts.text("value") or facts.text("type")
    return Words(
        title=f"The argument {facts.text('argument')} cannot be {given}",
        what=(),
        why=(certain(f"It has to be {expected}."),) if expected else (),
        steps=steps(do("Correct the call in the program; its traceback says where it is.")),
    )


def _client(facts: Facts) -> Words:
    """A client that does not exist, or of which nothing is kept."""
    known = facts.texts("known")
    here = (
        f"There are settings of {words.listing(known)}." if facts.text("file") else f"There is {words.listing(known)}."
    )
    return Words(
        title=facts.headline,
        what=(),
        why=(certain(here),) if known else (),
        steps=steps(Step("sregistry backend status", "which client is active, and which have settings")),
    )


def _kept(facts: Facts) -> Words:
    return Words(
        title=facts.headline,
        what=(f"It is kept in {facts.text('file')}.",) if facts.text("file") else (),
        why=(certain("A value is never replaced without being told to."),),
        steps=steps(Step(commands.command(*facts.texts("again")), "replaces it; the value is asked for")),
    )


def _file(facts: Facts) -> Words:
    """A configuration or credentials file that cannot be read or understood."""
    detail = facts.further("detail", "reason", "cause")
    named_in = facts.text("named_in")
    return Words(
        title=facts.headline,
        what=(detail,) if detail else (),
        why=(certain(f"The file is named by {named_in}."),) if named_in else (),
        steps=steps(
            Step(f"unset {named_in}", "uses the file at its usual place") if named_in.isidentifier() else None,
            Step(f"ls -l {commands.quoted(facts.text('file'))}", "is it there, and may you read it?")
            if facts.has("errno") or not (facts.has("line") or facts.has("reason"))
            else None,
            do(f"Correct {facts.text('file') or 'the file'}, or do without it."),
        ),
    )


def _removed(facts: Facts) -> Words:
    """A program was written for another version."""
    return Words(
        title=f"{facts.text('name') or 'A name'} was removed with sregistry 1",
        what=(),
        why=(certain("The program was written for sregistry 0.2."),),
        steps=steps(do(f"Instead: {facts.text('instead')}.") if facts.text("instead") else None),
    )


RULES: Rules = {
    "removed-name": _removed,
    "argument-type": _argument,
    "argument-value": _argument,
    "setting-unknown": _unknown,
    "setting-invalid": _invalid,
    "setting-client-unknown": _client,
    "setting-kept-already": _kept,
    "setting-file-unreadable": _file,
    "setting-file-malformed": _file,
    "setting-registries-conf": _file,
    "setting-authfile": _file,
}

"""The command line and the settings."""

from __future__ import annotations

from sregistry.diagnosis import commands, words
from sregistry.diagnosis.diagnosis import Step, Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.kinds import Kind
from sregistry.diagnosis.rule import Rule, Rules, Words, certain, do, steps


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


def _file(facts: Facts) -> Words:
    """A configuration or credentials file that cannot be read or understood."""
    detail = facts.text("detail") or facts.text("reason") or facts.text("cause")
    return Words(
        title=words.capital(facts.message),
        what=(words.sentence(detail),) if detail else (),
        steps=steps(
            Step(f"ls -l {commands.quoted(facts.text('file'))}", "is it there, and may you read it?")
            if facts.has("errno") or not detail
            else None,
            do(f"Correct {facts.text('file') or 'the file'}, or do without it."),
        ),
    )


RULES: Rules = {
    "setting-unknown": Rule(Kind.USAGE, Who.YOU, _unknown),
    "setting-invalid": Rule(Kind.USAGE, Who.YOU, _invalid),
    "setting-file-unreadable": Rule(Kind.USAGE, Who.YOU, _file),
    "setting-file-malformed": Rule(Kind.USAGE, Who.YOU, _file),
    "setting-registries-conf": Rule(Kind.USAGE, Who.YOU, _file),
    "setting-authfile": Rule(Kind.USAGE, Who.YOU, _file),
}

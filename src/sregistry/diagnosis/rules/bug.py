"""What is nobody's fault but ours, and what the user wanted: bugs and interruptions."""

from __future__ import annotations

from sregistry.diagnosis import commands
from sregistry.diagnosis.diagnosis import Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.kinds import Kind
from sregistry.diagnosis.rule import Rule, Rules, Words, certain, do, run, steps

BUG, INTERRUPTED = "bug", "interrupted"


def _bug(facts: Facts) -> Words:
    """A fault in our own code: a foreign exception, or a code without a rule."""
    exception, report = facts.text("exception"), facts.text("report")
    known = f"{exception}: {facts.message}" if exception else f"{facts.message} [{facts.code}]"
    return Words(
        title="Something went wrong in sregistry itself; we are sorry",
        what=(known.rstrip(": "),),
        why=(certain("This was not expected to happen, so its cause is not known here."),),
        steps=steps(
            do(f"Please report it and attach {report}; it holds no passwords or tokens.")
            if report
            else do("Please report it, with the command and what it printed."),
            run(commands.doctor(facts), "shows how far a pull comes"),
        ),
    )


def _interrupted(facts: Facts) -> Words:
    stage = facts.text("stage")
    where = f" while {stage}" if stage else ""
    terminated = facts.text("signal") == "SIGTERM"
    elapsed = facts.number("elapsed")
    after = f" after {elapsed:.0f} seconds" if elapsed else ""
    return Words(
        title=f"{'Ended by a signal from the system' if terminated else 'Stopped'}{after}{where}",
        why=(
            certain("Another program sent SIGTERM: a batch system or workflow engine at its time limit, for example."),
        )
        if terminated
        else (),
        what=(),
        steps=steps(run(commands.pull(facts), "goes on with the layers that are finished")),
    )


RULES: Rules = {
    BUG: Rule(Kind.BUG, Who.SREGISTRY, _bug),
    INTERRUPTED: Rule(Kind.INTERRUPTED, Who.NOBODY, _interrupted),
}

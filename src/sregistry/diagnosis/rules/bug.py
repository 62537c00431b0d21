"""What is nobody's fault but ours, and what the user wanted: bugs and interruptions."""

from __future__ import annotations

from sregistry.diagnosis import commands
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.rule import Rules, Words, certain, do, likely, run, steps

BUG, INTERRUPTED, CALLING_PROGRAM = "bug", "interrupted", "calling-program"


def _bug(facts: Facts) -> Words:
    """A fault in our own code: a foreign exception, or a code without a rule."""
    exception, report = facts.text("exception"), facts.text("report")
    known = f"{exception}: {facts.statement}" if exception else f"{facts.statement} [{facts.code}]"
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


def _calling_program(facts: Facts) -> Words:
    """An exception of the program that uses the library, where no code of ours took part."""
    place = f"{facts.text('file')}, line {facts.text('line')}"
    return Words(
        title=f"{facts.text('exception')} in the program that called sregistry",
        what=(facts.sentence,) if facts.statement else (),
        why=(certain(f"It was raised in {place}, not in sregistry."),),
        steps=steps(do(f"Correct the program at {place}.")),
    )


_WHO_ENDS = {
    "SIGTERM": "A batch system or workflow engine reached its time limit for this job, or somebody used kill.",
    "SIGHUP": "The terminal or the connection to this machine was closed.",
}


def _interrupted(facts: Facts) -> Words:
    stage = facts.text("stage")
    where = f" while {stage}" if stage else ""
    signal = facts.text("signal")
    terminated = signal in ("SIGTERM", "SIGHUP")
    elapsed = facts.number("elapsed")
    after = f" after {elapsed:.0f} seconds" if elapsed else ""
    return Words(
        title=f"{f'Ended by another program ({signal})' if terminated else 'Stopped'}{after}{where}",
        why=(likely(_WHO_ENDS[signal]),) if terminated else (),
        what=(),
        steps=steps(
            run(commands.pull(facts), "goes on with what is finished")
            or do("Run the same command again: it goes on with what is finished.")
        ),
    )


RULES: Rules = {
    CALLING_PROGRAM: _calling_program,
    BUG: _bug,
    INTERRUPTED: _interrupted,
}

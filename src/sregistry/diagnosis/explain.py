"""Any error -> `Diagnosis`: a pure table of rules, keyed by the error's code. Nothing here asks the network."""

from __future__ import annotations

from sregistry.codes import Code, declared, find
from sregistry.diagnosis import commands, evidence, exchange, oserrors
from sregistry.diagnosis.callers import raised_by_program
from sregistry.diagnosis.diagnosis import Cause, Diagnosis, Likelihood
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.files import of_file, who_of
from sregistry.diagnosis.kept import of_what_came
from sregistry.diagnosis.kinds import Kind
from sregistry.diagnosis.lines import in_lines
from sregistry.diagnosis.repeats import of_repeat
from sregistry.diagnosis.rule import Words
from sregistry.diagnosis.rules import BUG, CALLING_PROGRAM, INTERRUPTED, RULES
from sregistry.diagnosis.rules.plain import plain
from sregistry.errors import SregistryError
from sregistry.resources.errors import translate

#: What is certain first, then what is likely.
_ORDER = {likelihood: place for place, likelihood in enumerate(Likelihood)}


def explain(error: BaseException, *, called: bool = True) -> Diagnosis:
    """Explain `error`.

    Errors of the operating system about files are explained as such, and, where one `called` us, those of the program
    as its own; whatever else is not of our family, or has a code that is not declared here, is a bug of ours and
    said to be one.
    """
    if isinstance(error, SregistryError):
        return _apply(Facts.of(error))
    if isinstance(error, KeyboardInterrupt):
        return _apply(Facts(INTERRUPTED, "stopped by the user", {}))
    if lack := translate(error):
        return explain(lack)
    if isinstance(error, OSError) and (known := oserrors.translate(error)):
        return _apply(Facts(*known))
    if called and not isinstance(error, OSError) and (place := raised_by_program(error)):
        return _apply(Facts(CALLING_PROGRAM, str(error), place))
    return _apply(Facts(BUG, str(error), {"exception": type(error).__name__}))


def _apply(facts: Facts) -> Diagnosis:
    # An error may have come from a process in which other codes are declared.
    code = find(facts.code) or declared(BUG)
    said = RULES.get(code.name, plain)(facts)
    kind = said.kind or code.kind
    said = of_what_came(of_repeat(of_file(said, facts, kind), facts), facts)
    what = _what(said, facts)
    return in_lines(_diagnosis(code, said, facts, kind, what))


def _diagnosis(code: Code, said: Words, facts: Facts, kind: Kind, what: tuple[str, ...]) -> Diagnosis:
    return Diagnosis(
        code=facts.code,
        title=said.title,
        kind=kind,
        what=what,
        why=_causes(said, what),
        checked=said.checked,
        evidence=_unsaid(
            evidence.collect(facts, kind), " ".join((said.title, *what, *(cause.text for cause in said.why)))
        ),
        who=said.who or who_of(code.who, facts),
        steps=said.steps,
        related=_doctor(code, said, facts),
    )


def _causes(said: Words, what: tuple[str, ...]) -> tuple[Cause, ...]:
    """The causes in order, each once, without what is said above them; at most one of them is the likely one."""
    above = " ".join([said.title, *what]).lower()
    kept: dict[str, Cause] = {}
    for cause in sorted(said.why, key=lambda cause: _ORDER[cause.likelihood]):
        if cause.text.rstrip(".").lower() in above:
            continue
        second = cause.likelihood is Likelihood.LIKELY and any(
            other.likelihood is Likelihood.LIKELY for other in kept.values()
        )
        kept.setdefault(cause.text, Cause(cause.text, Likelihood.POSSIBLE) if second else cause)
    return tuple(kept.values())


def _unsaid(found: tuple[tuple[str, str], ...], said: str) -> tuple[tuple[str, str], ...]:
    """The evidence that title and request have not shown already, or a cause has named."""
    return tuple((label, value) for label, value in found if value not in said)


def _doctor(code: Code, said: Words, facts: Facts) -> tuple[str, ...]:
    """The doctor's command where it can tell more and is not among the steps already."""
    command = commands.doctor(facts) if code.doctor else ""
    return (command,) if command and command not in {step.command for step in said.steps} else ()


def _what(said: Words, facts: Facts) -> tuple[str, ...]:
    """What happened, without a line that only repeats the title."""
    found = exchange.lines(facts, said.title) if said.what is None else said.what
    return tuple(line for line in found if line and line.rstrip(".").lower() not in said.title.lower())

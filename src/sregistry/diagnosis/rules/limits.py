"""Rate limits: a quota and protection against haste need opposite remedies, so they are told apart."""

from __future__ import annotations

from sregistry.answers import rate
from sregistry.answers.rate import RateLimit
from sregistry.diagnosis import commands, hosts, words
from sregistry.diagnosis.diagnosis import Cause, Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.rule import Rules, Words, certain, do, likely, run, steps
from sregistry.references import DOCKER_HUB


def _limit(facts: Facts) -> RateLimit | None:
    """The allowance by the rate-limit headers, seen now or in the second look; None if the registry names none."""
    return _parsed(facts.part("rate_limit")) or _parsed(facts.look.part("rate_limit"))


def _parsed(headers: Facts) -> RateLimit | None:
    return rate.parse({name: str(value) for name, value in headers.items()})


def _allowance(facts: Facts) -> tuple[Cause, ...]:
    """Limit, what is left, and the window, as the headers have them."""
    known = _limit(facts)
    if known is None:
        return ()
    within = f" in {words.duration(known.window)}" if known.window else ""
    allowed = f"{known.limit} pulls{within} are allowed" if known.limit else "The number of pulls is limited"
    left = f", {known.remaining} are left" if known.remaining is not None else ""
    return (certain(f"{allowed}{left}."),)


def _codes(facts: Facts) -> list[str]:
    return [item.text("code").upper() for item in facts.registry_errors]


def _whom(facts: Facts) -> tuple[Cause, ...]:
    """Whose allowance it is: the registry's own word for it, else by the login that was sent."""
    known = _limit(facts)
    source = known.source if known and known.source else ""
    if facts.anonymous:
        shown = f" {source}" if source else ""
        return (
            certain(f"The request was anonymous, so all who come from the same address{shown} share one allowance."),
        )
    if facts.login:
        counted = f" It is counted for {source}." if source else ""
        return (certain(f"The login {facts.login} was sent.{counted}"),)
    return (certain(f"It is counted for {source}."),) if source else ()


def _wait(facts: Facts) -> str:
    after = facts.number("retry_after")
    return f"Try again in {words.duration(after)}" if after and not _obeyed(facts) else "Try again later"


def _asked(facts: Facts) -> tuple[Cause, ...]:
    """What it asks for, and what of it was done: only pauses that were made are said to have been of no help."""
    after = facts.number("retry_after")
    if not after:
        return ()
    asked = f"It asks to wait {words.duration(after)}"
    obeyed, longest = _obeyed(facts), facts.number("longest_pause")
    if obeyed:
        return (certain(f"{asked}; {words.duration(obeyed)} of such pauses did not help."),)
    if longest is None:
        return (certain(f"{asked}."),)
    if after > longest:
        return (certain(f"{asked}, which is longer than the {words.duration(longest)} that are waited for."),)
    return (certain(f"{asked}, for which no time was left."),)


def _obeyed(facts: Facts) -> float:
    """Seconds that were waited because the registry had asked for it."""
    return sum(made.number("paused") or 0.0 for made in facts.parts("tries") if made.has("retry_after"))


def _enough(facts: Facts) -> str:
    """The pauses that would have done, as far as is known."""
    return f"{int(_obeyed(facts) + (facts.number('retry_after') or 0.0)) + 1}s"


_TOO_MANY = 429


def _behind(facts: Facts) -> Words:
    """The limit is that of the registry from which this one fetches; its words came with another status."""
    named = facts.text("upstream")
    upstream = hosts.find(named).name if named else "the registry behind it"
    return Words(
        title=f"The pull limit of {upstream} is used up (rate limit), for all who pull through {facts.registry}",
        why=(
            certain(f"{facts.registry} does not have the image yet, and fetches it from {upstream}."),
            certain("Whether the image exists was not found out; what this machine may pull does not matter."),
        ),
        steps=steps(
            run(commands.pull(facts), "try again later; limits last some hours"),
            do(f"Ask the operator of {facts.registry} to let it log in at {upstream}: a login has a higher limit."),
        ),
        who=Who.REGISTRY,
    )


def _quota(facts: Facts) -> Words:
    if facts.has("status") and facts.count("status") != _TOO_MANY and "TOOMANYREQUESTS" not in _codes(facts):
        return _behind(facts)
    host = hosts.of(facts)
    login = host.login
    return Words(
        title=f"The pull limit of {host.name} is used up (rate limit)",
        why=(*_allowance(facts), *_whom(facts), *_asked(facts)),
        steps=steps(
            run(login.command, "a login has an allowance of its own") if facts.anonymous else None,
            do(f"{_wait(facts)}; finished layers are kept."),
            run(
                commands.setting("retry_after", _enough(facts)),
                "waits for it by itself",
            )
            if facts.number("retry_after")
            else None,
            do("On a cluster: pull once and share the SIF file, or use a mirror (registries.conf)."),
        ),
        who=Who.YOU,
    )


def _unnamed(facts: Facts) -> str:
    """That there is no quota in the answer: neither in its headers nor in its words, whatever these say."""
    return "" if _limit(facts) or facts.said or facts.text("body_head") else ", and names no quota"


def _abuse(facts: Facts) -> Words:
    host = hosts.of(facts)
    hub = facts.registry == DOCKER_HUB or facts.about("hub-haste")
    return Words(
        title=f"{host.name} got too many requests in a short time, and wants fewer (rate limit)",
        why=(
            certain("This is a limit on speed, not the pull limit: a login does not lift it.")
            if hub
            else certain(f"It answers that there were too many requests{_unnamed(facts)}."),
            likely("Many machines behind the same address ask at the same time."),
            *_asked(facts),
        ),
        steps=steps(
            run(commands.pull(facts), f"{_wait(facts)[:1].lower()}{_wait(facts)[1:]}; finished layers are kept"),
            do("In a batch: pull once before the jobs start, and share the SIF file."),
            None if hub or not facts.anonymous else run(host.login.command, "some registries allow more with a login"),
        ),
    )


RULES: Rules = {
    "rate-limit-quota": _quota,
    "rate-limit-abuse": _abuse,
}

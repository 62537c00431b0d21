"""Rate limits and overload: of a quota, of haste, short and long, said in every way there is."""

from __future__ import annotations

from email.utils import formatdate
from time import time
from typing import Any

from tests.sick.answer import Answer, error, page, text
from tests.sick.request import Request
from tests.sick.scenario import LOGIN, SUCCEEDS, Expectation, Family, either, fails

FAMILY = Family("limits")

_HUB = error(
    429,
    "TOOMANYREQUESTS",
    "You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit",
)
_BARE = text(429, "Too Many Requests\n")


def _limited(
    name: str,
    answer: Answer,
    expect: Expectation,
    does: str,
    cause: str,
    kind: str = "manifest",
    times: int = 1 << 30,
    **more: Any,
) -> None:
    """Requests of this kind get this answer, the first `times` times."""

    def handle(request: Request) -> Answer | None:
        return answer if request.kind == kind and request.count(kind) <= times else None

    FAMILY.add(name, expect, does, cause, handle=handle, **more)


def _after(answer: Answer, value: str) -> Answer:
    return answer.adding(("Retry-After", value))


_limited(
    "quota",
    _HUB.adding(
        ("ratelimit-limit", "100;w=21600"),
        ("ratelimit-remaining", "0;w=21600"),
        ("docker-ratelimit-source", "192.0.2.17"),
    ),
    fails("rate-limit-quota", r"limit", r"\b100\b", r"6 h", r"192\.0\.2\.17", r"\blogin\b", r"later|mirror"),
    "429 as Docker Hub says it, with headers",
    "the quota of this address is used up",
)
_limited(
    "quota-of-account",
    error(429, "TOOMANYREQUESTS", "You have reached your pull rate limit as 'somebody'").adding(
        ("ratelimit-limit", "200;w=21600"), ("ratelimit-remaining", "0;w=21600")
    ),
    fails("rate-limit-quota", r"limit", r"\b200\b", r"6 h", r"login|account", r"later|mirror"),
    "429 of the quota kind",
    "the quota of the account is used up",
    login=LOGIN,
)
_limited(
    "quota-words-only",
    _HUB,
    fails("rate-limit-quota", r"limit", r"\blogin\b", r"later|mirror"),
    "429 as Docker Hub says it, without headers",
    "the quota of this address is used up",
)
_limited(
    "quota-headers-only",
    _BARE.adding(("ratelimit-limit", "100;w=3600"), ("ratelimit-remaining", "0;w=3600")),
    fails("rate-limit-quota", r"limit", r"\b100\b", r"(an|1|one) hour|60 min", r"later|mirror"),
    "a bare 429, with headers that say that nothing is left",
    "the quota is used up",
)
_limited(
    "quota-for-layers",
    _HUB,
    fails("rate-limit-quota", r"limit", r"\blogin\b", r"later|mirror"),
    "429 for layers only",
    "the quota is used up in the middle of the pull",
    kind="blob",
)
_limited(
    "abuse",
    text(429, "Too Many Requests (HAP429).\n"),
    fails("rate-limit-abuse", r"too many|fewer", r"again|later|slow|share"),
    "429 with HAP429, as Docker Hub's protection against abuse says it",
    "too many requests in a short time",
)
_limited(
    "abuse-bare",
    _BARE,
    fails("rate-limit-abuse", r"too many|fewer", r"again|later|slow|share"),
    "429 with three words",
    "too many requests in a short time",
)
_limited(
    "abuse-empty",
    Answer(429),
    fails("rate-limit-abuse", r"too many|fewer", r"again|later|slow|share"),
    "429 and nothing else",
    "too many requests in a short time",
)
_limited(
    "abuse-page",
    page(429, "429 Too Many Requests", "nginx"),
    fails("rate-limit-abuse", r"too many|fewer", r"again|later|slow|share"),
    "429 and a web page",
    "too many requests in a short time",
)
_limited(
    "abuse-as-403",
    error(403, "TOOMANYREQUESTS", "secondary rate limit exceeded"),
    fails(
        "rate-limit-abuse rate-limit-quota", r"too many|fewer|limit", r"secondary rate limit", r"again|later|slow|share"
    ),
    "403 that speaks of a rate limit",
    "too many requests in a short time",
)
_limited("wait-once", _BARE, SUCCEEDS, "429 once, without saying how long", "a short limit", times=1)
_limited("wait-a-second", _after(_BARE, "1"), SUCCEEDS, "429 once, Retry-After: 1", "a short limit", times=1)
_limited("wait-zero", _after(_BARE, "0"), SUCCEEDS, "429 twice, Retry-After: 0", "a short limit", times=2)
_limited("wait-layer", _after(_BARE, "1"), SUCCEEDS, "429 for a layer once, Retry-After: 1", "a limit", "blob", times=1)
_limited("wait-garbage", _after(_BARE, "soon"), SUCCEEDS, "429 once, Retry-After: soon", "a short limit", times=1)
_limited("wait-negative", _after(_BARE, "-7"), SUCCEEDS, "429 once, Retry-After: -7", "a short limit", times=1)
_limited(
    "wait-long",
    _after(_BARE, "3600"),
    fails("rate-limit-abuse", r"too many|fewer", r"(an|1|one) hour|60 min", r"again|later"),
    "429, Retry-After: 3600",
    "a long limit",
    seconds=10,
)
_limited(
    "wait-huge",
    _after(_BARE, "99999999999999999999"),
    fails("rate-limit-abuse", r"too many|fewer", r"again|later"),
    "429, Retry-After beyond all sense",
    "a broken limit",
)
_limited(
    "quota-wait-long",
    _after(_HUB, "7200"),
    fails("rate-limit-quota", r"limit", r"2 h", r"login|later|mirror"),
    "429 of the quota kind, Retry-After: 7200",
    "the quota is used up",
    seconds=10,
)
_limited(
    "quota-for-a-second",
    _after(_HUB, "1"),
    SUCCEEDS,
    "429 of the quota kind once, Retry-After: 1",
    "the quota is renewed in a second",
    times=1,
)
_limited("busy-a-second", _after(text(503, "busy"), "1"), SUCCEEDS, "503 once, Retry-After: 1", "maintenance", times=1)
_limited(
    "busy-long",
    _after(text(503, "maintenance"), "1800"),
    fails("registry-unavailable", r"\b503\b|not available", r"30 min", r"again|later"),
    "503, Retry-After: 1800",
    "maintenance",
    seconds=10,
)
_limited(
    "always-a-second",
    _after(_BARE, "1"),
    fails("rate-limit-abuse", r"too many", r"of such pauses did not help", r"again", never=(r"longer than is waited",)),
    "429 with Retry-After: 1, every time",
    "a limit that does not keep its word",
)


@FAMILY.scenario("wait-until", SUCCEEDS, "429 once, Retry-After as a date two seconds from now", "a short limit")
def until(request: Request) -> Answer | None:
    if request.kind != "manifest" or request.count("manifest") > 1:
        return None
    return _after(_BARE, formatdate(time() + 2, usegmt=True))


@FAMILY.scenario(
    "wait-until-tomorrow",
    fails("rate-limit-abuse", r"too many|fewer", r"24 h|23 h|day", r"again|later"),
    "429, Retry-After as a date tomorrow",
    "a long limit",
    seconds=10,
)
def tomorrow(request: Request) -> Answer | None:
    return _after(_BARE, formatdate(time() + 86_400, usegmt=True)) if request.kind == "manifest" else None


@FAMILY.scenario("wait-until-yesterday", SUCCEEDS, "429 once, Retry-After as a date that is over", "a short limit")
def yesterday(request: Request) -> Answer | None:
    if request.kind != "manifest" or request.count("manifest") > 1:
        return None
    return _after(_BARE, formatdate(time() - 86_400, usegmt=True))


@FAMILY.scenario("overload-everywhere", SUCCEEDS, "503 once for each address", "a registry that starts")
def everywhere(request: Request) -> Answer | None:
    return error(503, "UNAVAILABLE", "starting") if request.count(request.path) == 1 else None


@FAMILY.scenario(
    "impolite-clients",
    either("rate-limit-abuse"),
    "429 to those who come more than 40 times",
    "a limit that a polite client does not meet",
)
def impolite(request: Request) -> Answer | None:
    return _BARE if request.count("all") > 40 else None


_HASTE = error(429, "TOOMANYREQUESTS", "slow down")
_BUSY = error(503, "UNAVAILABLE", "busy")


def _in_turn(name: str, kind: str, does: str, *answers: Answer) -> None:
    """Requests of this kind get these answers one after the other, and then the right one."""

    def handle(request: Request) -> Answer | None:
        number = request.count(kind) if request.kind == kind else len(answers) + 1
        return answers[number - 1] if number <= len(answers) else None

    FAMILY.add(name, SUCCEEDS, does, "several short troubles, each over at once", handle=handle)


_in_turn("busy-then-haste", "manifest", "503 twice, then 429 with Retry-After: 1", _BUSY, _BUSY, _after(_HASTE, "1"))
_in_turn("haste-four-times", "manifest", "429 with Retry-After: 1, four times", *[_after(_HASTE, "1")] * 4)
_in_turn(
    "haste-in-words",
    "blob",
    "429 with ghcr.io's words, three times",
    *[error(429, "TOOMANYREQUESTS", "retry-after: 500ms, allowed: 44000/minute")] * 3,
)
_in_turn("troubles-by-turns", "manifest", "503, 429, 502, 429, each once", _BUSY, _HASTE, text(502, "bad"), _HASTE)
_in_turn(
    "haste-by-another-clock",
    "manifest",
    "429 with Retry-After as a date a second after the answer's own Date, by a clock that is an hour ahead",
    _HASTE.setting("Date", formatdate(time() + 3600, usegmt=True)).adding(
        ("Retry-After", formatdate(time() + 3601, usegmt=True))
    ),
)


@FAMILY.scenario(
    "busy-then-long",
    fails(
        "rate-limit-abuse",
        r"asks to wait (an|1|one) hour|asks to wait 60 min",
        r"longer than the 10 s",
        never=(r"did not help",),
    ),
    "503 twice, then 429 with Retry-After: 3600",
    "a long limit after a short trouble",
    seconds=12,
)
def busy_then_long(request: Request) -> Answer | None:
    if request.kind != "manifest":
        return None
    return _BUSY if request.count("manifest") <= 2 else _after(_HASTE, "3600")

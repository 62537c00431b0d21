"""Steps that ask the registry: ping, token, the manifest in every format, limits."""

from __future__ import annotations

import contextlib
from urllib.parse import parse_qs, urlsplit

from sregistry.diagnosis import words
from sregistry.diagnosis.evidence import SKEW_SHOWN
from sregistry.doctor import alone
from sregistry.doctor.steps.image import NAMES
from sregistry.doctor.steps.step import StepResult, Walk, ok, warn
from sregistry.errors import SregistryError


def ping(walk: Walk) -> StepResult:
    """Is it a registry, and what does it want?"""
    found = walk.session.ping(walk.in_registry)
    walk.plain = found.url.startswith("http:")
    asks = words.listing([str(one.get("scheme", "")).capitalize() for one in found.challenges]) or "no login"
    summary = f"{found.url} → {found.status}, asks for {asks}"
    lines = [f"token service: {one['realm']}" for one in found.challenges if one.get("realm")]
    skew = found.clock_skew
    if skew is not None and abs(skew) >= SKEW_SHOWN:
        side = "ahead of" if skew > 0 else "behind"
        lines.append(f"this machine's clock is {words.duration(abs(skew))} {side} the registry's")
        return warn("ping", summary, *lines, clock_skew=skew, status=found.status)
    return ok("ping", summary, *lines, status=found.status)


def token(walk: Walk) -> StepResult:
    """Ask for the manifest's head, which makes the registry want a token, and see what the token service said."""
    with contextlib.suppress(SregistryError):  # what is wrong with the manifest is for its own step
        walk.session.head_manifest(walk.in_registry)
    asked = [one for one in walk.exchanges if "scope=" in one.url or one.method == "POST"]
    if not asked:
        return ok("token", "none was needed")
    last = asked[-1]
    host = urlsplit(last.url).netloc
    scope = words.listing(parse_qs(urlsplit(last.url).query).get("scope", [])) or "no scope"
    if last.status != 200:
        return warn("token", f"{host} → {last.status or last.error}, asked for {scope}", scope=scope)
    granted = walk.session.granted(walk.in_registry)
    if granted is None and not walk.session.has_token(walk.in_registry):
        return warn("token", f"{host} → 200, and no token came; asked for {scope}", scope=scope)
    if granted is None:
        return ok("token", f"{host} gave one for {scope}", scope=scope)
    if not any(one.rpartition(":")[2] for one in granted):
        return warn("token", f"{host} gave one that grants nothing; asked for {scope}", scope=scope, granted=granted)
    return ok("token", f"{host} gave one that grants {words.listing(granted)}", scope=scope, granted=granted)


def formats(walk: Walk) -> StepResult:
    """The manifest asked for in each format alone: a table of what comes."""
    offers = alone.ask_all(walk.session, walk.in_registry)
    lines = [f"{NAMES[offer.wanted]:<24} {_answer(offer, words.short(offer.digest))}" for offer in offers]
    given = [NAMES[offer.wanted] for offer in offers if offer.given]
    table = {offer.wanted: _answer(offer, offer.digest) for offer in offers}
    outcomes = {offer.outcome for offer in offers}
    if not given and len(outcomes) == 1:
        return warn("formats", f"asked for alone, each is answered with {outcomes.pop()}", formats=table)
    if not given:
        return warn("formats", "none of the formats is given alone", *lines, formats=table)
    return ok("formats", f"given as {words.listing(given)}{_otherwise(offers)}", *lines, formats=table)


def _otherwise(offers: list[alone.Offer]) -> str:
    """What comes where another format is asked for, if that is the same for all."""
    others = {offer.outcome for offer in offers if not offer.given}
    if others == {"200"}:
        return ", whatever format is asked for"
    return f"; asked for another format, it answers {others.pop()}" if len(others) == 1 else ""


def _answer(offer: alone.Offer, digest: str) -> str:
    if offer.outcome != "200" or offer.given:
        return f"{offer.outcome}  {digest}".strip()
    return f"200  but {NAMES.get(offer.media_type, offer.media_type)} came"


def rate_limit(walk: Walk) -> StepResult:
    """What is left of the registry's allowance, by the headers of the answers so far."""
    seen: dict[str, str] = {}
    for exchange in walk.exchanges:
        seen.update({k.lower(): v for k, v in exchange.response_headers.items() if "ratelimit" in k.lower()})
    if not seen:
        return ok("rate limit", "the registry names none")
    limit, left = _count(seen, "limit"), _count(seen, "remaining")
    source = seen.get("docker-ratelimit-source")
    summary = f"{left or '?'} of {limit or '?'} left" + (f", counted for {source}" if source else "")
    return (warn if left == "0" else ok)("rate limit", summary, **seen)


def _count(headers: dict[str, str], name: str) -> str:
    value = headers.get(f"ratelimit-{name}") or headers.get(f"x-ratelimit-{name}") or ""
    return value.partition(";")[0].strip()

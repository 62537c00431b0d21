"""Steps that ask the registry: ping, token, the manifest in every format, the image, its layers, limits."""

from __future__ import annotations

import contextlib
from urllib.parse import parse_qs, urlsplit

from sregistry.diagnosis import words
from sregistry.diagnosis.evidence import SKEW_SHOWN
from sregistry.doctor import alone
from sregistry.doctor.steps.step import StepResult, Verdict, Walk, note, ok, warn
from sregistry.errors import SregistryError
from sregistry.oci import index, media_types
from sregistry.references import Platform, machine

_NAMES = {
    media_types.OCI_INDEX: "OCI index",
    media_types.DOCKER_LIST: "Docker manifest list",
    media_types.OCI_MANIFEST: "OCI manifest",
    media_types.DOCKER_MANIFEST: "Docker schema 2",
    media_types.SCHEMA1_SIGNED: "Docker schema 1, signed",
    media_types.SCHEMA1: "Docker schema 1",
}


def ping(walk: Walk) -> StepResult:
    """Is it a registry, and what does it want?"""
    found = walk.session.ping(walk.found_reference)
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


def manifest(walk: Walk) -> StepResult:
    """What the reference leads to."""
    assert walk.manifest is not None
    found = walk.manifest
    kind = _NAMES.get(found.media_type, found.media_type)
    facts = {"media_type": found.media_type, "digest": str(found.digest), "size": len(found.raw)}
    summary = f"{kind}, {words.size(len(found.raw))}, {found.digest}"
    return (note if found.warnings else ok)("manifest", summary, *found.warnings, **facts)


def token(walk: Walk) -> StepResult:
    """Ask for the manifest's head, which makes the registry want a token, and see what the token service said."""
    with contextlib.suppress(SregistryError):  # what is wrong with the manifest is for its own step
        walk.session.head_manifest(walk.found_reference)
    asked = [one for one in walk.exchanges if "scope=" in one.url or one.method == "POST"]
    if not asked:
        return ok("token", "none was needed")
    last = asked[-1]
    host = urlsplit(last.url).netloc
    scope = words.listing(parse_qs(urlsplit(last.url).query).get("scope", [])) or "no scope"
    if last.status != 200:
        return warn("token", f"{host} → {last.status or last.error}, asked for {scope}", scope=scope)
    granted = walk.session.granted(walk.found_reference)
    if granted is None and not walk.session.has_token(walk.found_reference):
        return warn("token", f"{host} → 200, and no token came; asked for {scope}", scope=scope)
    if granted is None:
        return ok("token", f"{host} gave one for {scope}", scope=scope)
    if not any(one.rpartition(":")[2] for one in granted):
        return warn("token", f"{host} gave one that grants nothing; asked for {scope}", scope=scope, granted=granted)
    return ok("token", f"{host} gave one that grants {words.listing(granted)}", scope=scope, granted=granted)


def formats(walk: Walk) -> StepResult:
    """The manifest asked for in each format alone: a table of what comes."""
    offers = alone.ask_all(walk.session, walk.found_reference)
    lines = [f"{_NAMES[offer.wanted]:<24} {_answer(offer, words.short(offer.digest))}" for offer in offers]
    given = [_NAMES[offer.wanted] for offer in offers if offer.given]
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
    return f"200  but {_NAMES.get(offer.media_type, offer.media_type)} came"


def platforms(walk: Walk) -> StepResult:
    """Which platforms there are, and which is taken."""
    assert walk.manifest is not None
    will_do = machine.wanted(Platform.parse(walk.settings.platform) if walk.settings.platform else None)
    wanted = str(will_do.name)
    if not walk.manifest.is_index:
        return ok("platform", f"{wanted} is wanted; there is no index to choose from", platform=wanted)
    entries = [entry for entry in index.entries(walk.manifest) if not entry.is_attestation]
    there = [str(entry.platform) for entry in entries if entry.platform]
    fits = any(not one.platform or will_do.rank(one.platform) is not None for one in entries if not one.features)
    summary = f"{wanted} is wanted; there are {words.listing(there) or 'none'}"
    if there and not fits:
        return warn("platform", summary, platform=wanted, platforms=there)
    return ok("platform", summary, platform=wanted, platforms=there)


def image(walk: Walk) -> StepResult:
    """The image as a pull has resolved it: manifest for the platform, configuration, layers."""
    assert walk.image is not None
    found = walk.image
    size = sum(layer.descriptor.size or 0 for layer in found.layers if layer.descriptor.digest in walk.lacking)
    summary = f"{found.platform}, {words.number(len(found.layers), 'layer')}, {words.size(size)} to download"
    facts = {"platform": str(found.platform), "layers": len(found.layers), "size": size}
    created = found.config.get("created")
    lines = [*found.warnings, *([f"created {created}"] if isinstance(created, str) else [])]
    return StepResult("image", Verdict.NOTE if found.warnings else Verdict.OK, summary, tuple(lines), facts)


def layers(walk: Walk) -> StepResult:
    """Whether every layer that a pull would fetch began to come."""
    assert walk.image is not None
    count = len({layer.descriptor.digest for layer in walk.image.layers})
    here = count - len(walk.lacking)
    if not walk.lacking:
        return ok("layers", f"{_all(count)} here already", layers=count)
    if walk.slow and not walk.refused:
        comes = "comes" if len(walk.slow) == 1 else "come"
        summary = f"{_all(count)} there, but {words.number(len(walk.slow), 'layer')} {comes} slowly"
        line = f"the slowest at {min(walk.slow) / 1000:.1f} kB/s"
        return warn("layers", summary, line, layers=count, here=here, slow=len(walk.slow))
    if not walk.refused:
        words_here = f", {here} of them here already" if here else ""
        return ok("layers", f"{_all(count)} there{words_here}", layers=count, here=here)
    lines = [f"{error.facts.get('layer')}   {error.code}" for error in walk.refused]
    error = walk.refused[0].with_facts(reference=str(walk.found_reference))
    summary = f"{words.number(len(walk.refused), 'layer')} of {count} cannot be had"
    if walk.unasked:
        lines.append(f"{words.number(walk.unasked, 'other')} {'was' if walk.unasked == 1 else 'were'} not asked for")
    return StepResult("layers", Verdict.FAIL, summary, tuple(lines), {"layers": count}, error)


def _all(count: int) -> str:
    return "the one layer is" if count == 1 else f"all {count} layers are"


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

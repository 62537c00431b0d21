"""Steps that ask the registry: ping, token, the manifest in every format, the image, its layers, limits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

from sregistry.diagnosis import words
from sregistry.diagnosis.evidence import SKEW_SHOWN
from sregistry.diagnosis.steps.step import StepResult, Verdict, Walk, note, ok, warn
from sregistry.errors import SregistryError
from sregistry.references import Platform
from sregistry.registry import index, media_types
from sregistry.registry.errors import RegistryError
from sregistry.registry.image import Layer

_PARALLEL = 8
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
    walk.manifest = found = walk.session.get_manifest(walk.found_reference)
    kind = _NAMES.get(found.media_type, found.media_type)
    facts = {"media_type": found.media_type, "digest": str(found.digest), "size": len(found.raw)}
    summary = f"{kind}, {words.size(len(found.raw))}, {found.digest}"
    return (note if found.warnings else ok)("manifest", summary, *found.warnings, **facts)


def token(walk: Walk) -> StepResult:
    """What was asked of the token service, and what it said; known from the exchanges so far."""
    asked = [one for one in walk.exchanges if "scope=" in one.url or "grant_type" in one.url]
    if not asked:
        return ok("token", "none was needed")
    last = asked[-1]
    scope = words.listing(parse_qs(urlsplit(last.url).query).get("scope", []))
    summary = f"{urlsplit(last.url).netloc} gave a token for {scope or 'no scope'}"
    if last.status != 200:
        return warn(
            "token", f"{urlsplit(last.url).netloc} → {last.status or last.error}, asked for {scope}", scope=scope
        )
    return ok("token", summary, scope=scope)


def formats(walk: Walk) -> StepResult:
    """The manifest asked for in each format alone: a table of what comes."""
    rows = [(name, *_alone(walk, name)) for name in media_types.ALL]
    lines = [f"{_NAMES[name]:<24} {answer}" for name, answer, _ in rows]
    given = [_NAMES[name] for name, _, same in rows if same]
    table = {name: answer for name, answer, _ in rows}
    if not given:
        return warn("formats", "none of the formats is given alone", *lines, formats=table)
    return ok("formats", f"given as {words.listing(given)}", *lines, formats=table)


def _alone(walk: Walk, media_type: str) -> tuple[str, bool]:
    """What comes when only `media_type` is accepted, and whether it is that."""
    try:
        found = walk.session.get_manifest(walk.found_reference, [media_type])
    except SregistryError as error:
        status = error.facts.get("status")
        return f"{status or 'no answer'}  {error.code}", False
    if found.media_type == media_type:
        return f"200  {found.digest}", True
    return f"200  but {_NAMES.get(found.media_type, found.media_type)} came", False


def platforms(walk: Walk) -> StepResult:
    """Which platforms there are, and which is taken."""
    assert walk.manifest is not None
    wanted = Platform.parse(walk.settings.platform) if walk.settings.platform else index.this_machine()
    if not walk.manifest.is_index:
        return ok("platform", f"{wanted} is wanted; there is no index to choose from", platform=str(wanted))
    entries = [entry for entry in index.entries(walk.manifest) if not entry.is_attestation]
    there = [str(entry.platform) for entry in entries if entry.platform]
    fits = any(entry.platform and index.rank(wanted, entry.platform) is not None for entry in entries)
    summary = f"{wanted} is wanted; there are {words.listing(there) or 'none'}"
    if there and not fits:
        return warn("platform", summary, platform=str(wanted), platforms=there)
    return ok("platform", summary, platform=str(wanted), platforms=there)


def image(walk: Walk) -> StepResult:
    """The image as a pull would resolve it: manifest for the platform, configuration, layers."""
    platform = Platform.parse(walk.settings.platform) if walk.settings.platform else None
    walk.image = found = walk.session.resolve(walk.found_reference, platform)
    size = sum(layer.descriptor.size or 0 for layer in found.layers)
    summary = f"{found.platform}, {words.number(len(found.layers), 'layer')}, {words.size(size)} to download"
    facts = {"platform": str(found.platform), "layers": len(found.layers), "size": size}
    created = found.config.get("created")
    lines = [*found.warnings, *([f"created {created}"] if isinstance(created, str) else [])]
    return StepResult("image", Verdict.NOTE if found.warnings else Verdict.OK, summary, tuple(lines), facts)


def layers(walk: Walk) -> StepResult:
    """Whether every layer is there, asked by HEAD in parallel."""
    assert walk.image is not None
    wanted = {str(layer.descriptor.digest): layer for layer in walk.image.layers}
    with ThreadPoolExecutor(_PARALLEL) as pool:
        answers = list(pool.map(lambda layer: _presence(walk, layer), wanted.values()))
    missing = [(layer, answer) for layer, answer in zip(wanted.values(), answers, strict=True) if answer != "ok"]
    if not missing:
        return ok("layers", f"{_all(len(wanted))} there", layers=len(wanted))
    layer, answer = missing[0]
    digests = [str(layer.descriptor.digest) for layer, _ in missing]
    raise RegistryError(
        answer if answer != "missing" else "blob-unknown",
        f"{words.number(len(missing), 'layer')} of {len(wanted)} cannot be had",
        reference=str(walk.found_reference),
        registry=walk.found_reference.registry,
        repository=walk.found_reference.repository,
        digest=str(layer.descriptor.digest),
        layer=str(layer.descriptor.digest),
        layer_index=walk.image.layers.index(layer),
        layers=digests,
    )


def _all(count: int) -> str:
    return "the one layer is" if count == 1 else f"all {count} layers are"


def _presence(walk: Walk, layer: Layer) -> str:
    """``ok``, ``missing``, or the code of the error."""
    if media_types.is_foreign(layer.descriptor.media_type):
        return "ok"
    try:
        size = walk.session.head_blob(walk.found_reference, layer.descriptor.digest)
    except SregistryError as error:
        return error.code
    return "missing" if size is None else "ok"


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

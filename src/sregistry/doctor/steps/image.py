"""Steps about what the reference leads to: the manifest, the platforms, the image, its layers or its file."""

from __future__ import annotations

from sregistry.diagnosis import words
from sregistry.doctor.rehearsal import File
from sregistry.doctor.steps.step import StepResult, Verdict, Walk, note, ok, warn
from sregistry.oci import index, media_types
from sregistry.references import Platform, machine

#: Formats of manifests as people call them.
NAMES = {
    media_types.OCI_INDEX: "OCI index",
    media_types.DOCKER_LIST: "Docker manifest list",
    media_types.OCI_MANIFEST: "OCI manifest",
    media_types.DOCKER_MANIFEST: "Docker schema 2",
    media_types.SCHEMA1_SIGNED: "Docker schema 1, signed",
    media_types.SCHEMA1: "Docker schema 1",
}


def manifest(walk: Walk) -> StepResult:
    """What the reference leads to."""
    assert walk.manifest is not None
    found = walk.manifest
    kind = NAMES.get(found.media_type, found.media_type)
    facts = {"media_type": found.media_type, "digest": str(found.digest), "size": len(found.raw)}
    summary = f"{kind}, {words.size(len(found.raw))}, {found.digest}"
    return (note if found.warnings else ok)("manifest", summary, *found.warnings, **facts)


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
    """The image as a pull has resolved it: manifest for the platform, configuration, layers; or one finished file."""
    if walk.file:
        return _file(walk, walk.file)
    assert walk.image is not None
    found = walk.image
    size = sum(layer.descriptor.size or 0 for layer in found.layers if layer.descriptor.digest in walk.lacking)
    doing = "read" if walk.local else "download"
    summary = f"{found.platform}, {words.number(len(found.layers), 'layer')}, {words.size(size)} to {doing}"
    facts = {"platform": str(found.platform), "layers": len(found.layers), "size": size}
    created = found.config.get("created")
    lines = [*found.warnings, *([f"created {created}"] if isinstance(created, str) else [])]
    return StepResult("image", Verdict.NOTE if found.warnings else Verdict.OK, summary, tuple(lines), facts)


def _file(walk: Walk, found: File) -> StepResult:
    """A finished file, of which a pull would take the first bytes that came."""
    size = words.size(found.size) if found.size is not None else "of a size that is not told"
    digest = f", {found.digest}" if found.digest else ""
    about = f"{found.platform}, " if found.platform else ""
    summary = f"{about}a SIF file, {size}{digest}"
    lines = [*found.warnings, "" if found.digest else "no digest is known: what comes is compared with nothing"]
    facts = {"platform": found.platform, "size": found.size, "digest": str(found.digest) if found.digest else None}
    if walk.slow:
        slow = f"it comes slowly, at {walk.slow[0] / 1000:.1f} kB/s"
        return StepResult("image", Verdict.WARN, summary, (slow, *filter(None, lines)), facts)
    seen = () if walk.known else ("its first bytes came, and are those of a SIF file",)
    verdict = Verdict.NOTE if found.warnings else Verdict.OK
    return StepResult("image", verdict, summary, (*seen, *filter(None, lines)), facts)


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
        compared = ", with the right digest" if walk.compared == len(walk.lacking) else ""
        return ok("layers", f"{_all(count)} there{words_here}{compared}", layers=count, here=here)
    lines = [f"{error.facts.get('layer')}   {error.code}" for error in walk.refused]
    error = walk.refused[0].with_facts(reference=str(walk.found_reference))
    summary = f"{words.number(len(walk.refused), 'layer')} of {count} cannot be had"
    if walk.unasked:
        lines.append(f"{words.number(walk.unasked, 'other')} {'was' if walk.unasked == 1 else 'were'} not asked for")
    return StepResult("layers", Verdict.FAIL, summary, tuple(lines), {"layers": count}, error)


def _all(count: int) -> str:
    return "the one layer is" if count == 1 else f"all {count} layers are"

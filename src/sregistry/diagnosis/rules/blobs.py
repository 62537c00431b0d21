"""Layers and configs that a registry, or the storage behind it, does not give."""

from __future__ import annotations

from sregistry.diagnosis import commands, words
from sregistry.diagnosis.diagnosis import Who
from sregistry.diagnosis.evidence import skew
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.kinds import Kind
from sregistry.diagnosis.rule import Rule, Rules, Words, certain, do, likely, possible, run, steps


def blob(facts: Facts) -> str:
    """The blob in words: ``the layer sha256:44136fa355b3…`` or ``the config sha256:…``."""
    what = facts.text("what") or "layer"
    return f"the {what} {words.short(facts.text('layer') or facts.text('digest'))}".strip()


def _storage(facts: Facts) -> str:
    """The host that content comes from, when that is not the registry."""
    seen = facts.texts("redirects")
    return facts.text("host") or (seen[-1] if seen else "") or facts.registry


def _unknown(facts: Facts) -> Words:
    return Words(
        title=f"{words.capital(blob(facts))} is missing from the registry",
        why=(
            certain("The manifest names it, and the registry does not have it."),
            likely("It was deleted by a clean-up of the registry, or the image was pushed incompletely."),
        ),
        steps=steps(
            do("Report it to the image's author: pushing it again brings the layer back. Another tag may be complete."),
            run(commands.doctor(facts), "checks every layer"),
        ),
    )


def _storage_denied(facts: Facts) -> Words:
    """The registry sent us to its storage with a signed address, and the storage said no."""
    storage, registry, ahead = _storage(facts), facts.registry, skew(facts)
    wrong_clock = (
        f"This machine's clock is {words.duration(abs(ahead))} off, and signed addresses hold for minutes."
        if ahead
        else ""
    )
    return Words(
        title=f"{storage} refuses {blob(facts)}, to which {registry or 'the registry'} has sent this request",
        why=(
            *((likely(wrong_clock),) if wrong_clock else ()),
            likely(f"A firewall or proxy of your network does not allow {storage}: {registry} itself was reached."),
            possible("The signed address that the registry gave was no longer valid."),
        ),
        steps=steps(
            run(commands.pull(facts), "try again: it asks for a new address; finished layers are kept"),
            do(f"Ask your network's administrator whether {storage} is allowed."),
            do("If it is, report it to the registry's operator."),
        ),
    )


def _storage_failed(facts: Facts) -> Words:
    storage, registry = _storage(facts), facts.registry or "the registry"
    return Words(
        title=f"{storage}, where {registry} keeps its layers, fails: it answers {facts.text('status')}",
        why=(certain("The registry itself answers; its storage does not give the content."),),
        steps=steps(
            run(commands.pull(facts), "try again later; finished layers are kept"),
            do("If it stays so, report it to the registry's operator."),
        ),
    )


def _wrong_size(facts: Facts) -> Words:
    expected, actual = facts.count("expected_size"), facts.count("actual_size")
    sizes = f": {actual:,} bytes instead of {expected:,}" if expected is not None and actual is not None else ""
    return Words(
        title=f"{words.capital(blob(facts))} has another size than the manifest says{sizes}",
        why=(
            certain("Manifest and layer contradict each other, so the layer is not used."),
            likely("A proxy or cache sends something else in its place, or the registry's copy is incomplete."),
        ),
        steps=steps(
            run(commands.pull(facts), "try again, if possible from another network"),
            do("The same again means that the registry's copy is broken: ask the image's author to push it again."),
        ),
    )


def _foreign(facts: Facts) -> Words:
    urls = facts.texts("urls")
    return Words(
        title=f"{words.capital(blob(facts))} is kept outside the registry, and could not be had there",
        what=None if facts.text("url") else tuple(urls),
        why=(
            certain("It is a foreign (non-distributable) layer: its owner allows downloads from his own servers only."),
            *((certain(f"The manifest names {words.listing(urls)}."),) if urls and facts.text("url") else ()),
        ),
        steps=steps(
            do("Such layers are mostly those of Windows images, which do not run on Linux; look for a Linux image."),
            do("Ask the image's author where the layer can be had."),
        ),
        who=Who.IMAGE,
    )


RULES: Rules = {
    "blob-unknown": Rule(Kind.NOT_FOUND, Who.IMAGE, _unknown, doctor=True),
    "blob-storage-denied": Rule(Kind.NETWORK, Who.NETWORK, _storage_denied, doctor=True),
    "blob-storage-failed": Rule(Kind.REGISTRY, Who.REGISTRY, _storage_failed, doctor=True),
    "blob-wrong-size": Rule(Kind.IMAGE, Who.REGISTRY, _wrong_size, doctor=True),
    "blob-foreign": Rule(Kind.IMAGE, Who.IMAGE, _foreign, doctor=True),
}

"""Layers and configs that a registry, or the storage behind it, does not give."""

from __future__ import annotations

from sregistry.diagnosis import commands, words
from sregistry.diagnosis.diagnosis import Cause, Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.rule import Rules, Words, certain, do, likely, possible, run, steps
from sregistry.diagnosis.rules import reasons

_UNAUTHORIZED = 401


def blob(facts: Facts) -> str:
    """The blob in words: ``the layer sha256:44136fa355b3…`` or ``the config sha256:…``."""
    digest = facts.text("config") if sort(facts) == "config" else facts.text("layer")
    return f"the {sort(facts)} {words.short(digest or facts.text('digest'))}".strip()


def sort(facts: Facts) -> str:
    """``layer`` or ``config``."""
    config = facts.has("config") or facts.text("purpose") == "config" or facts.text("what") == "config"
    return "config" if config else "layer"


def _storage(facts: Facts) -> str:
    """The host that content comes from, when that is not the registry."""
    seen = facts.texts("redirects")
    return facts.text("host") or (seen[-1] if seen else "") or facts.registry


def _unknown(facts: Facts) -> Words:
    return Words(
        title=f"{words.capital(blob(facts))} is missing from the registry",
        why=(
            certain(f"The manifest names it; {_lacking(facts)}."),
            likely("It was deleted by a clean-up of the registry, or the image was pushed incompletely."),
        ),
        steps=steps(
            do("Report it to the image's author: pushing it again brings it back. Another tag may be complete."),
            run(commands.doctor(facts), "checks every layer"),
        ),
    )


def _lacking(facts: Facts) -> str:
    """Who does not have it."""
    storage = _storage(facts)
    if not facts.texts("redirects") or storage == facts.registry:
        return "the registry does not have it"
    return f"{facts.registry or 'the registry'} sends this request to {storage}, which does not have it"


def _storage_denied(facts: Facts) -> Words:
    """The registry sent us to its storage with a signed address, and the storage said no."""
    storage, registry = _storage(facts), facts.registry or "the registry"
    filtered, signed = facts.has("page_title"), _signature(facts)
    if facts.count("status") == _UNAUTHORIZED and facts.part("challenge").text("scheme") and not filtered:
        return _storage_login(facts, storage, registry)
    blocked = f"A firewall or proxy of your network does not allow {storage}; {registry} itself was reached."
    return Words(
        title=f"{storage} refuses {blob(facts)}, to which {registry} has sent this request",
        why=(
            *(signed or (likely(blocked) if filtered else possible(blocked),)),
            *(() if filtered or signed else (possible("The signed address that the registry gave is not valid."),)),
        ),
        steps=steps(
            run(commands.pull(facts), "try again: it asks for a new address; finished layers are kept"),
            None if signed else do(f"Ask your network's administrator whether {storage} is allowed."),
            do("If it stays so, report it to the registry's operator."),
        ),
        who=None if filtered else Who.REGISTRY,
    )


def _storage_login(facts: Facts, storage: str, registry: str) -> Words:
    """The storage asks for a login of its own, as if the registry had not signed the address."""
    scheme = facts.part("challenge").text("scheme").capitalize()
    return Words(
        title=f"{storage}, where {registry} keeps {blob(facts)}, asks for a login of its own ({scheme})",
        why=(
            certain(
                f"{registry} itself has let this request in and sent it on; no login is ever sent to another host."
            ),
            likely(
                "The registry does not sign the addresses of its storage, or the storage does not know the signature."
            ),
        ),
        steps=steps(do("Report it to the registry's operator.")),
        who=Who.REGISTRY,
    )


#: A signed address is valid for minutes, by the clocks of the registry and its storage.
_EXPIRED = (
    certain("It says that the signed address has expired, although it was asked for just now."),
    likely("The clock of the registry, or of its storage, is wrong."),
)


_SKEWED = (
    certain("It says that the time in the signed address is not its own time."),
    likely("The clock of the registry, or of its storage, is wrong."),
)
_CHANGED = (
    certain("It says that the signature does not fit the address: the address is not the one that was signed."),
    likely("The registry signs with a wrong key, for another host, or with a clock that is wrong."),
    possible("A proxy on the way changes the address or the headers."),
)


def _signature(facts: Facts) -> tuple[Cause, ...]:
    """What the storage says about the address that the registry has signed; nothing if it says nothing of it."""
    if facts.about("skewed"):
        return _SKEWED
    if facts.about("signature"):
        return _CHANGED
    return _EXPIRED if facts.about("expired") else ()


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


def _size_misstated(facts: Facts) -> Words:
    """The digest is right, so the content is; the size in the manifest is not."""
    expected, actual = facts.count("expected_size") or 0, facts.count("actual_size") or 0
    return Words(
        title=f"The manifest states a wrong size of {blob(facts)}: {expected:,} bytes instead of {actual:,}",
        why=(
            certain(
                f"What the registry sent has the digest that the manifest names, so it is the right {sort(facts)}."
            ),
            likely("The image was built or copied by a faulty tool."),
        ),
        steps=steps(
            do("Report it to the image's author: it has to be built and pushed again. Another tag may be good.")
        ),
        who=Who.IMAGE,
    )


def _refused(facts: Facts) -> Words:
    """An error document with a status of success: its words are the reason."""
    storage = _storage(facts)
    return Words(
        title=reasons.titled(f"{storage} sends an error message in place of {blob(facts)}", facts.said),
        why=(
            certain("It came with a status that means success; nothing of it is used."),
            likely("The registry, or its storage, refuses the content for the reason that is given."),
        ),
        steps=steps(
            *reasons.links(facts),
            do("Ask the registry's operator, with the reason that is given."),
            run(commands.pull(facts), "try again later; finished layers are kept"),
        ),
    )


def _wrong_size(facts: Facts) -> Words:
    if facts.registry_errors:
        return _refused(facts)
    if facts.get("right_digest") and not facts.text("content_encoding"):
        return _size_misstated(facts)
    expected, actual = facts.count("expected_size"), facts.count("actual_size")
    compared, sizes, larger = "has another size than", "", False
    if expected is not None and actual is not None:
        larger = actual > expected
        compared = "is larger than" if larger else "is smaller than"
        sizes = f": {actual:,} bytes instead of {expected:,}"
    cause = "A proxy or cache sends something else in its place"
    if facts.text("looks_like") == "tar":
        cause = "A proxy, or what stands in front of the registry, unpacks it on the way: a tar archive came"
        larger = True
    if encoding := facts.text("content_encoding"):
        cause = f"It came with Content-Encoding: {encoding}, though none was asked for; a proxy packed it once more"
    return Words(
        title=f"{words.capital(blob(facts))} {compared} the manifest says{sizes}",
        why=(
            certain(f"The manifest and the {sort(facts)} contradict each other, so nothing of it is used."),
            likely(f"{cause}." if larger else f"{cause}, or the registry's copy is incomplete."),
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
    "blob-unknown": _unknown,
    "blob-storage-denied": _storage_denied,
    "blob-storage-failed": _storage_failed,
    "blob-wrong-size": _wrong_size,
    "blob-foreign": _foreign,
}

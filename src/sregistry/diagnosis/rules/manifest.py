"""Manifests that cannot be read: cut, empty, too large, of a format nobody can use, or contradicting themselves."""

from __future__ import annotations

from sregistry.diagnosis import commands, exchange, hosts, words
from sregistry.diagnosis.diagnosis import Cause, Step, Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.rule import Rules, Words, certain, do, likely, possible, run, steps
from sregistry.diagnosis.rules import reasons
from sregistry.oci import media_types


def _in_between(facts: Facts) -> Cause:
    if facts.text("proxy"):
        return likely(f"The proxy {facts.text('proxy')} changed or cut it.")
    return likely("A proxy or mirror between here and the registry changed or cut it.")


def _again(facts: Facts) -> tuple[Step | None, ...]:
    return (
        run(commands.pull(facts), "try again"),
        do("The same again means that the registry's copy is broken: report it to its operator or the image's author."),
    )


def _truncated(facts: Facts) -> Words:
    got, size = facts.count("actual_size"), facts.count("expected_size")
    so_far = f" after {got:,} of {size:,} bytes" if got is not None and size else ""
    detail = facts.text("detail") or facts.text("reason")
    return Words(
        title=f"The manifest is incomplete: its JSON ends too early{so_far}",
        what=exchange.request(facts) or None,
        why=(*((certain(words.sentence(detail)),) if detail else ()), *_ranked(facts)),
        steps=steps(*_again(facts)),
    )


def _damaged(facts: Facts) -> Cause:
    if alike := facts.alike():
        return likely(f"The registry's own copy is broken: {words.number(alike, 'request')} brought the same bytes.")
    return possible("The registry's own copy is broken.")


def _ranked(facts: Facts) -> tuple[Cause, ...]:
    """The likely one first."""
    return (_damaged(facts), _in_between(facts)) if facts.alike() else (_in_between(facts), _damaged(facts))


def _empty(facts: Facts) -> Words:
    tries = facts.count("attempts") or 1
    return Words(
        title="The registry's answer is empty where the manifest should be",
        why=(
            *((certain(f"So were the answers to {words.number(tries, 'request')}."),) if tries > 1 else ()),
            likely("The registry, or a proxy or mirror in front of it, is broken."),
        ),
        steps=steps(
            run(commands.pull(facts), "try again"),
            do("The same again: report it to the registry's operator."),
        ),
    )


def _packed(facts: Facts) -> Words:
    proxy = f"The proxy {facts.text('proxy')}" if facts.text("proxy") else "A proxy or cache on the way"
    return Words(
        title="The manifest came gzip-compressed, and its header does not say so",
        why=(
            certain("Without Content-Encoding: gzip nobody can know that it has to be unpacked first."),
            likely(f"{proxy}, or the registry's own front, has lost this header."),
        ),
        steps=steps(
            run(commands.pull(facts), "try again, if possible from another network or without the proxy"),
            do("The same again: report it to the operator of the registry or of the proxy."),
        ),
    )


def _malformed(facts: Facts) -> Words:
    """Not JSON, JSON that is no manifest, or a manifest with a field that breaks the rules."""
    if facts.text("field"):
        return _contradiction(facts)
    if facts.text("fault") == "gzip":
        return _packed(facts)
    if facts.registry_errors:
        return _refused(facts)
    if {"layers", "manifests"} & set(facts.texts("keys")):
        return _no_version(facts)
    return Words(
        title="What the registry sent is not a manifest"
        + (": it is not valid JSON" if facts.text("fault") == "json" else ""),
        why=(
            certain(facts.sentence),
            likely("Something else than the registry answers, such as a proxy or another web service."),
            possible("The registry is faulty."),
        ),
        steps=steps(
            run(commands.doctor(facts), "asks for each manifest format alone"),
            do("Check the host and the repository; if they are right, report it to the registry's operator."),
            run(commands.pull(facts), "try again"),
        ),
    )


def _refused(facts: Facts) -> Words:
    """An error document with a status of success: its words are the reason."""
    registry = facts.registry or "The registry"
    return Words(
        title=reasons.titled(f"{registry} sends an error message in place of the manifest", facts.said),
        why=(certain("It came with a status that means success, so the registry breaks the rules of the protocol."),),
        steps=steps(
            *reasons.links(facts),
            Step(hosts.of(facts).login.command, "if the message asks for a login and you have one")
            if facts.anonymous and facts.registry
            else None,
            do("Ask the registry's operator, with the message."),
        ),
    )


def _no_version(facts: Facts) -> Words:
    """It has the parts of a manifest, and does not say of which version it is."""
    return Words(
        title="The manifest has no schemaVersion, so it is not a valid manifest",
        why=(
            certain("Every manifest has to say schemaVersion 2 (or 1, of old images)."),
            likely("The image was built or pushed by a faulty tool."),
        ),
        steps=steps(
            do("Report it to the image's author: it has to be built and pushed again. Another tag may be good.")
        ),
        who=Who.IMAGE,
    )


def _too_large(facts: Facts) -> Words:
    limit, announced = facts.count("limit") or 0, facts.count("actual_size") or facts.count("size")
    setting = facts.text("setting") or "max_manifest_size"
    what = "configuration" if "config" in facts.code or "config" in setting else "manifest"
    return Words(
        title=f"The {what} is too large: more than the limit of {words.binary_size(limit)}",
        why=(
            *((certain(_announced(announced, limit)),) if announced else ()),
            certain("4 MiB is what registries and clients agree on; larger manifests are faulty or made to do harm.")
            if what == "manifest"
            else certain("Configurations have a few kilobytes; larger ones are faulty or made to do harm."),
        ),
        steps=steps(
            do("Check that this is the registry you mean, and report it to its operator."),
            run(commands.setting(setting, words.enough(limit, announced)), "raises the limit; only if you trust it"),
        ),
    )


def _announced(size: int, limit: int) -> str:
    if size > limit:
        return f"{words.size(size)} are announced."
    return f"{words.size(size)} are announced, compressed; unpacked it is larger than the limit."


def _schema1(facts: Facts) -> Words:
    return Words(
        title="The image is stored as a schema 1 manifest, a format that is no longer served",
        why=(certain("Schema 1 was replaced in 2015, and registries have given it up; a very old tool pushed it."),),
        steps=steps(
            do("Ask the image's author to push it again with a current tool, or look for a newer tag."),
            do("Where a machine still has the image: docker tag and docker push convert it."),
        ),
    )


def _unsupported(facts: Facts) -> Words:
    media_type, version = facts.text("media_type"), facts.text("schema_version")
    if version in ("1", "2"):
        title = f'The manifest has schemaVersion "{version}" as a text, where a number has to be'
        cause = "The image was built or pushed by a faulty tool, and has to be pushed again."
    elif version:
        title, cause = (
            f"The manifest has schemaVersion {version}, which is not known",
            "Known are 2, and 1 of old images.",
        )
    elif media_type in media_types.KNOWN:
        return _hollow(facts, media_type)
    elif media_type:
        title = f"The manifest has a media type that is not supported: {media_type}"
        cause = "Docker and OCI images and their indexes can be read; this is something else."
    else:
        title, cause = facts.headline, "Docker and OCI images and their indexes can be read."
    return Words(
        title=title,
        why=(certain(cause),),
        steps=steps(
            run(commands.doctor(facts), "shows what the registry has"),
            do("Ask the image's author what it is, and which tool reads it."),
        ),
    )


def _hollow(facts: Facts, media_type: str) -> Words:
    """It says what it is, and lacks what such a thing has."""
    needed = "a list of manifests" if media_type in media_types.INDEXES else "a config and a list of layers"
    return Words(
        title=f"The manifest is not valid: it does not have {needed}",
        why=(
            certain(f"It says that it is {media_type}, which has to have {needed}."),
            likely("The image was built or pushed by a faulty tool."),
        ),
        steps=steps(
            do("Report it to the image's author: it has to be built and pushed again. Another tag may be good.")
        ),
    )


def _digest(facts: Facts) -> Words:
    """The manifest is not the one that was asked for by digest."""
    return Words(
        title="The manifest's digest does not match: it is not the one asked for",
        why=(certain("It was asked for by digest, so nothing else may be used."), *_ranked(facts)),
        steps=steps(*_again(facts)),
    )


def _contradiction(facts: Facts) -> Words:
    detail = facts.further("detail", "reason")
    return Words(
        title=facts.headline,
        why=(
            *((certain(detail),) if detail else ()),
            likely("The image was built or copied by a faulty tool."),
        ),
        steps=steps(
            do("Report it to the image's author: it has to be built and pushed again. Another tag may be good.")
        ),
        who=Who.IMAGE,
    )


def _nested(facts: Facts) -> Words:
    return Words(
        title="The image's index leads to further indexes without end",
        why=(certain(f"More than {facts.text('limit') or 'a few'} indexes were followed and no image was reached."),),
        steps=steps(do("Report it to the image's author: the index was put together wrongly.")),
    )


RULES: Rules = {
    "manifest-truncated": _truncated,
    "manifest-empty": _empty,
    "manifest-malformed": _malformed,
    "manifest-too-large": _too_large,
    "manifest-schema1": _schema1,
    "manifest-unsupported": _unsupported,
    "manifest-digest-mismatch": _digest,
    "manifest-contradiction": _contradiction,
    "manifest-nested": _nested,
}

"""What is not there: repositories, tags, manifests. The tag list, where it can be read, is the best answer."""

from __future__ import annotations

from dataclasses import replace

from sregistry.diagnosis import commands, hosts, words
from sregistry.diagnosis.diagnosis import Cause, Step, Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.rule import Rules, Words, certain, do, likely, possible, run, steps
from sregistry.diagnosis.rules import short
from sregistry.diagnosis.rules.network import sent_on

_OFFERED = 3


def _repository(facts: Facts) -> Words:
    host, repository = hosts.of(facts), facts.repository
    tags = facts.look.part("tags")
    if tags.count("count"):
        return _tag(facts)
    if facts.text("purpose") in ("blob", "config"):
        return _gone(facts)
    page = host.repository_page(repository)
    alike = facts.look.part("repositories").texts("near")
    return Words(
        title=f"{host.name} has no repository {repository}",
        why=(
            likely("The name is misspelt, or the repository was moved or deleted."),
            *short.causes(facts),
            *_hidden(facts),
        ),
        steps=steps(
            *(short.steps(facts) or _meant(facts, alike) or (do(f"Check the spelling of {repository}."),)),
            do(f"Its page, if it is public: {page}") if page else None,
            Step(host.login.command, "if it is private and you may see it") if _may_login(facts) else None,
        ),
    )


def _meant(facts: Facts, names: list[str]) -> tuple[Step | None, ...]:
    """The pulls that were perhaps meant."""
    reference = facts.reference
    if reference is None:
        return ()
    return tuple(
        run(
            commands.pull(facts, name=f"{reference.scheme}://{replace(reference, repository=name)}"),
            f"did you mean {name}?",
        )
        for name in names
    )


def _gone(facts: Facts) -> Words:
    """The manifest was there a moment ago."""
    host = hosts.of(facts)
    return Words(
        title=f"{host.name} says that it has no repository {facts.repository}, of which it has just given a manifest",
        why=(
            possible("The repository was deleted or renamed while it was pulled."),
            possible("The registry contradicts itself: its parts do not know the same repositories."),
        ),
        steps=steps(
            run(commands.pull(facts), "try again: not found from the start means that it is gone"),
            do("If it stays so, report it to the registry's operator."),
        ),
        who=Who.REGISTRY,
    )


def _hidden(facts: Facts) -> tuple[Cause, ...]:
    if facts.anonymous:
        return (
            possible("It is private: some registries say so to those who are not logged in, and this request was not."),
        )
    if facts.login:
        return (possible("It is private, and the login that was sent may not see it."),)
    return ()


def _may_login(facts: Facts) -> bool:
    return not facts.login


def _tag(facts: Facts) -> Words:
    if ":" in facts.identifier:
        return _digest(facts)
    if facts.about("offline"):
        return _offline(facts)
    tag = facts.identifier
    known = facts.look.part("tags").count("count") is not None
    if not known and facts.code == "manifest-unknown":
        return _either(facts)
    if tag in facts.look.part("tags").texts("near"):
        return _listed(facts, tag)
    return Words(
        title=f'The repository exists, the tag "{tag}" does not' if known else _unproven(facts, tag),
        why=(*_counted(facts), *_latest(facts, known)),
        steps=steps(
            *_near(facts),
            None if known else do(f'Check the spelling of the tag "{tag}".'),
            do("Check the repository, and ask the image's author where it is.") if _empty(facts) else None,
            *_page(facts, known),
        ),
    )


def _offline(facts: Facts) -> Words:
    """A cache that says, with its "not found", that it does not ask further."""
    name = hosts.find(facts.registry).name
    return Words(
        title=f"{name} does not have {words.identifier(facts.identifier)} of {facts.repository}, and says: offline",
        why=(
            certain("Its answer says that the registry behind it, which it takes images from, is offline."),
            likely("The image is not in this cache, and was not asked for elsewhere."),
        ),
        steps=steps(
            run(commands.pull(facts), "try again later"),
            do("Tell the registry's operator; a registry that has the image itself can be asked directly."),
        ),
        who=Who.REGISTRY,
    )


def _empty(facts: Facts) -> bool:
    return facts.look.part("tags").count("count") == 0


def _listed(facts: Facts, tag: str) -> Words:
    """The registry contradicts itself."""
    return Words(
        title=f'The tag "{tag}" is listed, but the registry does not give its manifest',
        why=(
            certain(f'The list of tags of {facts.repository} has "{tag}"; asked for it, the registry says not found.'),
            likely("The manifest was deleted, or the registry's storage has lost it."),
        ),
        steps=steps(
            run(commands.doctor(facts), "asks for each manifest format alone"),
            do("Report it to the registry's operator; pushing the image again brings it back."),
            *(run(commands.pull(facts, tag=other)) for other in _others(facts, tag)),
        ),
        who=Who.REGISTRY,
    )


def _others(facts: Facts, tag: str) -> list[str]:
    tags = facts.look.part("tags")
    names = dict.fromkeys([*tags.texts("near"), *tags.texts("newest")])
    return [name for name in names if name != tag][:_OFFERED]


def _either(facts: Facts) -> Words:
    """A bare 404: tag or repository may be missing, and the registry does not say which."""
    host = hosts.of(facts)
    tags_too = facts.look.part("tags").text("outcome") == "repository-unknown"
    return Words(
        title=f'{host.name} does not have {facts.repository} with the tag "{facts.identifier}"',
        why=(
            *sent_on(facts),
            certain("Its answer does not say whether the repository is missing or only the tag."),
            *((likely("The repository does not exist: it has no list of tags either."),) if tags_too else ()),
            *short.causes(facts),
            *_hidden(facts),
        ),
        steps=steps(
            do(f"Check the spelling of {facts.repository} and of the tag."),
            Step(host.login.command, "if it is private and you may see it") if _may_login(facts) else None,
        ),
    )


def _unproven(facts: Facts, tag: str) -> str:
    return f'{hosts.of(facts).name} has no tag "{tag}" in {facts.repository}'


def _counted(facts: Facts) -> tuple[Cause, ...]:
    """How many tags there are, and which are near or new."""
    tags = facts.look.part("tags")
    count, near, newest = tags.count("count"), tags.texts("near"), tags.texts("newest")
    if count is None:
        return _unlisted(tags.text("outcome"))
    if count == 0:
        return (certain("It has no tags at all."),)
    least = "At least " if tags.get("complete") is False else ""
    there = f"{least}{words.number(count, 'tag')} {'is' if count == 1 else 'are'} there"
    if count == 1 and near:
        return (certain(f'One tag is there: "{near[0]}".'),)
    quoted = [f'"{name}"' for name in near[:_OFFERED]]
    if quoted:
        verb = "nearest is" if len(quoted) == 1 else "nearest are"
        return (certain(f"{there}; the {verb} {words.listing(quoted)}."),)
    shown = f"; some of them: {words.listing([f'{name}' for name in newest])}" if newest else ""
    return (certain(f"{there}, none with a similar name{shown}."),)


def _unlisted(outcome: str) -> tuple[Cause, ...]:
    """Why there are no near names."""
    if not outcome:
        return ()
    if outcome == "registry-pages":
        return (certain("Its list of tags is too long to be looked through here."),)
    return (certain(f"Its tags could not be listed{_why_not(outcome)}, so near names are not known."),)


#: How the code of an error begins -> what was in the way of the list, in words.
_IN_THE_WAY = {
    "auth-": "a login is asked for",
    "network-no-answer": "no answer came in time",
    "network-stalled": "no answer came in time",
    "network-timeout": "no answer came in time",
    "network-": "the connection failed",
    "rate-limit-": "too many requests",
    "repository-unknown": "there is no such list",
    "registry-web-page": "a web page came",
    "registry-unavailable": "the registry fails",
    "registry-error": "the registry fails",
}


def _why_not(outcome: str) -> str:
    said = next((said for begin, said in _IN_THE_WAY.items() if outcome.startswith(begin)), "")
    return f" ({said})" if said else ""


def _latest(facts: Facts, known: bool) -> tuple[Cause, ...]:
    if facts.identifier != "latest":
        return ()
    asked = facts.reference.source if facts.reference else ""
    given = ":latest" in asked or not asked
    text = '"latest" is only a name; a repository need not have it'
    return (certain(f"{text}{'' if given else ', and it was asked for because no tag was given'}."),)


def _near(facts: Facts) -> tuple[Step | None, ...]:
    tags = facts.look.part("tags")
    near = tags.texts("near")
    if not near:
        return tuple(run(commands.pull(facts, tag=tag)) for tag in tags.texts("newest")[:_OFFERED])
    return tuple(run(commands.pull(facts, tag=tag), f"did you mean {tag}?") for tag in near[:_OFFERED])


def _page(facts: Facts, known: bool) -> tuple[Step, ...]:
    page = hosts.of(facts).repository_page(facts.repository)
    return (do(f"Its tags are listed at {page}"),) if page and not known else ()


def _digest(facts: Facts) -> Words:
    tags = facts.look.part("tags")
    exists = tags.count("count") is not None
    reference = facts.reference
    tag = reference.tag if reference and reference.tag else ""
    what = facts.look.part("blob").text("what")
    if what:
        return _digest_of_part(facts, what, tag)
    return Words(
        title=f"{facts.repository} has no manifest {words.short(facts.identifier)}",
        why=(
            likely("It was deleted, as untagged manifests often are, or it is a manifest of another repository."),
            possible("It is the ID of an image (docker images shows it), which is not the digest of its manifest."),
            *(() if exists else (possible("The repository is private or does not exist."),)),
        ),
        checked=(f"The repository exists and has {words.number(tags.count('count') or 0, 'tag')}.",) if exists else (),
        steps=steps(
            do("Check the digest and the repository."),
            run(commands.pull(facts, tag=tag) if tag else "", "what the tag means now"),
            *(() if tag else _near(facts)),
        ),
    )


def _digest_of_part(facts: Facts, what: str, tag: str) -> Words:
    """The digest is that of a config, which Docker calls the image's ID, or of a layer."""
    called = "the ID of an image (the digest of its config)" if what == "config" else "the digest of a layer"
    return Words(
        title=f"{words.short(facts.identifier)} is {called}, not the digest of a manifest",
        why=(certain(f"{facts.repository} has it as a blob; an image is pulled by the digest of its manifest."),),
        steps=steps(
            do("`docker images --digests` shows the right digest, and so does sregistry inspect for a tag."),
            run(commands.pull(facts, tag=tag) if tag else "", "what the tag means now"),
            *(() if tag else _near(facts)),
        ),
    )


def _media_type(facts: Facts) -> Words:
    """The tag exists, but not in a format that was asked for (gcr.io's way to say so)."""
    there, what = facts.text("media_type"), words.capital(words.identifier(facts.identifier))
    asked = facts.look.part("other_media_types").items()
    others = [name for name, outcome in asked if outcome == "ok"]
    none = ("Asked for in each format alone, it is given in none.",) if asked and not others else ()
    return Words(
        title=f"{what} exists, but not in a manifest format that was asked for",
        why=(
            certain(
                f"The registry has it as the media type {there}."
                if there
                else "Registry and client disagree on the format."
            ),
            likely("The registry does not read the list of formats sent, or something in front of it removes it."),
        ),
        checked=(f"Asked for alone, it is given as {words.listing(others)}.",) if others else none,
        steps=steps(
            run(commands.doctor(facts), "asks for each format alone and shows the table"),
            do("Report it to the registry's operator, with that table."),
        ),
        who=Who.REGISTRY,
    )


def _child(facts: Facts) -> Words:
    platform, entry = facts.text("platform"), words.short(facts.text("digest") or facts.identifier)
    if facts.has("page_title"):
        return _child_page(facts, platform, entry)
    return Words(
        title=f"The index lists {platform or 'a manifest'}, but the registry does not have that manifest",
        why=(
            certain(f"The tag leads to an index, whose entry {entry} is missing."),
            likely("The image was pushed or copied incompletely, or a part of it was deleted."),
            possible("It was pushed just now, and not every server of the registry has it yet."),
        ),
        steps=steps(
            run(commands.pull(facts), "try again, if it was pushed just now"),
            do("Report it to the image's author: it has to be pushed again. Another tag may be complete."),
        ),
        who=Who.IMAGE,
    )


def _child_page(facts: Facts, platform: str, entry: str) -> Words:
    """Not the registry says that it is missing: a web page does."""
    return Words(
        title=f"The index lists {platform or 'a manifest'}, and a web page says that it is not found",
        why=(
            certain(f"The tag leads to an index; asked for its entry {entry}, a web server answers with a page."),
            likely("What stands in front of the registry does not hand on requests by digest."),
            possible("The manifest is missing from the registry."),
        ),
        steps=steps(do("Report it to the registry's operator, with the request that is shown.")),
        who=Who.REGISTRY,
    )


def _invalid(facts: Facts) -> Words:
    """A name that is well-formed for us and not for this registry."""
    host = hosts.of(facts)
    tag = facts.code == "tag-invalid"
    text = f'"{facts.identifier}" as a tag' if tag else f'"{facts.repository}" as the name of a repository'
    return Words(
        title=f"{host.name} does not accept {text}",
        why=(likely("Registries have rules of their own, such as a project or an owner in front of the name."),),
        steps=steps(
            do("Check the tag." if tag else f"Check the spelling of {facts.repository}; is a part of it missing?")
        ),
    )


RULES: Rules = {
    "repository-unknown": _repository,
    "tag-unknown": _tag,
    "repository-invalid": _invalid,
    "tag-invalid": _invalid,
    "manifest-unknown": _tag,
    "manifest-media-type": _media_type,
    "manifest-child-unknown": _child,
}

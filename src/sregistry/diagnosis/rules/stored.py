"""Images in the local store: named, ambiguous, missing."""

from __future__ import annotations

from sregistry.diagnosis import commands, words
from sregistry.diagnosis.diagnosis import Step
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.kinds import Kind
from sregistry.diagnosis.rule import Rules, Words, certain, do, likely, run, steps

_OFFERED = 5


def _unknown(facts: Facts) -> Words:
    near, asked, verb = facts.texts("near"), facts.text("source"), facts.text("verb") or "get"
    alike = "An image with a similar name is" if len(near) == 1 else "Images with a similar name are"
    return Words(
        title=f'There is no image "{asked}" here',
        what=(),
        why=(certain(f"{alike} {words.listing(near)}."),) if near else (),
        steps=steps(
            *(_again(facts, verb, name) for name in near[:_OFFERED]),
            *(_from_elsewhere(facts, asked) if verb == "push" and "://" in asked else ()),
            run(commands.command("images"), "lists all"),
            run(commands.fetch(facts, asked) if verb == "get" else "", "pulls it, if a registry has it"),
            run(
                commands.command("inspect", f"docker://{asked}") if verb == "inspect" and "://" not in asked else "",
                "looks for it in a registry",
            ),
        ),
        kind=Kind.NOT_FOUND,
    )


def _from_elsewhere(facts: Facts, source: str) -> tuple[Step | None, ...]:
    """How an image in a registry gets to another place, or a file that was named last to the registry."""
    target = next(iter(facts.texts("more")), "")
    if "://" not in target:
        return (run(commands.command("push", target, source) if target else "", "the image is named first"),)
    if source.partition("://")[0] == target.partition("://")[0]:
        return (run(commands.command("copy", source, target), "from one registry to the other"),)
    return (
        run(commands.fetch(facts, source), "pulls it"),
        run(commands.command("push", source, target), "after that"),
    )


def _again(facts: Facts, verb: str, name: str) -> str:
    """The command with the name of an image that is here, and what else it had."""
    return commands.command(verb, name, *facts.texts("more"))


def _ambiguous(facts: Facts) -> Words:
    found = facts.get("images")
    images = [facts.replaced(**item) for item in found if isinstance(item, dict)] if isinstance(found, list) else []
    count = facts.count("count") or len(images)
    lines = [" ".join(filter(None, (item.text("uri"), item.text("platform"), item.text("path")))) for item in images]
    more = f"and {count - len(lines)} more" if count > len(lines) else ""
    return Words(
        title=f'"{facts.text("source")}" fits {words.number(count, "image")}' if count else facts.headline,
        what=(*lines, more) if lines else (),
        why=(certain("Nothing was chosen, as it could be the wrong one."),),
        steps=steps(
            *(
                _again(facts, facts.text("verb") or "get", item.text("uri"))
                for item in images[:_OFFERED]
                if item.text("uri")
            ),
            run(
                commands.command("rm", "--all", facts.text("source")) if facts.text("verb") == "rm" else "",
                "all of them",
            ),
            do("Name the image with its tag or digest, or add --platform.") if not images else None,
        ),
        kind=Kind.NAME,
    )


def _platform(facts: Facts) -> Words:
    there, asked, wanted = facts.texts("platforms"), facts.text("source"), facts.text("platform")
    verb = facts.text("verb") or "get"
    return Words(
        title=f"The image {asked} is not here for {wanted}",
        what=(),
        why=(certain(f"It is here for {words.listing(there)}."),) if there else (),
        steps=steps(
            *(commands.command(verb, "--platform", name, asked, *facts.texts("more")) for name in there[:_OFFERED]),
            run(
                commands.fetch(facts, asked, "--platform", wanted) if wanted and verb == "get" else "",
                "pulls the other one",
            ),
        ),
        kind=Kind.NOT_FOUND,
    )


def _file_missing(facts: Facts) -> Words:
    asked = facts.text("source") or facts.text("uri")
    fetched = facts.reference is not None
    return Words(
        title=f"The file of the image is gone: {facts.text('path')}" if facts.text("path") else facts.headline,
        what=(),
        why=(likely("It was removed by hand, or by a clean-up of the folder; its entry is still in the database."),),
        steps=steps(
            run(commands.fetch(facts, asked) if fetched else "", "fetches it again"),
            run(commands.command("rm", facts.text("uri")) if facts.text("uri") else "", "forgets the image"),
            None if fetched else do("It did not come from a registry; put its file back, or add the image once more."),
            run(commands.command("check"), "finds all such entries"),
        ),
        kind=Kind.NOT_FOUND,
    )


def _name_taken(facts: Facts) -> Words:
    uri = facts.text("uri")
    return Words(
        title=f"There is an image {uri} already" if uri else facts.headline,
        what=(),
        why=(certain("An image is never replaced by another one without being told to."),),
        steps=steps(
            run(commands.command("inspect", uri) if uri else "", "shows it"),
            run(commands.command("rm", uri) if uri else "", "removes it, to make the name free"),
            do("Or choose another name."),
        ),
        kind=Kind.USAGE,
    )


def _managed(facts: Facts) -> Words:
    uri = facts.text("uri")
    return Words(
        title=facts.headline,
        what=(),
        why=(certain("The folder belongs to the local registry, which names the files in it after their images."),),
        steps=steps(
            run(
                commands.command("rename", uri, "<COLLECTION/NAME:TAG>") if uri else "", "gives the image another name"
            ),
            do("Or move the file to another folder."),
        ),
        kind=Kind.USAGE,
    )


def _not_text(facts: Facts) -> Words:
    return Words(
        title=facts.headline,
        what=(),
        why=(certain("Paths are kept as UTF-8 in the database, and these bytes are not."),),
        steps=steps(run(commands.command(*facts.texts("again")), "under another name")),
        kind=Kind.USAGE,
    )


RULES: Rules = {
    "store-image-unknown": _unknown,
    "store-ambiguous": _ambiguous,
    "store-platform-unknown": _platform,
    "store-file-missing": _file_missing,
    "store-name-taken": _name_taken,
    "store-place-managed": _managed,
    "store-place-not-text": _not_text,
}

"""Folders and archives of images on this machine."""

from __future__ import annotations

from sregistry.diagnosis import commands, words
from sregistry.diagnosis.diagnosis import Cause, Step
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.near import similar
from sregistry.diagnosis.rule import Rules, Words, certain, do, likely, run, steps

#: So many names are worth reading.
_NAMES = 12


def place(facts: Facts) -> str:
    """The folder or archive; ``the layout`` where that is not known."""
    return facts.text("layout") or "the layout"


def _sort(facts: Facts) -> str:
    return "archive" if facts.text("scheme").endswith("archive") else "folder"


def damaged(facts: Facts) -> Cause:
    """Why bytes in a folder or archive are not the ones that are promised."""
    member = f"{facts.text('member')} in " if facts.text("member") else ""
    where = f"{member}{place(facts)}"
    if alike := facts.alike():
        return certain(f"{where} is damaged: reading it {alike} times gave the same bytes.")
    return likely(f"{where} is damaged.")


def again(facts: Facts) -> Step:
    """What to do about a copy that is damaged."""
    made = {
        "docker-archive": "Save the image again (docker save, podman save)",
        "oci-archive": "Write the archive again",
    }
    return do(f"{made.get(facts.text('scheme'), 'Copy the image again')}, and compare the size of the copy.")


def _colon(facts: Facts) -> Words:
    """The path has a colon in it, which ends it."""
    whole, scheme = facts.text("in_the_way"), facts.text("scheme")
    link = "image.tar" if scheme.endswith("archive") else "image"
    return Words(
        title=f"There is no {_sort(facts)} {facts.text('layout')}",
        why=(certain(f"There is one called {whole}, but the first colon ends a path, as for skopeo."),),
        steps=steps(
            Step(f"ln -s {commands.quoted(whole)} {link}", "gives it a name without a colon"),
            run(commands.pull(facts, name=f"{scheme}:{link}")),
        ),
        what=(),
    )


def _no_such_path(facts: Facts) -> Words:
    if facts.text("in_the_way"):
        return _colon(facts)
    path = facts.text("layout")
    near = facts.texts("near")
    stdin = f"{facts.text('scheme')}:/dev/stdin" if path == "-" and facts.text("scheme").endswith("archive") else ""
    registry = facts.text("suggestion")
    missing = f"There is no {_sort(facts)} {path}" if path else "There is nothing at the path"
    return Words(
        title=missing,
        why=(
            *((likely("An image in a registry is meant; oci: names a folder on this machine."),) if registry else ()),
            *((certain("The shell does not fill in ~ behind a colon."),) if path.startswith("~") else ()),
            *((certain("A relative path begins at the current folder."),) if path and path[0] not in "/~" else ()),
        ),
        steps=steps(
            run(commands.pull(facts, name=registry) if registry else "", "the image in the registry"),
            *(run(commands.pull(facts, name=f"{facts.text('scheme')}:{name}"), "if that is meant") for name in near),
            do("Write $HOME in the place of ~.") if path.startswith("~") else None,
            run(commands.pull(facts, name=stdin), "reads what comes through a pipe") if stdin else None,
            do("Check the path."),
        ),
        what=(),
    )


def _other(facts: Facts) -> Words:
    looks, suggestion, missing = facts.text("looks_like"), facts.text("suggestion"), facts.text("missing")
    kinds = {
        "oci": "a folder in OCI layout",
        "oci-archive": "a tar archive in OCI layout",
        "docker-archive": "an archive of docker save",
        "dir": "a folder that skopeo has written",
    }
    wanted = kinds.get(facts.text("scheme"), "what its scheme names")
    sif = looks == "a SIF file"
    target = facts.texts("repeat")[:1] == ["copy"] and facts.texts("repeat")[-1] == facts.uri
    return Words(
        title=f"{place(facts)} is not {wanted}" + (f" but {looks}" if looks else ""),
        what=(),
        why=(certain(f"There is no {missing} in it." if missing else facts.sentence),),
        steps=steps(
            run(
                commands.pull(facts, name=suggestion) if suggestion else "",
                ("replaces its image" if suggestion.startswith("dir:") else "adds to what is there")
                if target
                else "reads what is there",
            ),
            run(commands.command("add", place(facts)) if sif and not target else "", "puts it into the local registry"),
            do("docker export leaves out the image's settings; save it with docker save instead.")
            if "docker export" in looks
            else None,
            do("Load it into Docker, and save it again.") if "1.10" in looks else None,
            do("Unpack it once (gzip -d, zstd -d), and name what comes out.") if "twice" in looks else None,
            do("Copy to a path where nothing is: what is there is never replaced.") if target else None,
            None if suggestion or sif or target else do("Check the path and the scheme."),
        ),
    )


def _version(facts: Facts) -> Words:
    known = words.listing(facts.texts("known"))
    return Words(
        title=f"{place(facts)} has the version {facts.text('version')}, which is not known",
        why=(certain(f"Known is {known}."),) if known else (),
        steps=steps(do("Look for a newer sregistry, or write it again with another program.")),
        what=(),
    )


def _invalid(facts: Facts) -> Words:
    return Words(
        title=f"The image in {place(facts)} cannot be used: {facts.statement}",
        why=(likely("It was written or copied by a faulty tool, or changed afterwards."),),
        steps=steps(again(facts)),
        what=(),
    )


def _archive(facts: Facts) -> Words:
    cut = facts.text("fault") == "truncated"
    size = facts.count("actual_size")
    return Words(
        title=f"The archive {place(facts)} is {'incomplete' if cut else 'damaged'}",
        what=(facts.sentence,),
        why=(
            *((certain(f"It has {size:,} bytes, and its headers speak of more."),) if cut and size else ()),
            likely("It was not copied to its end, or the disk was full when it was written.")
            if cut
            else likely("It was changed after it was written, or damaged on its way here."),
        ),
        steps=steps(again(facts)),
    )


def _escape(facts: Facts) -> Words:
    target = facts.text("target")
    return Words(
        title=f"The archive {place(facts)} tries to lead to files outside of it",
        what=(facts.sentence,),
        why=(
            *((certain(f"{facts.text('member') or 'A member'} leads to {target}."),) if target else ()),
            certain("Nothing outside of the archive was read."),
        ),
        steps=steps(do("Do not use the archive, and ask where it came from: no program writes this by mistake.")),
    )


def _named(facts: Facts, name: str) -> str:
    """The command that pulls the image called `name`."""
    return commands.pull(facts, name=f"{facts.text('scheme')}:{place(facts)}:{name}") if facts.text("scheme") else ""


def _there(facts: Facts) -> tuple[str, ...]:
    images = facts.texts("known")
    return (f"In it: {words.listing(images, most=_NAMES)}.",) if images else ()


def _name_unknown(facts: Facts) -> Words:
    name, images = facts.text("identifier"), facts.texts("known")
    near = similar(name, images) or images[:2]
    return Words(
        title=f'There is no image called "{name}" in {place(facts)}',
        why=tuple(map(certain, _there(facts))),
        steps=steps(
            *(run(_named(facts, other)) for other in near),
            do("Use one of the names that are there.") if images else do("There is no image in it: check the path."),
        ),
        what=(),
    )


def _several(facts: Facts) -> Words:
    images = facts.texts("known")
    called = f' called "{facts.text("identifier")}"' if facts.text("identifier") else ""
    return Words(
        title=f"There are {len(images) or 'several'} images{called} in {place(facts)}: say which one you mean",
        why=tuple(map(certain, _there(facts))),
        steps=steps(
            *(run(_named(facts, name)) for name in images[:2]),
            do("Put a colon and the name behind the path; @0 is the first of the list."),
        ),
        what=(),
    )


def _content_missing(facts: Facts) -> Words:
    what, digest = facts.text("what") or "content", facts.text("digest")
    thing = f"The {what} {words.short(digest)}".strip() if digest else f"The {what} {facts.text('member')}".strip()
    return Words(
        title=f"{thing} is missing from {place(facts)}" if what != "image" else f"There is no image in {place(facts)}",
        why=(
            *((certain("The image lists it, and the file is not there."),) if what != "image" else ()),
            likely("The image was saved without this platform.")
            if what == "manifest"
            else likely("The copy is incomplete: it was interrupted, or files were removed."),
        ),
        steps=steps(
            do("skopeo copy --all, or sregistry copy, takes every platform.") if what == "manifest" else None,
            again(facts),
        ),
        what=(),
    )


def _too_large(facts: Facts) -> Words:
    setting, limit = facts.text("setting"), facts.count("limit") or 0
    enough = words.enough(limit, facts.count("actual_size")) if setting != "max_expansion_ratio" else str(limit * 4)
    return Words(
        title=f"{place(facts)} is refused: {facts.statement}",
        why=(certain("Real images stay far below this limit; what exceeds it is faulty or made to do harm."),),
        steps=steps(
            do("Check where it came from."),
            run(commands.setting(setting, enough) if setting else "", "raises the limit; only if you trust it"),
        ),
        what=(),
    )


RULES: Rules = {
    "layout-no-such-path": _no_such_path,
    "layout-other": _other,
    "layout-version": _version,
    "layout-invalid": _invalid,
    "layout-archive-invalid": _archive,
    "layout-escape": _escape,
    "layout-name-unknown": _name_unknown,
    "layout-several": _several,
    "layout-content-missing": _content_missing,
    "layout-too-large": _too_large,
}

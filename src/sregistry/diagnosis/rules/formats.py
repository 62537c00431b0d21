"""Image files on this machine: SIF and squashfs."""

from __future__ import annotations

from sregistry.codecs import READ
from sregistry.diagnosis import commands, words
from sregistry.diagnosis.diagnosis import Step, Who
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.kinds import Kind
from sregistry.diagnosis.rule import Rules, Words, certain, do, likely, run, steps


def file(facts: Facts) -> str:
    """The image file; ``the image`` if it is not known."""
    return facts.text("file") or facts.text("path") or "the image"


def _detail(facts: Facts) -> tuple[str, ...]:
    return (facts.sentence, facts.further("detail"))


def _damaged(facts: Facts) -> Words:
    return Words(
        title=words.capital(f"{file(facts)} is damaged or incomplete"),
        what=_detail(facts),
        why=(likely("It was cut or changed after it was made: a copy broken off, a full disk."),),
        steps=steps(
            run(commands.pull(facts, "--force"), "makes it anew"),
            Step(f"ls -l {commands.quoted(facts.text('file'))}", "is its size what you expect?")
            if facts.text("file")
            else None,
            None if facts.reference else do("Copy or pull it again from where it came."),
        ),
    )


def _compressor(facts: Facts) -> Words:
    codec, known = facts.text("codec"), facts.texts("known")
    if known:
        return Words(
            title=f"No image is written with the codec {codec}",
            what=(),
            why=(certain(f"There are {words.listing(known)}."),),
            steps=steps(
                run(commands.pull(facts, "--compression", known[0])), run(commands.setting("compression", known[0]))
            ),
            kind=Kind.USAGE,
            who=Who.YOU,
        )
    return Words(
        title=words.capital(f"{file(facts)} is compressed with {codec}, which cannot be read here"),
        what=_detail(facts),
        why=(certain(f"{words.listing(READ)} can be read."),),
        steps=steps(do("unsquashfs reads it, if squashfs-tools has been built with that codec.")),
    )


def _level(facts: Facts) -> Words:
    codec, expected = facts.text("codec"), facts.text("expected")
    example = f"{codec}:{expected.partition(' ')[0]}"
    return Words(
        title=facts.headline,
        what=(),
        steps=steps(
            run(commands.pull(facts, "--compression", example), "for example")
            or Step(commands.setting("compression", example))
        ),
        kind=Kind.USAGE,
        who=Who.YOU,
    )


def _came_so(facts: Facts) -> Words:
    """Of a file that was fetched, all that there is of it."""
    return Words(
        title="",
        why=(
            certain("No more of it is there to be fetched."),
            likely("It was cut when it was put there: an upload or a copy broken off."),
        ),
        steps=steps(
            do("Ask who put it there to do so again, and to compare the sizes."),
            run(commands.pull(facts), "when it is whole"),
        ),
    )


def _truncated(facts: Facts) -> Words:
    expected, actual = facts.count("expected_size"), facts.count("actual_size")
    said = _came_so(facts) if facts.uri and file(facts) == "the image" else _damaged(facts)
    sizes = f": {words.size(actual)} of {words.size(expected)} are there" if actual is not None and expected else ""
    return Words(f"{words.capital(file(facts))} is incomplete{sizes}", said.why, steps=said.steps, what=())


def _legacy(facts: Facts) -> Words:
    return Words(
        title=f"{words.capital(file(facts))} is {facts.text('format') or 'of an old format'}, not a SIF file",
        what=(),
        why=(certain("Singularity wrote such files before version 3; today's programs write SIF."),),
        steps=steps(
            Step(f"apptainer build new.sif {commands.quoted(facts.text('file') or '<FILE>')}", "converts it"),
            do("Or pull the image again from its registry."),
        ),
    )


def _no_root(facts: Facts) -> Words:
    """A SIF file without a root file system that can be read here."""
    why = {
        "sif-no-primary": "A SIF file can hold other things than an image, such as definitions and signatures.",
        "sif-encrypted": "Its content can be read only with the key, by apptainer itself.",
        "sif-filesystem": "Only squashfs is read here; apptainer itself can run it.",
    }[facts.code]
    return Words(
        title=facts.headline.replace("the SIF file", file(facts)).replace("The SIF file", words.capital(file(facts))),
        what=(),
        why=(certain(why),),
        steps=steps(
            Step(f"apptainer sif list {commands.quoted(facts.text('file') or '<FILE>')}", "shows what it holds"),
            # Only a push to a place for images in layers has to read it.
            None
            if facts.code == "sif-no-primary"
            else do(
                "To keep it in a registry, push it as it is, to an oras:// reference: apptainer pulls and runs it."
            ),
        ),
    )


def _too_large(facts: Facts) -> Words:
    size, limit = facts.count("size"), facts.count("limit")
    sizes = f": {words.size(size)}, {words.size(limit)} are read" if size and limit else ""
    return Words(
        title=f"{facts.headline}{sizes}",
        what=(),
        why=(likely("The file was made to do harm, or is damaged."),),
        steps=steps(do("Use it only if you trust where it comes from.")),
    )


def _odd_path(facts: Facts) -> Words:
    path = facts.text("path")
    return Words(
        title=facts.headline,
        what=(f'The path is "{path}".',) if path else (),
        steps=steps(do("Name another path in the image.")),
        kind=Kind.USAGE,
    )


def _not_an_image(facts: Facts) -> Words:
    form = "SIF file" if facts.code.startswith("sif-") else "squashfs image"
    if facts.count("size") == 0:
        return Words(
            title=words.capital(f"{file(facts)} is empty, and no {form}"),
            what=(),
            why=(likely("Who was to write it has failed, or has not begun."),),
            steps=steps(
                Step(f"ls -l {commands.quoted(facts.text('file'))}", "is its size still 0?")
                if facts.text("file")
                else do("Ask who put it there to do so again."),
            ),
        )
    return Words(
        title=words.capital(f"{file(facts)} is not a {form}"),
        what=() if facts.code.startswith("sif-") else _detail(facts),
        why=(likely("It is another kind of file, an image of Singularity 2, or its beginning is damaged."),),
        steps=steps(
            Step(f"file {commands.quoted(facts.text('file'))}", "says what it is") if facts.text("file") else None,
            None if facts.text("file") else do("Check that this is the file you mean."),
        ),
    )


def _version(facts: Facts) -> Words:
    form, read = ("SIF", "1") if facts.code.startswith("sif-") else ("squashfs", "4.0")
    return Words(
        title=f"{words.capital(file(facts))} has {form} version {facts.text('detail')}, which cannot be read",
        what=(),
        why=(certain(f"Version {read} is what every current program writes and reads."),),
        steps=steps(do("Make it again with a current version of Apptainer, SingularityCE or sregistry.")),
    )


def _cannot_hold(facts: Facts) -> Words:
    """The image is beyond what the format can express."""
    form = "SIF" if facts.code.startswith("sif-") else "squashfs"
    limit = facts.text("limit")
    return Words(
        title=facts.headline,
        what=(),
        why=(certain(f"The format {form} has a fixed limit{f', {limit}' if limit else ''}; no setting raises it."),),
        steps=steps(do("Ask the image's author for a smaller image.")),
        who=Who.IMAGE,
    )


RULES: Rules = {
    "squashfs-corrupt": _damaged,
    "squashfs-compressor": _compressor,
    "squashfs-level": _level,
    "squashfs-not-an-image": _not_an_image,
    "squashfs-version": _version,
    "squashfs-too-large": _cannot_hold,
    "squashfs-too-many-owners": _cannot_hold,
    "squashfs-xattr-too-long": _cannot_hold,
    "squashfs-truncated": _truncated,
    "squashfs-symlink-loop": _odd_path,
    "squashfs-not-a-file": _odd_path,
    "squashfs-file-too-large": _too_large,
    "sif-corrupt": _damaged,
    "sif-truncated": _truncated,
    "sif-legacy-format": _legacy,
    "sif-no-primary": _no_root,
    "sif-encrypted": _no_root,
    "sif-filesystem": _no_root,
    "sif-object-too-large": _too_large,
    "sif-not-an-image": _not_an_image,
    "sif-version": _version,
    "sif-too-many-objects": _cannot_hold,
    "sif-name-too-long": _cannot_hold,
}

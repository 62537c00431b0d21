"""Layers: tar archives that cannot, or must not, be applied."""

from __future__ import annotations

from collections.abc import Callable

from sregistry.diagnosis import commands, words
from sregistry.diagnosis.diagnosis import Cause, Step
from sregistry.diagnosis.facts import Facts
from sregistry.diagnosis.rule import Rules, Words, certain, do, likely, possible, run, steps


def layer(facts: Facts) -> str:
    """The layer in words: ``layer 3 (sha256:44136fa355b3…)``."""
    digest, index = words.short(facts.text("layer")), facts.count("layer_index")
    if index is not None:
        return f"layer {index + 1}" + (f" ({digest})" if digest else "")
    return f"layer {digest}" if digest else "a layer"


def _what(facts: Facts) -> tuple[str, ...]:
    """The error's sentence, and where in the layer."""
    path, target, offset = facts.text("path"), facts.text("target"), facts.count("offset")
    place = [f'entry "{path}"' if path else "", f'target "{target}"' if target and target != path else ""]
    place.append(f"owner {facts.text('uid')}:{facts.text('gid')}" if facts.has("uid") else "")
    place.append(f"{offset:,} bytes into the archive" if offset else "")
    where = ", ".join(part for part in place if part)
    return (facts.sentence, words.sentence(where))


def _author(facts: Facts) -> Step:
    return do("Report it to the image's author: the layer has to be built and pushed again.")


def _other(facts: Facts) -> Step | None:
    return do("Another tag of the same image may be good.") if facts.repository else None


def _malformed(title: str, why: str) -> Callable[[Facts], Words]:
    """A rule for an archive that breaks the rules of the format."""

    def explain(facts: Facts) -> Words:
        return Words(
            title=f"{words.capital(layer(facts))} {title}",
            what=_what(facts),
            why=(certain(why),),
            steps=steps(_author(facts), _other(facts)),
        )

    return explain


def _hostile(title: str, why: str) -> Callable[[Facts], Words]:
    """A rule for an archive that would harm; nothing of it was written."""

    def explain(facts: Facts) -> Words:
        return Words(
            title=f"{words.capital(layer(facts))} {title}",
            what=_what(facts),
            why=(
                certain(why),
                likely("It was made on purpose to attack the machine that unpacks it, or by a broken tool."),
            ),
            steps=steps(
                do("Do not trust this image; nothing of this layer was written."),
                do("Report it to the image's author and the registry's operator."),
            ),
        )

    return explain


def _pushed_so(facts: Facts) -> Cause:
    """After a fault a layer is read on to its end: had it been damaged on the way, its digest would have told."""
    return certain("The layer came as it was pushed, or its digest would not match; so it was pushed in this state.")


def _invalid(facts: Facts) -> Words:
    """A broken archive, or something that is none from its first byte on."""
    looks = facts.text("looks_like")
    title = f"is no tar archive, but {looks}" if looks else "is not a valid tar archive: it is corrupt"
    title = "is no tar archive at all" if looks == "something else" else title
    pushed = "Its bytes are those that were pushed, or their digest would not match"
    wrong = "something else was pushed as a layer" if looks else "the archive itself was made wrongly"
    return Words(
        title=f"{words.capital(layer(facts))} {title}",
        what=() if looks else _what(facts),
        why=(certain(f"{pushed}; so {wrong}."),),
        steps=steps(_author(facts), _other(facts)),
    )


def _trailing(facts: Facts) -> Words:
    return Words(
        title=f"{words.capital(layer(facts))} goes on after the end of its {facts.text('compression')} data".replace(
            "  ", " "
        ),
        what=(facts.sentence,),
        why=(
            _pushed_so(facts),
            certain("Container runtimes refuse such a layer too: what follows may be a lost part of it."),
        ),
        steps=steps(_author(facts), _other(facts)),
    )


def _window(facts: Facts) -> Words:
    claimed, limit = facts.number("claimed"), facts.number("limit")
    sizes = f": {words.size(claimed)}, and {words.size(limit)} is the most" if claimed and limit else ""
    return Words(
        title=f"{words.capital(layer(facts))} needs a larger zstd window than this program can give",
        what=(words.sentence(f"{facts.statement}{sizes}"),),
        why=(certain("It was compressed by another program than `zstd`, which uses no such windows."),),
        steps=steps(
            do("Ask the image's author to compress the layer with a smaller window, such as that of `zstd --long=27`."),
            _other(facts),
        ),
    )


def _corrupt(facts: Facts) -> Words:
    compression = facts.text("compression")
    said = facts.text("detail")
    return Words(
        title=f"{words.capital(layer(facts))} is corrupt: its {compression} data cannot be unpacked".replace("  ", " "),
        what=(*_what(facts), words.sentence(f"the decompressor says: {said}") if said else ""),
        why=(_pushed_so(facts),),
        steps=steps(
            _author(facts),
            _other(facts),
        ),
    )


def _truncated(facts: Facts) -> Words:
    said = _corrupt(facts)
    what = "compressed data" if facts.code == "layer-compression-truncated" else "archive"
    return Words(
        f"{words.capital(layer(facts))} is incomplete: its {what} ends too early",
        said.why,
        what=said.what,
        steps=said.steps,
    )


def _diff_id(facts: Facts) -> Words:
    return Words(
        title=f"{words.capital(layer(facts))} does not match the image's config: its digest unpacked is another one",
        what=_what(facts),
        why=(
            certain("The layer is the one that the manifest names; unpacked, it is not the one that the config names."),
            likely("The image was put together wrongly, by a tool that mixed layers and configs."),
        ),
        steps=steps(_author(facts), _other(facts)),
    )


#: Of ext4; a header that claims more lies.
_LARGEST_FILE = 16 << 40


def _limit(facts: Facts) -> Words:
    setting, limit = facts.text("setting"), facts.count("limit") or 0
    size, unpacked = facts.count("size"), facts.count("actual_size") or 0
    seen = ""
    if facts.code == "layer-too-large":
        claimed = words.size(facts.count("claimed"))
        seen = f'The header of "{facts.text("path")}" claims a size of {claimed}.' if facts.has("claimed") else ""
    elif size and unpacked:
        seen = f"{words.size(size)} of it have already unpacked to {words.size(unpacked)}."
    believable = (facts.count("claimed") or 0) <= _LARGEST_FILE
    enough = max(limit * 10, facts.count("claimed") or 0, unpacked * 2 if facts.code == "layer-too-large" else 0)
    raised = run(commands.setting(setting, str(enough)), "raises the limit; only for an image you trust")
    return Words(
        title=f"{words.capital(layer(facts))} is refused: {facts.statement}",
        what=(seen,) if seen else (),
        why=(
            certain("The limit protects this machine from archives that unpack without end (bombs)."),
            possible(
                "The image really is like that."
                if facts.code == "layer-too-many-entries"
                else "The image really is like that, with very large files of zeros for example."
            )
            if believable
            else likely("The header lies: no file is that large. The archive is damaged, or made to attack."),
        ),
        steps=steps(
            do("Report it to the image's author" + (", unless you know that it has to be so." if believable else ".")),
            raised if believable else None,
        ),
    )


_NO_PLACE = "No tree of files can be built from entries that contradict each other."


def _whiteout_name(facts: Facts) -> Words:
    file, path = facts.text("file") or "the image", facts.text("path")
    return Words(
        title=words.capital(f"{file} has a file that no layer can hold"),
        what=(words.sentence(f'it is called "{path}"') if path else "",),
        why=(certain('In a layer, a name that begins with ".wh." means that another file is deleted.'),),
        steps=steps(
            do("Rename the file and build the image again."),
            do("Or push the SIF as it is, to an oras:// reference: apptainer and sregistry pull it."),
        ),
    )


RULES: Rules = {
    "layer-compression-corrupt": _corrupt,
    "layer-compression-truncated": _truncated,
    "layer-tar-truncated": _truncated,
    "layer-tar-invalid": _invalid,
    "layer-trailing-bytes": _trailing,
    "layer-window-too-large": _window,
    "layer-diff-id-mismatch": _diff_id,
    "layer-escape": _hostile("tries to write outside the image", 'A path in it leads out of the image ("..").'),
    "layer-expands-too-far": _limit,
    "layer-too-large": _limit,
    "layer-too-many-entries": _limit,
    "layer-path-too-deep": _hostile("has a path that is nested too deep", "No file system accepts such a path."),
    "layer-link-loop": _malformed("has links that lead in a circle", _NO_PLACE),
    "layer-link-target-missing": _malformed(
        "has a hard link to a file that is not there", "Neither this layer nor one below it has that file."
    ),
    "layer-link-target-directory": _malformed(
        "has a hard link to a directory", "File systems allow hard links to files only."
    ),
    "layer-parent-not-directory": _malformed("puts a file below something that is no directory", _NO_PLACE),
    "layer-root-not-directory": _malformed(
        "replaces the root directory by something else", "An image without a root directory cannot be run."
    ),
    "layer-name-invalid": _malformed(
        "has a name that no file can have", "Names have no NUL byte and at most 255 bytes in each part."
    ),
    "layer-owner-invalid": _malformed(
        "has an owner that is no valid number", "Owners and groups are numbers of 32 bits in Linux."
    ),
    "layer-entry-kind": _malformed(
        "has an entry of an unknown type", "The type is none of those that tar archives of images have."
    ),
    "layer-name-whiteout": _whiteout_name,
    "layer-whiteout-invalid": _malformed(
        "deletes something without a name", "A whiteout names the file of a lower layer that it hides."
    ),
}

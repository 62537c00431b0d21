"""What `sregistry inspect` shows: one part of an image as text, or a page with all that is short."""

from __future__ import annotations

import json
import re
import shlex
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sregistry.cli.progress import size_text

if TYPE_CHECKING:
    from sregistry.operations.inspect import Inspection, Referrer

#: With this a line has room for a whole digest in 80 columns.
_LABEL = 9
#: Entries whose values are texts, which are wrapped; the others are for copying.
_TEXTS = frozenset({"entry", "command", "ports", "env", "labels"})
_NARROWEST = 20
_ENDS_WITH_DIGEST = re.compile(r"( \w+:[0-9a-f]{12})[0-9a-f]{20,}$")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an image: the short option that prints it, what that prints, and how."""

    short: str
    words: str
    text: Callable[[Inspection], str]


def page(found: Inspection, width: int | None) -> Iterator[str]:
    """The lines of the page, what is not known left out, as fits `width`; what stands alone in a line is whole."""
    for label, values in _entries(found):
        room = width - _LABEL if width else None
        fit = _wrapped if label in _TEXTS else _shortened
        lines = [line for value in values if value for line in fit(value, room)]
        for number, line in enumerate(lines):
            yield f"{'' if number else label:<{_LABEL}}{line}"


def _wrapped(value: str, room: int | None) -> list[str]:
    if room is None or len(value) <= room:
        return [value]
    return textwrap.wrap(value, max(room, _NARROWEST), break_long_words=False, break_on_hyphens=False)


def _shortened(value: str, room: int | None) -> list[str]:
    """A digest at the end of a line that is too long is cut: `--layers`, `--json` and a pipe show all of it."""
    if room is None or len(value) <= room or not _ENDS_WITH_DIGEST.search(value):
        return [value]
    return [_ENDS_WITH_DIGEST.sub(r"\1…", value)]


def _entries(found: Inspection) -> Iterator[tuple[str, Sequence[str | None]]]:
    row, config = found.row, found.config or {}
    yield "image", [str(row.name) if row else None]
    yield "from", [found.reference]
    yield "version" if _is_version(found) else "digest", [found.manifest_digest]
    yield "index", [found.index_digest]
    yield "platform", [found.platform]
    yield "offers", [f"{offer.platform:<16}  {offer.digest}" for offer in found.offers]
    yield "created", [_time(found.created)]
    yield "pulled", [f"{_time(row.pulled_at)} by sregistry {row.made_by}" if row else None]
    yield "file", [f"{found.file} ({size_text(found.size or 0)})" if found.file else None]
    yield "size", [size_text(found.size) if found.size and not found.file else None]
    yield "format", _format(found)
    yield "changed", _changes(found)
    yield "entry", [_command(config.get("Entrypoint"))]
    yield "command", [_command(config.get("Cmd"))]
    yield "folder", [_word(config.get("WorkingDir"))]
    yield "user", [_word(config.get("User"))]
    yield "ports", [" ".join(_keys(config.get("ExposedPorts")))]
    yield "volumes", _keys(config.get("Volumes"))
    yield "env", _words(config.get("Env")) if found.config is not None else list(found.texts.environment)
    yield "labels", [_one_line(f"{key}={value}") for key, value in sorted(found.texts.labels.items())]
    yield "scripts", [" ".join(f"--{name}" for name in _SCRIPTS if getattr(found.texts, name))]
    yield "layers", _layers(found)
    yield "attached", [_referrer(one) for one in found.referrers]


def _is_version(found: Inspection) -> bool:
    """Whether it is known by what its server calls this version of a file, which is no digest of what is in it."""
    return (found.manifest_digest or "").startswith("etag:")


def _format(found: Inspection) -> list[str]:
    contents = found.contents
    if contents is None:
        return [found.media_type or ""]
    root = f", squashfs with {contents.root.codec}, {contents.root.inodes:,} inodes" if contents.root else ""
    signed = [f"signed by {item.fingerprint or 'a key'} (not verified)" for item in contents.signatures]
    return [f"SIF{root}", *signed]


def _changes(found: Inspection) -> list[str]:
    """What was changed in the files for ordinary users; nothing of it is true of an exact image."""
    changes = found.contents.changes if found.contents else None
    if not changes:
        return []
    return ["nothing: the files are as in the layers (--exact)"] if changes.exact else list(changes.lines())


def _referrer(one: Referrer) -> str:
    title = f"  {one.title}" if one.title else ""
    return _one_line(f"{one.artifact_type or 'of no type'}{title}  {size_text(one.size)}  {one.digest}")


def _layers(found: Inspection) -> list[str]:
    if not found.layers:
        return []
    sizes = [size_text(layer.size) for layer in found.layers]
    width = max(map(len, sizes))
    total = size_text(sum(layer.size for layer in found.layers))
    lines = [f"{size:>{width}}  {layer.digest}" for size, layer in zip(sizes, found.layers, strict=True)]
    return [*lines, f"{total} in {len(lines)} layers"] if len(lines) > 1 else lines


def _labels(found: Inspection) -> str:
    return "\n".join(f"{key}: {value}" for key, value in sorted(found.texts.labels.items()))


def _environment(found: Inspection) -> str:
    """The variables of an OCI image; of other images the scripts that set them, as Apptainer prints them."""
    if found.config is not None:
        return "\n".join(_words(found.config.get("Env")))
    return "\n\n".join(f"=== {path} ===\n{text.strip()}" for path, text in found.texts.environment.items())


def _config(found: Inspection) -> str:
    return json.dumps(found.config, indent=2) if found.config is not None else ""


def _script(name: str) -> Callable[[Inspection], str]:
    return lambda found: (getattr(found.texts, name) or "").rstrip("\n")


_SCRIPTS = ("runscript", "startscript", "test", "helpfile", "deffile")
#: Short options as Apptainer has them, and ours for what it does not show.
PARTS = {
    "labels": Part("-l", "Print the labels.", _labels),
    "environment": Part("-e", "Print the environment.", _environment),
    "runscript": Part("-r", "Print what `apptainer run` starts.", _script("runscript")),
    "startscript": Part("-s", "Print what `apptainer instance start` starts.", _script("startscript")),
    "test": Part("-t", "Print the test script.", _script("test")),
    "helpfile": Part("-H", "Print the help text.", _script("helpfile")),
    "deffile": Part("-d", "Print the definition file.", _script("deffile")),
    "config": Part("-c", "Print the config of the OCI image, as JSON.", _config),
    "layers": Part("-L", "Print the layers.", lambda found: "\n".join(_layers(found))),
}


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def _words(value: Any) -> list[str]:
    """The texts in a list of the config, whose values may be of any kind."""
    return [_one_line(text) for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _keys(value: Any) -> list[str]:
    return sorted(map(_one_line, value)) if isinstance(value, dict) else []


def _word(value: Any) -> str | None:
    return _one_line(value) if isinstance(value, str) else None


def _command(value: Any) -> str | None:
    return shlex.join(words) if (words := _words(value)) else None


def _one_line(text: str) -> str:
    return text.replace("\n", "\\n")

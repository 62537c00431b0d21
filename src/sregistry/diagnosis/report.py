"""What one attaches to a bug report: a Markdown file with versions, settings and evidence, without secrets."""

from __future__ import annotations

import datetime
import os
import platform
import shlex
import sys
import tempfile
import traceback
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sregistry.diagnosis.diagnosis import Diagnosis
from sregistry.diagnosis.explain import explain
from sregistry.diagnosis.redaction import HIDDEN, redact, secrets_of
from sregistry.diagnosis.render import markdown
from sregistry.errors import SregistryError
from sregistry.settings import DEFAULT, Settings, rows
from sregistry.version import __version__

_LIBRARIES = ("urllib3", "isal", "deflate", "zstandard", "sqlalchemy", "click")


def versions() -> list[tuple[str, str]]:
    """This program, Python, the system and the libraries that matter."""
    from importlib import metadata

    found = [("sregistry", __version__), ("Python", sys.version.split()[0]), ("system", platform.platform())]
    for name in _LIBRARIES:
        try:
            found.append((name, metadata.version(name)))
        except metadata.PackageNotFoundError:
            continue
    return found


def changed_settings(settings: Settings) -> list[tuple[str, str]]:
    """Settings that are not at their default: name, value and source."""
    names = (name for name in rows() if settings.source_of(name) != DEFAULT)
    return [(name, f"{settings.shown(name)} ({settings.source_of(name)})") for name in names]


def compose(
    title: str,
    arguments: Sequence[str],
    sections: Iterable[tuple[str, str]],
    environ: Mapping[str, str],
    settings: Settings | None = None,
) -> str:
    """The whole report; `sections` are (heading, Markdown), all text is redacted."""
    parts = [f"# {title}", markdown.block(shlex.join(["sregistry", *_without_values(arguments)]))]
    parts += [f"## {heading}\n\n{text.rstrip()}" for heading, text in sections]
    parts.append("## Versions\n\n" + _table(versions()))
    if settings is not None:
        parts.append("## Settings that were changed\n\n" + (_table(changed_settings(settings)) or "None."))
    return redact("\n\n".join(parts) + "\n", secrets_of(environ))


def write_bug_report(error: BaseException, arguments: Sequence[str], environ: Mapping[str, str]) -> Diagnosis:
    """Write a report about a fault of our own and return the diagnosis that names the file.

    The file goes to the current folder, or where that cannot be written to, to the temporary one;
    where neither can, the diagnosis goes without.
    """
    trace = "".join(traceback.format_exception(error))
    text = compose("A fault in sregistry", arguments, [("Traceback", markdown.block(trace))], environ)
    place = _write(text)
    message = redact(str(error), secrets_of(environ))
    known = SregistryError("bug", message, exception=type(error).__name__, report=place or None)
    return explain(known)


def _without_values(arguments: Sequence[str]) -> list[str]:
    """The words of a command line without those that are secrets by their place: ``backend add CLIENT NAME VALUE``."""
    if list(arguments[:2]) != ["backend", "add"]:
        return list(arguments)
    places = [number for number, word in enumerate(arguments) if not word.startswith("-")]
    return [HIDDEN if number in places[4:] else word for number, word in enumerate(arguments)]


def _write(text: str) -> str:
    """The path of the file written; empty if no folder takes it."""
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S")
    for folder in (Path(), Path(tempfile.gettempdir())):
        path = folder / f"sregistry-report-{stamp}-{os.getpid()}.md"
        try:
            with path.open("x", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
        except OSError:
            continue
        return str(path)
    return ""


def _table(pairs: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"- {name}: {markdown.code(value)}" for name, value in pairs)

"""Renderers: one `Diagnosis`, several faces.

`terminal`, `json` and `markdown` each have a pure `render`; `render_terminal` fits the first one to
a stream.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TextIO, TypedDict

from sregistry.diagnosis.diagnosis import Diagnosis
from sregistry.diagnosis.render import terminal
from sregistry.diagnosis.render.json import render as render_json
from sregistry.diagnosis.render.markdown import render as render_markdown

__all__ = ["Fit", "fitting", "render_json", "render_markdown", "render_terminal"]

#: Of a terminal that does not tell.
_UNKNOWN_WIDTH = 80


def render_terminal(diagnosis: Diagnosis, *, stream: TextIO, environ: Mapping[str, str] | None = None) -> str:
    """Draw `diagnosis` as fits `stream`: its width, whether it shows colour, whether it can write ``✗``.

    What is no terminal gets lines that are not broken. `environ` is asked for COLUMNS, NO_COLOR and TERM.
    """
    return terminal.render(diagnosis, **fitting(stream, environ or {}), height=_height(stream, environ or {}))


class Fit(TypedDict):
    """What a stream can show: the options of `terminal.render` and `walked.render`."""

    width: int | None
    colour: bool
    unicode: bool


def fitting(stream: TextIO, environ: Mapping[str, str]) -> Fit:
    """The options for `stream`."""
    tty = stream.isatty()
    colour = tty and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
    return {"width": _width(stream, environ) if tty else None, "colour": colour, "unicode": _unicode(stream)}


def _width(stream: TextIO, environ: Mapping[str, str]) -> int:
    """Columns of the terminal behind `stream`."""
    if environ.get("COLUMNS", "").isdigit():
        return int(environ["COLUMNS"])
    try:
        return os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return _UNKNOWN_WIDTH


def _height(stream: TextIO, environ: Mapping[str, str]) -> int | None:
    """Lines of the terminal behind `stream`; None if it is none."""
    if not stream.isatty():
        return None
    if environ.get("LINES", "").isdigit():
        return int(environ["LINES"])
    try:
        return os.get_terminal_size(stream.fileno()).lines or None
    except (OSError, ValueError):
        return None


def _unicode(stream: TextIO) -> bool:
    try:
        "✗→…".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True

r"""Quoting for three shells at once: dash, bash and the interpreter inside Apptainer.

Apptainer and SingularityCE do not run a container's scripts with the container's shell; they read
them with mvdan.cc/sh. That interpreter differs from a POSIX shell in places that matter here:

- outside quotes it keeps the backslash of ``\'``, so the customary ``'\''`` adds a backslash; a quote
  is therefore written ``'"'"'``;
- even inside quotes it drops a carriage return that stands directly before a newline, takes U+0080
  for the end of the script and U+0081 for an escaped newline (it uses them as marks of its own);
  these are therefore written as variables, which `preamble` sets.
"""

from __future__ import annotations

import re

PREFIX = "__sregistry_"

#: What cannot stand in a script as it is -> the variable that holds it, and how printf makes it.
_UNSPEAKABLE = {
    "\r": (f"{PREFIX}cr", "\\r"),
    "\x80": (f"{PREFIX}80", "\\302\\200"),
    "\x81": (f"{PREFIX}81", "\\302\\201"),
}
_FIND = re.compile("\r(?=\n)|[\x80\x81]")


def quote(text: str) -> str:
    """Return one shell word that means exactly `text`, which must hold no NUL.

    The script it stands in must start with the `preamble` of all texts quoted in it.
    """
    quoted = text.replace("'", "'\"'\"'")
    return "'" + _FIND.sub(lambda found: f"'\"${{{_UNSPEAKABLE[found[0]][0]}}}\"'", quoted) + "'"


def preamble(*texts: str) -> str:
    """Return the lines that set the variables which `quote` uses for these texts; "" when it uses none."""
    return "".join(f"{name}=\"$(printf '{how}')\"\n" for name, how in _used(texts))


def postamble(*texts: str) -> str:
    """Return the line that forgets the variables again; "" when there are none."""
    names = " ".join(name for name, _ in _used(texts))
    return f"unset {names}\n" if names else ""


def _used(texts: tuple[str, ...]) -> list[tuple[str, str]]:
    found = {character for text in texts for character in _FIND.findall(text)}
    return [_UNSPEAKABLE[character] for character in sorted(found)]

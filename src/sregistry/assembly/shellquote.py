r"""Quoting for three shells at once: dash, bash and the interpreter inside Apptainer.

Apptainer and SingularityCE do not run a container's scripts with the container's shell; they read
them with mvdan.cc/sh. That interpreter differs from a POSIX shell in two places that matter here:

- outside quotes it keeps the backslash of ``\'``, so the customary ``'\''`` adds a backslash; a quote
  is therefore written ``'"'"'``;
- it drops a carriage return that stands directly before a newline, even inside quotes; such a
  return is therefore written as the expansion of a variable, see `PREAMBLE`.
"""

from __future__ import annotations

CARRIAGE_RETURN = "__sregistry_cr"
PREAMBLE = f"{CARRIAGE_RETURN}=\"$(printf '\\r')\"\n"
POSTAMBLE = f"unset {CARRIAGE_RETURN}\n"


def quote(text: str) -> str:
    """Return one shell word that means exactly `text`, which must hold no NUL.

    Where `needs_preamble` is true the script must start with `PREAMBLE`.
    """
    quoted = text.replace("'", "'\"'\"'").replace("\r\n", f"'\"${{{CARRIAGE_RETURN}}}\"'\n")
    return f"'{quoted}'"


def needs_preamble(*texts: str) -> bool:
    """Whether a script that quotes these texts must start with `PREAMBLE`."""
    return any("\r\n" in text for text in texts)

r"""OCI ``Entrypoint`` and ``Cmd`` -> ``/.singularity.d/runscript``.

Docker's rule: the program is ENTRYPOINT followed by the user's arguments or, when there are none, by
CMD; without ENTRYPOINT the user's arguments replace CMD. Every item keeps its boundaries and is never
evaluated, and neither are the user's arguments (Apptainer's own conversion evaluates those).
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from sregistry.assembly.config import ImageConfig
from sregistry.assembly.errors import AssemblyError
from sregistry.assembly.shellquote import preamble, quote

# The runtime looks for this exact line. Where it stands, even in a branch never taken, the runtime's own
# interpreter runs the whole script up to the `exec`, so that images without /bin/sh can run. It stands
# first because the runtime stops looking at a line of more than 64 KiB.
_INTERPRET_ME = """\
if test -n ''; then
eval "set ${SINGULARITY_OCI_RUN}"
fi
"""

# Docker refuses to run an image that does not say what to run, with these words and this status. In a
# container for people a shell is more use, where there is one.
_NO_PROGRAM = """\
if test "$#" -eq 0; then
    if test ! -x /bin/sh; then
        echo 'no command specified' >&2
        exit 125
    fi
    set -- /bin/sh
fi
"""


def runscript(config: ImageConfig) -> str:
    """Return the text of the runscript.

    Raises:
        AssemblyError: ``image-config-invalid`` when an item holds a NUL, which no argument can.
    """
    entrypoint, command = _program(config)
    blocks = ["#!/bin/sh\n", _INTERPRET_ME, preamble(*entrypoint, *command)]
    if command:
        blocks.append(f'if test "$#" -eq 0; then\n    set -- {_words(command)}\nfi\n')
    if entrypoint:
        blocks.append(f'set -- {_words(entrypoint)} "$@"\n')
    elif not command:
        blocks.append(_NO_PROGRAM)
    return "".join([*blocks, 'exec "$@"\n'])


def _program(config: ImageConfig) -> tuple[list[str], list[str]]:
    """ENTRYPOINT and CMD, the program of them found as Docker finds it: relative to WorkingDir."""
    entrypoint, command = list(config.entrypoint), list(config.command)
    for items in (entrypoint, command):
        if items:
            items[0] = _absolute(items[0], config.working_directory)
            break
    return entrypoint, command


def _absolute(program: str, working_directory: str) -> str:
    """`program` as an absolute path if it is a relative one; a bare name is left to PATH.

    The runtime starts in the caller's directory, where such a path would miss or, worse, hit a file of the caller.
    """
    if "/" not in program or program.startswith("/"):
        return program
    return posixpath.join("/", working_directory, program)


def _words(items: Sequence[str]) -> str:
    for item in items:
        if "\0" in item:
            raise AssemblyError(
                "image-config-invalid",
                "an item of Entrypoint or Cmd in the image config holds a NUL character",
                field="config.Entrypoint, config.Cmd",
                expected="text without NUL",
                actual="text with NUL",
            )
    return " ".join(map(quote, items))

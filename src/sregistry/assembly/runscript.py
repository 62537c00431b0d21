r"""OCI ``Entrypoint`` and ``Cmd`` -> ``/.singularity.d/runscript``.

Docker's rule: the program is ENTRYPOINT followed by the user's arguments or, when there are none, by
CMD; without ENTRYPOINT the user's arguments replace CMD. Every item keeps its boundaries and is never
evaluated, and neither are the user's arguments (Apptainer's own conversion evaluates those).
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass

from sregistry.assembly.config import ImageConfig
from sregistry.assembly.errors import AssemblyError
from sregistry.assembly.shellquote import preamble, quote

#: Below ``/.singularity.d``: the runscript that an image brings along.
OWN_RUNSCRIPT = "runscript.of-the-image"

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


# An image that was a container of Singularity before may start its own runscript, whose place this one has taken.
_SECOND_TIME = f"""\
if test -n "$__sregistry_started"; then
    exec /.singularity.d/{OWN_RUNSCRIPT} "$@"
fi
__sregistry_started=1
export __sregistry_started
"""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the image has that its runscript must know of.

    Attributes:
        own_runscript: there is one of its own, kept beside ours.
        fault: why its program cannot be started, as Docker says it; empty if nothing speaks against it.
    """

    own_runscript: bool = False
    fault: str = ""


#: Of an image that has nothing of this kind.
ORDINARY = Surroundings()


def program(config: ImageConfig) -> str | None:
    """Return the path of what `run` starts without arguments; None if nothing is named, or by a bare name."""
    entrypoint, command = _program(config)
    words = entrypoint or command
    return words[0] if words and words[0].startswith("/") else None


def runscript(config: ImageConfig, around: Surroundings = ORDINARY) -> str:
    """Return the text of the runscript of an image that has what `around` says.

    Raises:
        AssemblyError: ``image-config-invalid`` when an item holds a NUL, which no argument can.
    """
    entrypoint, command = _program(config)
    blocks = ["#!/bin/sh\n", _INTERPRET_ME, preamble(*entrypoint, *command)]
    if around.own_runscript:
        blocks.append(_SECOND_TIME)
    if command:
        blocks.append(f'if test "$#" -eq 0; then\n    set -- {_words(command)}\nfi\n')
    if entrypoint:
        blocks.append(f'set -- {_words(entrypoint)} "$@"\n')
    elif not command:
        blocks.append(_NO_PROGRAM)
    if around.fault:
        blocks.append(_check((entrypoint or command)[0], around.fault))
    return "".join([*blocks, 'exec "$@"\n'])


def _check(path: str, fault: str) -> str:
    """Lines that name the program, which the runtime does not, unless it can be started after all (by a --bind, say).

    The message and the status are Docker's.
    """
    where = quote(path)
    return (
        f'if test "$1" = {where} && {{ test -d {where} || test ! -x {where}; }}; then\n'
        f"    echo {quote(f'{path}: {fault}')} >&2\n"
        "    exit 126\n"
        "fi\n"
    )


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

"""OCI ``Env`` -> ``/.singularity.d/env/10-docker2singularity.sh``.

The runtime reads the file with its own interpreter before anything of the image runs, so one line it
cannot read costs every variable of the image. Values must arrive byte for byte; nothing in them is
ever expanded (in an image config ``$PATH`` is five characters).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sregistry.assembly.shellquote import PREFIX, postamble, preamble, quote

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)

#: Shell variables that are read-only or computed in the runtime's interpreter, in bash or in dash: assigning
#: them is an error at every start, or without effect. `PWD` is the runtime's: it chooses the directory.
_SHELL_NAMES = frozenset(
    {
        *("UID", "GID", "EUID", "PPID", "SHELLOPTS", "BASHOPTS", "BASH_VERSINFO"),
        *("IFS", "OPTIND", "RANDOM", "SRANDOM", "LINENO", "DIRSTACK", "PWD", "_"),
    }
)
#: Variables of the runtime's own start script, and those that steer it.
_RUNTIME_NAMES = frozenset(
    {
        *("e", "key", "__script__", "__exported_env__", "__apptainer_cmd__", "__singularity_cmd__"),
        *("SING_USER_DEFINED_PATH", "SING_USER_DEFINED_PREPEND_PATH", "SING_USER_DEFINED_APPEND_PATH"),
        *(
            f"{runtime}_{name}"
            for runtime in ("APPTAINER", "SINGULARITY")
            for name in (
                *("APPNAME", "BIND", "COMMAND", "CONTAINER", "ENVIRONMENT", "INSTANCE", "NAME"),
                *("NO_EVAL", "OCI_RUN", "SHELL"),
            )
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Environment:
    """The variables that an image sets.

    Attributes:
        variables: name -> value, in the order in which the names first occur.
        dropped: (name, why) of entries that cannot be passed on.
    """

    variables: dict[str, str]
    dropped: tuple[tuple[str, str], ...]


def read_environment(entries: Sequence[str]) -> Environment:
    """Sort ``NAME=value`` entries; of entries with the same name the last counts, as for Docker."""
    variables: dict[str, str] = {}
    dropped: dict[str, str] = {}
    for entry in entries:
        name, _, value = entry.partition("=")
        fault = _fault(name, value)
        if fault:
            dropped[name] = fault
        else:
            variables[name] = value
    return Environment(variables, tuple(dropped.items()))


def _fault(name: str, value: str) -> str | None:
    if not _NAME.fullmatch(name):
        return "not a name that a shell can set"
    if name in _SHELL_NAMES or name in _RUNTIME_NAMES or name.startswith(PREFIX):
        return "reserved by the container runtime"
    if "\0" in value:
        return "its value holds a NUL byte"
    return None


def environment_script(environment: Environment) -> str:
    """Return the text of ``10-docker2singularity.sh``.

    Variables that the runtime has set before (HOME) or that older versions pass in from the host
    (SINGULARITYENV_*) keep their value; PATH is always the image's.
    """
    return _script(*environment.variables.items())


def _script(*variables: tuple[str, str]) -> str:
    values = [value for _, value in variables]
    lines = [_assignment(name, value) for name, value in variables]
    return "".join(["#!/bin/sh\n", preamble(*values), *lines, postamble(*values)])


def _assignment(name: str, value: str) -> str:
    if name == "PATH":
        return f"PATH={quote(value)}\nexport PATH\n"
    return f'test -n "${{{name}:-}}" || {name}={quote(value)}\nexport {name}\n'


def path_script(environment: Environment) -> str:
    """Return the text of ``90-environment.sh``.

    After the file above, the runtime appends the directories of its default PATH that the image's
    PATH lacks; Docker does not, so the image's own PATH is set once more here.
    """
    return _script(*((name, value) for name, value in environment.variables.items() if name == "PATH"))

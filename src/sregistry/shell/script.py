"""A script from standard input, executed as the Python prompt would: each value is shown, a failure does not end it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sregistry.shell.failures import show_failure
from sregistry.shell.statements import split

_FILE = "<stdin>"


def run_script(lines: Iterable[str], namespace: dict[str, Any]) -> bool:
    """Execute `lines` statement by statement, as they come; whether all of them went well.

    Values are shown by ``sys.displayhook``, failures on standard error. SystemExit and KeyboardInterrupt
    leave this function.
    """
    well = True
    for number, source in split(lines):
        try:
            # Empty lines in front, so that a traceback names the line of the script.
            code = compile("\n" * (number - 1) + source + "\n", _FILE, "single")
            exec(code, namespace)  # noqa: S102 - a prompt executes what it is given
        except Exception as error:  # noqa: BLE001 - as at a prompt, the next statement follows
            show_failure(error)
            well = False
    return well

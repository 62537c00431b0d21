"""Python's own prompt, with completion, with failures explained, and with blocks that may be pasted."""

from __future__ import annotations

import code
import select
import sys
from typing import Any

from sregistry.errors import SregistryError
from sregistry.shell.failures import show_failure
from sregistry.shell.statements import State, ends_block, state

#: Between two lines of pasted text; nobody types so fast.
_PASTED_WITHIN = 0.05


class Console(code.InteractiveConsole):
    """As ``python`` without arguments, but blocks end where a script's would (see `statements`)."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        super().__init__(namespace)
        _enable_editing(namespace)

    def push(self, line: str, *arguments: Any, **options: Any) -> bool:
        """Take one line; True if the statement goes on."""
        if self.buffer and ends_block(self.buffer, line):
            super().push("")
        elif self.buffer and not line.strip() and _more_is_coming() and state(self.buffer) is State.BLOCK:
            return True
        return super().push(line, *arguments, **options)

    def showtraceback(self) -> None:
        """Explain our failures; show the traceback of others."""
        error = sys.exception()
        if isinstance(error, SregistryError):
            show_failure(error)
        else:
            super().showtraceback()


def _more_is_coming() -> bool:
    return bool(select.select([sys.stdin], [], [], _PASTED_WITHIN)[0])


def _enable_editing(namespace: dict[str, Any]) -> None:
    """Arrows, history and completion, where Python has readline."""
    try:
        import readline
    except ImportError:
        return
    import rlcompleter

    readline.set_completer(rlcompleter.Completer(namespace).complete)
    readline.parse_and_bind("tab: complete")

"""A real terminal of any size, by tmux: type into it, paste, and look at the screen."""

from __future__ import annotations

import re
import shlex
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from tests.support import tools

_SECONDS = 60
_PAUSE = 0.05
_QUIET = 1.5


class Terminal:
    """One program in a terminal of its own; use as a context manager.

    Args:
        argv: the program.
        environment: all of its environment.
        folder: where it runs.
        columns: width; `lines` is the height.
    """

    def __init__(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        *,
        columns: int = 80,
        lines: int = 50,
    ) -> None:
        self._tmux = tools.require("tmux")
        # Not in `folder`: names of sockets are short.
        self._place = tempfile.TemporaryDirectory(prefix="tmux-")
        variables = [f"{name}={value}" for name, value in environment.items()]
        # What the program printed stays to be seen after its end.
        command = shlex.join(["env", "-i", "TERM=screen-256color", *variables, *argv])
        size = ["-x", str(columns), "-y", str(lines)]
        options = ["set-option", "-g", "remain-on-exit", "on", ";", "set-option", "-g", "history-limit", "50000", ";"]
        self._run("-f", "/dev/null", *options, "new-session", "-d", *size, "-c", str(folder), command)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._run("kill-server")
        self._place.cleanup()

    def type(self, text: str) -> None:
        """Press the keys of `text`, then Enter."""
        self._run("send-keys", "-l", text)
        self.press("Enter")

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names for them, such as ``Enter`` or ``C-d``."""
        self._run("send-keys", *keys)

    def paste(self, text: str) -> None:
        """Paste `text`, as a mouse would."""
        self._run("set-buffer", "--", text)
        # -p: in brackets, where the program asked for them.
        self._run("paste-buffer", "-p")

    def screen(self) -> str:
        """All that was printed, without colours; long lines are whole."""
        return self._run("capture-pane", "-p", "-J", "-S", "-")

    def wait_for(self, pattern: str) -> str:
        """Wait until a regular expression is found on the screen; return the screen."""
        return self.wait_until(lambda screen: re.search(pattern, screen) is not None)

    def wait_until(self, there: Callable[[str], bool]) -> str:
        """Wait for a screen that is as wanted; return it."""
        deadline = time.monotonic() + _SECONDS
        while True:
            screen = self.screen()
            if there(screen):
                return screen
            if time.monotonic() > deadline:
                raise AssertionError(f"what was waited for did not come within {_SECONDS} s:\n{screen.rstrip()}")
            time.sleep(_PAUSE)

    def settle(self) -> str:
        """Wait until nothing moves any more; return the screen."""
        screen, since = self.screen(), time.monotonic()
        while time.monotonic() - since < _QUIET:
            time.sleep(_PAUSE)
            if (now := self.screen()) != screen:
                screen, since = now, time.monotonic()
        return screen

    def _run(self, *arguments: str) -> str:
        return self._tmux.run("-S", f"{self._place.name}/socket", *arguments).stdout.decode(errors="replace")

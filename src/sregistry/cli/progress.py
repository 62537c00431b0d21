"""Draws the progress of an operation on stderr: live lines on a terminal, a line per step in a log."""

from __future__ import annotations

import os
import re
import shutil
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import TaskID

from sregistry.operations.progress import Progress, Silent
from sregistry.printable import one_line, printable
from sregistry.resources import threads

#: Characters of a warning, which may quote what others say.
_WARNING = 1000
_REFRESH = 8
_SHORT = 12
_DIGEST = re.compile(r"(sha\d+:[0-9a-f]{12})[0-9a-f]+")


@dataclass(frozen=True)
class Things:
    """What goes on: `one` of them, for what `purpose`, and what is said of one that is `there`."""

    one: str
    purpose: str
    there: str

    def line(self, total: int, there: int, size: int) -> str:
        """How many there are, and how much is to be done."""
        noun = self.one if total == 1 else f"{self.one}s"
        if not size:
            return f"{total} {noun}, all {self.there}"
        here = f", {there} of them {self.there}" if there else ""
        return f"{total} {noun}{here}; {size_text(size)} {self.purpose}"


LAYERS = Things("layer", "to download", "here already")
BLOBS = Things("blob", "to copy", "there already")


def make_progress(*, quiet: bool, stream: TextIO | None = None, things: Things = LAYERS) -> Progress:
    """The listener that fits where stderr goes; nothing with `quiet` but warnings."""
    stream = stream or sys.stderr
    if quiet:
        return Silent()
    if _moves(stream) and threads.start(_nothing, "can there be threads"):
        return TerminalProgress(stream, things)
    return LogProgress(stream, things)


def _moves(stream: TextIO) -> bool:
    """Whether `stream` is a terminal on which lines can be drawn again."""
    return stream.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


def _nothing() -> None:
    """What a thread does that is only to see whether it can be started."""


def say_waiting(reason: str, seconds: float) -> None:
    """A line of what is waited for, for commands that have no progress."""
    sys.stderr.write(printable(_waiting_line(reason, seconds)) + "\n")
    sys.stderr.flush()


def transient(text: str) -> None:
    """Show `text` in place of the last one on the terminal; nothing for an empty one, or where there is no terminal."""
    if _moves(sys.stderr):
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write("\r\x1b[K" + printable(text)[:width])
        sys.stderr.flush()


def short(layer: str) -> str:
    """The first digits of a digest."""
    return layer.partition(":")[2][:_SHORT] or layer[:_SHORT]


def size_text(size: float) -> str:
    """Bytes for people: ``431 MB``, ``1.2 GB`` (powers of 1000)."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if unit in ("B", "kB") or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError("the loop returns")


class LogProgress(Silent):
    """A line per finished step; for logs and pipes."""

    def __init__(self, stream: TextIO, things: Things = LAYERS) -> None:
        self._stream = stream
        self._things = things
        self._lock = threading.Lock()
        self._total = self._count = 0
        self._started: dict[str, float] = {}
        self._sizes: dict[str, int] = {}
        self._file = False

    def _say(self, text: str) -> None:
        with self._lock:
            self._stream.write(one_line(text, _WARNING) + "\n")
            self._stream.flush()

    def step(self, text: str) -> None:
        self._say(text)

    def warning(self, text: str) -> None:
        self._say(f"warning: {text}")

    def waiting(self, reason: str, seconds: float) -> None:
        self._say(_waiting_line(reason, seconds))

    def layers(self, total: int, cached: int, size: int) -> None:
        self._total, self._count = total, cached
        self._say(self._things.line(total, cached, size))

    def fetching(self, size: int, there: int) -> None:
        self._file = True
        self._say(f"fetching {size_text(size - there)}" if size else "fetching")

    def layer_started(self, layer: str, size: int) -> None:
        self._started[layer], self._sizes[layer] = time.monotonic(), size

    def layer_finished(self, layer: str, pack_size: int) -> None:
        if self._file:  # the line at the end says it
            return
        self._count += 1
        seconds = max(time.monotonic() - self._started.get(layer, time.monotonic()), 0.01)
        size = self._sizes.get(layer, 0)
        self._say(
            f"{self._things.one} {self._count}/{self._total} {short(layer)}: {size_text(size)} in {seconds:.1f} s"
            f" ({size_text(size / seconds)}/s)"
        )

    def assembling(self, size: int) -> None:
        self._say(f"assembling {size_text(size)}")

    def sending(self, size: int) -> None:
        self._say(f"sending {size_text(size)}")


class TerminalProgress(Silent):
    """One live line per active layer and one for the total; finished steps stay above."""

    def __init__(self, stream: TextIO, things: Things = LAYERS) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )
        from rich.progress import Progress as Bars

        self._things = things
        self._console = Console(file=stream)
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TaskProgressColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(compact=True),
            console=self._console,
            refresh_per_second=_REFRESH,
            transient=True,
            expand=True,
        )
        self._layers = self._done = 0
        self._tasks: dict[str, TaskID] = {}
        self._positions: dict[str, int] = {}
        self._total: TaskID | None = None
        self._file = False
        self._there = 0
        self._lock = threading.Lock()

    def step(self, text: str) -> None:
        text = printable(text)
        if len(text) >= self._console.width:
            text = _DIGEST.sub(r"\1…", text)
        self._print(text)

    def warning(self, text: str) -> None:
        self._print(f"warning: {one_line(text, _WARNING)}", "yellow")

    def waiting(self, reason: str, seconds: float) -> None:
        self._print(printable(_waiting_line(reason, seconds)), "dim")

    def _print(self, text: str, style: str = "") -> None:
        from rich.text import Text

        self._console.print(Text(text, style))  # a style given to `print` would be that of the bars below, too

    def layers(self, total: int, cached: int, size: int) -> None:
        self.step(self._things.line(total, cached, size))
        if size:
            self._layers, self._done = total, cached
            self._begin(self._counted(), size)
        elif self._total is not None:  # of the copy before
            self._bars.remove_task(self._total)
            self._total = None

    def _begin(self, words: str, size: int | None, there: int = 0) -> None:
        """Draw the bar of all that goes on, in the place of the one before."""
        self._bars.start()
        if self._total is not None:
            self._bars.remove_task(self._total)
        self._total = self._bars.add_task(words, total=size, completed=there)

    def fetching(self, size: int, there: int) -> None:
        with self._lock:
            self._file, self._there = True, there
            self._begin("fetching", size or None, there)

    def _counted(self) -> str:
        return f"{self._done} of {self._layers} {self._things.one}s"

    def layer_started(self, layer: str, size: int) -> None:
        with self._lock:
            if self._file:  # which has the bar of all
                self._positions[layer] = self._there
                return
            self._tasks[layer] = self._bars.add_task(f"  {short(layer)}", total=size)
            self._positions[layer] = 0

    def layer_progress(self, layer: str, position: int) -> None:
        with self._lock:
            if layer not in self._positions:
                return
            advance = position - self._positions[layer]
            self._positions[layer] = position
            if layer in self._tasks:
                self._bars.update(self._tasks[layer], completed=position)
            if self._total is not None:
                self._bars.advance(self._total, advance)

    def layer_finished(self, layer: str, pack_size: int) -> None:
        with self._lock:
            if self._file:
                return
            task = self._tasks.pop(layer, None)
            self._positions.pop(layer, None)
            if task is not None:
                self._bars.remove_task(task)
            self._done += 1
            if self._total is not None:
                self._bars.update(self._total, description=self._counted())

    def assembling(self, size: int) -> None:
        self._begin("assembling", size)

    def assembled(self, done: int) -> None:
        with self._lock:
            if self._total is not None:
                self._bars.advance(self._total, done)

    def sending(self, size: int) -> None:
        self._begin("sending", size)

    def sent(self, done: int) -> None:
        self.assembled(done)

    def close(self) -> None:
        self._bars.stop()


def _waiting_line(reason: str, seconds: float) -> str:
    return f"{one_line(reason)}; trying again in {seconds:.1f} s" if seconds else one_line(reason)

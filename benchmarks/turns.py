"""Short commands that take turns: the median of their wall time, and a table of it in a page."""

from __future__ import annotations

import re
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Command:
    """A command that must end well, and what it must print (anything if None)."""

    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    prints: str | None = None

    def run(self) -> float:
        """Run it once; return the seconds it took."""
        start = time.perf_counter()
        done = subprocess.run(
            self.arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=dict(self.environment)
        )
        seconds = time.perf_counter() - start
        if done.returncode or self.prints not in (None, done.stdout):
            raise RuntimeError(f"{self.arguments} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return seconds


def medians(commands: Sequence[Command], rounds: int) -> list[float]:
    """The median seconds of each; all run once in every round, after one that does not count."""
    for command in commands:
        command.run()
    measured = [[command.run() for command in commands] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*measured, strict=True)]


def write_table(page: Path, mark: str, table: str) -> None:
    """Replace what stands between ``<!-- MARK -->`` and ``<!-- end of MARK -->`` in a page."""
    marked = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- end of {mark} -->)", re.DOTALL)
    page.write_text(marked.sub(lambda found: f"{found[1]}\n{table}\n{found[2]}", page.read_text()))

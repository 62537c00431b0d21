"""Run a command and measure it with everything it starts."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measure:
    """What a run took.

    Attributes:
        wall, cpu: seconds; CPU of all processes, user and system.
        resident: peak resident bytes of the largest process.
        written: bytes that went to storage.
        size: bytes of the result.
    """

    wall: float
    cpu: float
    resident: int
    written: int
    size: int


def measure(command: Sequence[str], environment: Mapping[str, str], result: Path) -> Measure:
    """Run `command`, which makes the file `result`.

    Raises RuntimeError with what the command said if it fails.
    """
    os.sync()
    log = result.with_name("log")
    written, start = bytes_written(), time.perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, **environment}
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}\nended with {process.returncode}:\n{log.read_text(errors='replace')}")
    cpu = usage.ru_utime + usage.ru_stime
    return Measure(wall, cpu, usage.ru_maxrss * 1024, bytes_written() - written, result.stat().st_size)


def bytes_written() -> int:
    """What this process and the children it has waited for wrote to storage."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes:"))

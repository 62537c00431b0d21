"""Who holds a lock on a file: the process, as far as this machine shows it.

Source: proc(5), "/proc/locks" and "/proc/pid/stat".
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

_STATE = re.compile(r"\d+ \((?P<name>.*)\) (?P<state>\S)", re.DOTALL)
_PROC = Path("/proc")


def process(pid: int) -> dict[str, Any]:
    """What there is to say of a process here: ``{pid, command, stopped}``; `pid` alone where it cannot be seen."""
    try:
        found = _STATE.match((_PROC / str(pid) / "stat").read_text(errors="replace"))
    except OSError:
        found = None
    return {"pid": pid, "command": found["name"], "stopped": found["state"] in "Tt"} if found else {"pid": pid}


def words(holder: dict[str, Any] | None) -> str:
    """A holder for people: ``process 12 (python3, which is stopped)``."""
    if not holder or not holder.get("pid"):
        return "another process"
    about = str(holder.get("command") or "")
    about += (", which is stopped" if about else "which is stopped") if holder.get("stopped") else ""
    return f"process {holder['pid']}" + (f" ({about})" if about else "")


def of_record_lock(file: Path) -> dict[str, Any] | None:
    """The process that holds a record lock (fcntl) on `file`, a writer first; None where that cannot be found out."""
    try:
        seen = file.stat()
        lines = (_PROC / "locks").read_text().splitlines()
    except OSError:
        return None
    device = f"{os.major(seen.st_dev):02x}:{os.minor(seen.st_dev):02x}:{seen.st_ino}"
    same: list[tuple[bool, int]] = []
    for fields in map(str.split, lines):
        if "->" in fields or len(fields) < 6 or fields[1] not in ("POSIX", "OFDLCK"):
            continue
        pid, place = int(fields[4]), fields[5]
        # Filesystems of several layers show another device than stat does.
        if place == device or (place.endswith(f":{seen.st_ino}") and _has_open(pid, seen)):
            same.append((fields[3] != "WRITE", pid))
    pids = [pid for _, pid in sorted(same) if pid > 0 and pid != os.getpid()]
    return process(pids[0]) if pids else None


def _has_open(pid: int, seen: os.stat_result) -> bool:
    try:
        return any(_is(entry.path, seen) for entry in os.scandir(_PROC / str(pid) / "fd"))
    except OSError:
        return False


def _is(path: str, seen: os.stat_result) -> bool:
    try:
        return os.path.samestat(Path(path).stat(), seen)
    except OSError:
        return False

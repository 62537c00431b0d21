"""A terminal for commands under test: what a person would see."""

from __future__ import annotations

import io
import os
import pty
import struct
import subprocess
import sys
import termios
from fcntl import ioctl
from pathlib import Path

from tests.support.pulling import User


def on_terminal(user: User, *arguments: str | Path, columns: int, colour: bool = False) -> list[str]:
    """The lines that `sregistry ARGUMENTS` draws on a terminal of so many columns; it must end well."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    kept = {**_kept(), "TERM": "xterm", **({} if colour else {"NO_COLOR": "1"})}
    process = subprocess.Popen(
        [sys.executable, "-m", "sregistry", *map(str, arguments)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**kept, "HOME": str(user.home), "TMPDIR": str(user.temporary), **user.environment},
        cwd=user.home,
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 1 << 16):
            shown += piece
    except OSError:  # EIO: the last process with the terminal has ended
        pass
    finally:
        os.close(ours)
    assert process.wait(timeout=60) == 0, shown.decode()
    return shown.decode().replace("\r\n", "\n").splitlines()


def _kept() -> dict[str, str]:
    """Where programs and modules are."""
    return {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}


def answering(user: User, answer: str, *arguments: str | Path) -> tuple[int, str]:
    """Run `sregistry ARGUMENTS` on a terminal where somebody types `answer`; the exit status, and all it showed."""
    import pexpect

    surroundings = {**_kept(), "TERM": "dumb", "HOME": str(user.home), "TMPDIR": str(user.temporary)}
    child = pexpect.spawn(
        sys.executable,
        ["-m", "sregistry", *map(str, arguments)],
        env={**surroundings, **user.environment},
        cwd=str(user.home),
        encoding="utf-8",
        timeout=60,
        dimensions=(24, 200),
    )
    shown = child.logfile_read = io.StringIO()
    if answer:
        child.expect(": $")
        child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus is not None
    return child.exitstatus, shown.getvalue()

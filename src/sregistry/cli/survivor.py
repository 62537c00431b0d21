"""What must not be broken off in the middle runs in a child, which lives a little longer than who was killed.

A registry that is sent a part of a file and sees the connection break gives all of the upload up (docker-registry,
Harbor and others). SIGKILL leaves nobody time to send the rest of the part; so it is sent by a child, which sees its
parent die, and then ends as by SIGTERM: at the end of the part.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress

#: Signals to the process that was started are meant for the child. Those of a terminal go to both by themselves.
_FORWARDED = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


def run_in_child() -> None:
    """Return in a child; the process that called waits for it here, and exits as it does.

    Only for processes that have nothing open and no threads yet. Where no child can be made, this returns at once.
    """
    watched, held = os.pipe()
    waited_for = {*_FORWARDED, signal.SIGCHLD}
    former = signal.pthread_sigmask(signal.SIG_BLOCK, waited_for)
    try:
        child = os.fork()
    except OSError:
        os.close(watched)
        os.close(held)
        signal.pthread_sigmask(signal.SIG_SETMASK, former)
        return
    if child:
        os.close(watched)
        sys.exit(_wait(child, waited_for))
    os.close(held)
    signal.pthread_sigmask(signal.SIG_SETMASK, former)
    threading.Thread(target=_end_with, args=(watched,), name="parent", daemon=True).start()


def _wait(child: int, signals: set[signal.Signals]) -> int:
    """The exit code of the child; on the way it is told of every signal that it has not got itself."""
    while True:
        seen = signal.sigwaitinfo(signals)
        if seen.si_signo in _FORWARDED and seen.si_pid:
            with suppress(ProcessLookupError):
                os.kill(child, seen.si_signo)
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _end_with(parent: int) -> None:
    """End this process as by SIGTERM once the pipe of the parent closes; there is nobody left to read why."""
    os.read(parent, 1)
    nobody = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nobody, stream)
    os.kill(os.getpid(), signal.SIGTERM)

"""What a session waits for: told to a person when it takes long, broken off when it takes too long.

Every wait for the network or for another program is entered here with what is waited for, its limit and
what breaks it off. One thread looks after all waits of an operation, and exists only while there are any: a
name server, a proxy, a handshake or a header that drips is waited for in C or byte by byte, where no timeout
of a socket holds. `Waits.end` breaks all of them off, so that nobody who stops a command has to wait for them.

Connections are shared by the operations of a session, waits are not: a thread waits on behalf of the
`Waits` under which it acts.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from sregistry.errors import RegistryError
from sregistry.resources import threads

#: Called with a reason and the seconds of the pause that begins; with what is waited for, and 0, where nobody knows
#: how long it takes.
OnWait = Callable[[str, float], None]

#: Stages of a request, for the fact ``waited_for``.
NAME, CONNECTION, TUNNEL, HANDSHAKE, ANSWER, BODY = "name", "connection", "tunnel", "handshake", "answer", "body"
#: What takes longer is told.
TELL_AFTER = 2.0
#: The same is not told again so soon: layers wait for one host side by side.
_AGAIN = 30.0
#: How often the waits are looked at, in seconds, and how long there may be none before that ends.
_LOOK, _IDLE = 0.1, 1.0
_GOING = 0.01


class _Thread(threading.local):
    """On whose behalf this thread waits, and until when (``time.monotonic``)."""

    waits: Waits | None = None
    deadline: float | None = None


_thread = _Thread()


def current() -> Waits:
    """The waits under which this thread acts; where there are none, some that nobody is told of."""
    return _thread.waits or _NOBODYS


@contextmanager
def until(deadline: float | None) -> Iterator[None]:
    """Within, no wait of this thread lasts longer than to `deadline` (``time.monotonic``)."""
    former, _thread.deadline = _thread.deadline, deadline
    try:
        yield
    finally:
        _thread.deadline = former


def later(seconds: float) -> None:
    """Move the end of this thread's waits: these `seconds` passed while it was sending."""
    if _thread.deadline is not None:
        _thread.deadline += seconds


class Wait:
    """One wait; a context manager that is entered once.

    Attributes:
        what: completes "waiting for …"; empty for what is told otherwise, or not at all.
        expired: the limit was met, and the wait broken off.
    """

    __slots__ = ("_end", "_own", "_waits", "began", "ends", "expired", "told", "what")

    def __init__(self, waits: Waits, what: str, limit: float | None, end: Callable[[], object] | None) -> None:
        self._waits = waits
        self.what: str = what
        self._end = end
        self.began: float = time.monotonic()
        self._own = self.ends = self.began + limit if limit is not None else None
        if _thread.deadline is not None and (self.ends is None or _thread.deadline < self.ends):
            self.ends = _thread.deadline
        self.told: bool = False
        self.expired: bool = False

    @property
    def seconds(self) -> float:
        """How long it has lasted."""
        return time.monotonic() - self.began

    def facts(self, stage: str, setting: str, *, peer: str = "host") -> dict[str, Any]:
        """It has ended without what was waited for: the facts, see docs/facts.md. `setting` sets its own limit."""
        known = {"waited_for": stage, "peer": peer, "timeout": round(self.seconds, 1)}
        return {**known, "setting": setting if self.ends == self._own else "patience"}

    def __enter__(self) -> Wait:
        self._waits.add(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._waits.remove(self)

    def break_off(self) -> None:
        """End it: whoever waits sees a connection that was closed."""
        if self._end is not None:
            with contextlib.suppress(OSError, ValueError, RuntimeError):
                self._end()


def breaking(sock: socket.socket) -> Callable[[], object]:
    """What breaks a socket: of a TLS one the plain one, as nothing more is to be said to the other side."""
    return lambda: socket.socket.shutdown(sock, socket.SHUT_RDWR)


class Waits:
    """The waits of one operation; thread-safe.

    Args:
        on_wait: told what takes longer than `TELL_AFTER`; what it raises ends all waits and comes out of them.
        stop: once set, nothing is waited for any more.
        parent: whose end is the end of these, too.
    """

    def __init__(
        self, on_wait: OnWait | None = None, *, stop: threading.Event | None = None, parent: Waits | None = None
    ) -> None:
        self._on_wait = on_wait
        self._stop = stop
        self._parent = parent
        self._ended = threading.Event()
        self._failure: BaseException | None = None
        self._told: dict[str, float] = {}
        self._forget()

    def _forget(self) -> None:
        """Begin without waits; also in a process that was forked off, where nobody looks after those of the other."""
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._waits: set[Wait] = set()
        self._watcher: threading.Thread | None = None

    @property
    def over(self) -> bool:
        """Whether nothing shall be waited for any more."""
        stopped = self._ended.is_set() or (self._stop is not None and self._stop.is_set())
        return stopped or (self._parent is not None and self._parent.over)

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Within, this thread waits on behalf of these."""
        former, _thread.waits = _thread.waits, self
        try:
            yield
        finally:
            _thread.waits = former

    def during(self, what: str, limit: float | None = None, end: Callable[[], object] | None = None) -> Wait:
        """A context manager for a wait for `what`, `limit` seconds at most; `end` breaks it off."""
        return Wait(self, what, limit, end)

    def pause(self, seconds: float) -> None:
        """Let `seconds` pass, or less if everything ends; raises what the listener has raised."""
        ends = time.monotonic() + seconds
        while not self.over and (left := ends - time.monotonic()) > 0:
            self._ended.wait(min(left, _LOOK))
        self.reraise()

    def end(self) -> None:
        """Break all waits off; those that begin later fail at once."""
        self._ended.set()
        with self._lock:
            waits, watcher = list(self._waits), self._watcher
        for wait in waits:
            wait.break_off()
        if watcher is not None and watcher is not threading.current_thread():
            watcher.join(_IDLE)

    def reraise(self) -> None:
        """Raise what the listener has raised, if it has."""
        if self._failure is not None:
            raise self._failure

    def check(self) -> None:
        """Raise RegistryError if nothing shall be waited for any more, or what the listener has raised."""
        self.reraise()
        if self.over:
            raise RegistryError("network-reset", "the session is closed", retryable=False)

    def add(self, wait: Wait) -> None:
        """Look after `wait` from now on."""
        self.check()
        if self._process != os.getpid():
            self._forget()
        with self._lock:
            self._waits.add(wait)
            if self._watcher is None or not self._watcher.is_alive():
                # Without threads left nothing is told; the timeouts of the sockets hold all the same.
                self._watcher = threads.start(self._watch, "waits")

    def remove(self, wait: Wait) -> None:
        """`wait` is over."""
        with self._lock:
            self._waits.discard(wait)
        self.reraise()

    def _watch(self) -> None:
        last = time.monotonic()
        while True:
            now = time.monotonic()
            with self._lock:
                last = now if self._waits else last
                if now - last > _IDLE or (self._ended.is_set() and not self._waits):
                    self._watcher = None
                    return
                waits = list(self._waits)
            over = self.over
            for wait in waits:
                wait.break_off() if over else self._look_at(wait, now)
            # Once it has ended, those who wait are gone in a moment.
            time.sleep(_GOING) if self._ended.is_set() else self._ended.wait(_LOOK)

    def _look_at(self, wait: Wait, now: float) -> None:
        if wait.ends is not None and now >= wait.ends and not wait.expired:
            wait.expired = True
            wait.break_off()
        elif wait.what and now - wait.began >= TELL_AFTER and not wait.told:
            wait.told = True
            self.tell(f"waiting for {wait.what}")

    def tell(self, text: str) -> None:
        """Say what is waited for, unless that was said just now."""
        now = time.monotonic()
        with self._lock:
            if self._on_wait is None or now - self._told.get(text, now - _AGAIN) < _AGAIN:
                return
            self._told[text] = now
        try:
            self._on_wait(text, 0.0)
        except BaseException as error:  # noqa: BLE001 - it belongs to those who wait
            self._failure = error
            self.end()


_NOBODYS = Waits()

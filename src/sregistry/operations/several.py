"""Several things at once, a bounded number: the first that fails, or the end of the operation, ends the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from typing import TypeVar

from sregistry.operations.stopping import PERIOD, Stop
from sregistry.resources.threads import Workers

A = TypeVar("A")
T = TypeVar("T")

#: Seconds for the others to stop once one has failed.
_PATIENCE = 0.3


class _Stopped(Exception):  # noqa: N818 - a signal, not a fault
    """Another one failed; never leaves this module."""


class Several:
    """Runs calls in up to `limit` threads; used as a context manager, which waits for them at its end.

    Args:
        limit: calls at once.
        stop: ends everything early.
    """

    def __init__(self, limit: int, stop: Stop | None) -> None:
        self._workers = Workers(limit, "copying")
        self._stop = stop
        self._failed = threading.Event()

    def run(self, action: Callable[[A], T], items: Sequence[A]) -> list[T]:
        """What `action` returns for each item, in order; raises the first error, and `Cancelled`."""
        if len(items) == 1 and self._stop is None:
            return [action(items[0])]
        running = [self._workers.submit(self._unless_failed, action, item) for item in items]
        try:
            done = self._wait(running)
            for error in filter(None, (future.exception() for future in done)):
                if not isinstance(error, _Stopped):
                    raise error
        except BaseException:
            self._failed.set()
            for future in running:
                future.cancel()
            if self._stop:
                self._stop.then()
            wait(running, _PATIENCE)
            raise
        return [future.result() for future in running]

    def check(self) -> None:
        """Called by what runs long: raises where it is to end."""
        if self._failed.is_set():
            raise _Stopped
        if self._stop:
            self._stop.check()

    def _unless_failed(self, action: Callable[[A], T], item: A) -> T:
        self.check()
        return action(item)

    def _wait(self, running: list[Future[T]]) -> set[Future[T]]:
        while True:
            done, waiting = wait(running, PERIOD if self._stop else None, FIRST_EXCEPTION)
            if not waiting or any(future.exception() for future in done):
                return done
            if self._stop:
                self._stop.check()

    def __enter__(self) -> Several:
        return self

    def __exit__(self, *_: object) -> None:
        self._workers.close(wait=not self._failed.is_set(), cancel=True)

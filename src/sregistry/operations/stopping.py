"""Ending an operation early: because whoever called it wants that, or because its client was closed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from sregistry.errors import Cancelled
from sregistry.resources import threads

T = TypeVar("T")

#: Seconds between two looks at an event of the caller.
PERIOD = 0.1


class Event(Protocol):
    """What a program cancels with: `threading.Event`, `multiprocessing.Event`, or anything alike."""

    def is_set(self) -> bool:
        """Whether the operation is to end."""
        ...


class Stop(threading.Event):
    """Whether one running operation is to end; its threads look at it.

    Args:
        asked: an event of the caller, which has the same effect.
    """

    def __init__(self, asked: Event | None = None) -> None:
        super().__init__()
        self._asked = asked
        #: Called once it is seen that the operation is to end, to break what its threads wait in.
        self.then: Callable[[], None] = _nothing

    def is_set(self) -> bool:
        """Whether the operation is to end."""
        return super().is_set() or (self._asked is not None and self._asked.is_set())

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is, `timeout` seconds at most; return whether it is."""
        if self._asked is None:
            return super().wait(timeout)
        end = None if timeout is None else time.monotonic() + timeout
        while not self.is_set():
            left = PERIOD if end is None else min(PERIOD, end - time.monotonic())
            if left <= 0:
                return False
            super().wait(left)
        return True

    def also(self, then: Callable[[], None]) -> None:
        """Call `then` as well, after what is called already."""
        before = self.then

        def both() -> None:
            before()
            then()

        self.then = both

    def check(self) -> None:
        """Raise `Cancelled` if the operation is to end."""
        if self.is_set():
            self.then()
            raise cancelled()


def _nothing() -> None:
    """There is nothing to break yet."""


def cancelled(message: str = "cancelled") -> Cancelled:
    """The error of an operation that has ended early."""
    return Cancelled("interrupted", message)


def unless(stop: Stop | None, action: Callable[[], T]) -> T:
    """What `action` returns or raises; `Cancelled` as soon as `stop` is set.

    What waits for a network cannot be interrupted, so `action` runs in a thread, which is then left behind.
    """
    if stop is None:
        return action()
    from concurrent.futures import Future, wait
    from contextvars import copy_context

    stop.check()
    outcome: Future[T] = Future()
    context = copy_context()

    def run() -> None:
        try:
            outcome.set_result(context.run(action))
        except BaseException as error:  # noqa: BLE001 - it is raised in the other thread
            outcome.set_exception(error)

    if not threads.start(run, "asking"):
        run()
    while not wait([outcome], PERIOD).done:
        stop.check()
    return outcome.result()

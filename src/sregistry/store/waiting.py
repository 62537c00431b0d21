"""Says what is waited for where an operation has nobody of its own to tell: locks and databases that others hold.

The edges listen (`listening`); without a listener the waiting is silent, as in a library it should be.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

#: Told (what is waited for, 0).
Listener = Callable[[str, float], None]

#: What takes longer is told, in seconds.
TELL_AFTER = 1.5

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Within, `listener` is told of waits that nobody else is told of."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(text: str) -> None:
    """Tell the listener, if there is one."""
    listener = _listener.get()
    if listener is not None:
        listener(text, 0.0)


@contextmanager
def telling(what: Callable[[], str]) -> Iterator[None]:
    """Tell what is waited for if the context lasts long; `what` is asked then, in another thread."""
    listener = _listener.get()
    if listener is None:
        yield
        return
    over = threading.Event()

    def wait() -> None:
        if not over.wait(TELL_AFTER):
            with suppress(Exception):  # what cannot be found out, or told, does not end the work
                listener(what(), 0.0)

    from sregistry.resources import threads

    threads.start(wait, "telling")
    try:
        yield
    finally:
        over.set()

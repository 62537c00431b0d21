"""Threads where they can be had: who gets fewer than wanted goes on with those, or without any."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from sregistry.resources import memory

if TYPE_CHECKING:
    from concurrent.futures import Future

#: For the stack of a thread, and that it gets as far as to be able to say what it lacks.
_NEEDED = 2 << 20
P = ParamSpec("P")
T = TypeVar("T")


def start(run: Callable[[], object], name: str, *, daemon: bool = True) -> threading.Thread | None:
    """Start `run` in a thread; None if this machine gives no further one, or not the memory for it."""
    if not memory.has_room(_NEEDED):
        return None
    thread = threading.Thread(target=run, name=name, daemon=daemon)
    try:
        thread.start()
    except (RuntimeError, MemoryError):  # the first is all that Python says
        return None
    return thread


class Workers:
    """Runs calls in up to `limit` threads, which are started when there is work for them.

    Where not one thread can be had, a call runs in the thread that submits it.
    """

    def __init__(self, limit: int, name: str) -> None:
        self._limit = limit
        self._name = name
        self._queue: queue.SimpleQueue[tuple[Future[Any], Callable[[], None]] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._idle = threading.Semaphore(0)
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run `call` as soon as a thread is free."""
        from concurrent.futures import Future

        future: Future[T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(call(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - raised by whoever asks for the result
                future.set_exception(error)

        with self._lock:
            if self._closed:
                raise RuntimeError("no calls are taken any more")
            if not self._idle.acquire(blocking=False):
                self._add_thread()
            if self._threads:
                self._queue.put((future, run))
                return future
        run()
        return future

    def _add_thread(self) -> None:
        if len(self._threads) < self._limit:
            thread = start(self._work, f"{self._name}_{len(self._threads)}", daemon=False)
            if thread is None:
                # Those that run are enough; asking for more each time would only cost time.
                self._limit = len(self._threads)
            else:
                self._threads.append(thread)

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            item[1]()
            del item
            self._idle.release()

    def _next(self) -> tuple[Future[Any], Callable[[], None]] | None:
        try:
            return self._queue.get_nowait()
        except queue.Empty:
            return None

    def close(self, *, wait: bool = True, cancel: bool = False) -> None:
        """Take no more calls; with `cancel` drop those that have not begun, with `wait` return when all are over."""
        with self._lock:
            self._closed = True
            while cancel and (item := self._next()):
                item[0].cancel()
            for _ in self._threads:
                self._queue.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

"""Threads where they can be had: who gets fewer than wanted goes on with those, or without any."""

from __future__ import annotations

import os
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

    def widen(self, limit: int) -> None:
        """Have up to `limit` threads from now on, if that is more."""
        with self._lock:
            self._limit = max(self._limit, limit)

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


class Share:
    """A share in the threads of one kind, of which this process has so many as the share with the highest limit.

    It submits and closes like `Workers`; the threads end with the last share.
    """

    def __init__(self, limit: int, name: str) -> None:
        self._name = name
        self._pending: set[Future[Any]] = set()
        self._workers = _pools.join(name, limit)

    def submit(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run `call` as soon as a thread is free."""
        future = self._workers.submit(call, *args, **kwargs)
        self._pending.add(future)
        future.add_done_callback(self._pending.discard)
        return future

    def close(self) -> None:
        """Drop what this share has submitted and has not begun, and wait for the rest of it."""
        from concurrent.futures import wait

        for future in self._pending.copy():
            future.cancel()
        wait(self._pending.copy())
        if _pools.leave(self._name, self._workers):
            self._workers.close()


class _Pools:
    """The threads that are shared, by kind, with the number of shares."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew, as the child of a process does, which has none of its threads."""
        self._lock = threading.Lock()
        self._known: dict[str, tuple[Workers, int]] = {}

    def join(self, name: str, limit: int) -> Workers:
        """The threads called `name`, up to `limit` at least."""
        with self._lock:
            workers, shares = self._known.get(name) or (Workers(limit, name), 0)
            self._known[name] = (workers, shares + 1)
        workers.widen(limit)
        return workers

    def leave(self, name: str, workers: Workers) -> bool:
        """Whether that was the last share in `workers`."""
        with self._lock:
            known, shares = self._known.get(name, (workers, 1))
            if known is workers and shares > 1:
                self._known[name] = (workers, shares - 1)
            elif known is workers:
                self._known.pop(name, None)
            return known is not workers or shares <= 1


_pools = _Pools()
os.register_at_fork(after_in_child=_pools.forget)

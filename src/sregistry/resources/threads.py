"""Threads where they can be had: who gets fewer than wanted goes on with those, or without any."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def start(run: Callable[[], object], name: str, *, daemon: bool = True) -> threading.Thread | None:
    """Start `run` in a thread; None if this machine gives no further one."""
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
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._idle = threading.Semaphore(0)
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run `call` as soon as a thread is free."""
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
                self._queue.put(run)
                return future
        run()
        return future

    def _add_thread(self) -> None:
        if len(self._threads) < self._limit:
            thread = start(self._work, f"{self._name}_{len(self._threads)}")
            if thread is None:
                # Those that run are enough; asking for more each time would only cost time.
                self._limit = len(self._threads)
            else:
                self._threads.append(thread)

    def _work(self) -> None:
        while (run := self._queue.get()) is not None:
            run()
            del run
            self._idle.release()

    def close(self, *, wait: bool = True, cancel: bool = False) -> None:
        """Take no more calls; with `cancel` drop those that have not begun, with `wait` return when all are over."""
        with self._lock:
            self._closed = True
            while cancel:
                try:
                    self._queue.get_nowait()
                except queue.Empty:
                    break
            for _ in self._threads:
                self._queue.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

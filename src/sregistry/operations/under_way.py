"""Blobs that copies at the same time bring into one repository: whoever comes second waits, and finds it there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial

from sregistry.digests import Digest

#: Within it nobody else brings a blob to the same repository; it gives whether somebody has.
Turns = Callable[[Digest], AbstractContextManager[bool]]


class UnderWay:
    """What is on its way, by repository and digest; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: dict[tuple[str, Digest], threading.Lock] = {}
        self._there = set[tuple[str, Digest]]()

    def at(self, repository: str) -> Turns:
        """The turns at one repository."""
        return partial(self._bringing, repository)

    @contextmanager
    def _bringing(self, repository: str, digest: Digest) -> Iterator[bool]:
        key = repository, digest
        with self._lock:
            turn = self._turns.setdefault(key, threading.Lock())
        with turn:
            yield key in self._there
            self._there.add(key)  # not after an error: then whoever comes next brings it

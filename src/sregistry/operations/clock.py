"""How long each stage of an operation took."""

from __future__ import annotations

import time


class Clock:
    """Wall time by stage."""

    def __init__(self) -> None:
        self._last = self._start = time.monotonic()
        self.seconds: dict[str, float] = {}

    def stage(self, name: str) -> None:
        """The time since the last call belongs to `name`."""
        now = time.monotonic()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self._last
        self.seconds["total"] = now - self._start
        self._last = now

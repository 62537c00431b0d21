"""Patience: how long one thing is tried before a person gets the answer.

One `Patience` is one budget of attempts and of seconds without progress. It is shared by all that
happens for one thing (connecting, the token, the redirect, the answer), so that retries never
multiply. Pauses grow with jitter, are announced, and follow ``Retry-After`` up to a limit.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from sregistry.errors import SregistryError
from sregistry.registry import errors
from sregistry.registry.options import Retries

T = TypeVar("T")
#: Called with the reason and the seconds before each pause.
OnWait = Callable[[str, float], None]

#: With less time than this left another attempt is pointless.
_LEAST = 1.0
_JITTER = random.SystemRandom()


class Patience:
    """Counts attempts and seconds for one thing; not shared between threads.

    Args:
        retries: the limits.
        on_wait: told (reason, seconds) before each pause.
        stop: once set, nothing is waited for or repeated any more.
        budget: seconds in all, where less than `retries.patience` is wanted.
    """

    def __init__(
        self,
        retries: Retries,
        on_wait: OnWait | None = None,
        *,
        stop: threading.Event | None = None,
        budget: float | None = None,
    ) -> None:
        self._retries = retries
        self._on_wait = on_wait
        self._stop = stop or threading.Event()
        self._budget = retries.patience if budget is None else budget
        self._spent = 0.0
        self._total = 0.0
        self._repeating = 0.0
        self._failures = 0
        self._all_failures = 0
        self._shown: SregistryError | None = None

    @property
    def left(self) -> float:
        """Seconds that may still pass without progress."""
        return self._budget - self._spent

    @property
    def failures(self) -> int:
        """Failed attempts since the last progress."""
        return self._failures

    def deadline(self) -> float:
        """The moment (``time.monotonic``) at which an attempt that starts now must have ended."""
        return time.monotonic() + max(self.left, _LEAST)

    def spend(self, seconds: float) -> None:
        """Count seconds in which nothing was gained."""
        self._spent += seconds
        self._total += seconds

    def progress(self) -> None:
        """Something was gained: attempts and time count anew."""
        self._failures = 0
        self._shown = None
        self._spent = self._repeating = 0.0

    def movement(self, seconds: float) -> None:
        """Bytes came, though not new ones: these seconds, already spent, count only if no new ones follow."""
        self._spent -= seconds
        self._repeating += seconds

    def pause(self, error: SregistryError) -> None:
        """Wait before the next attempt, or raise `error` (with what was tried as facts) if there is none."""
        self._failures += 1
        self._all_failures += 1
        if self._shown is None or _shows_as_much(error, self._shown):
            self._shown = error
        repeated, self._repeating = self._repeating, 0.0
        self._spent += repeated
        # What took long without a gain would take as long again.
        delay = self._delay(error, max(repeated, _LEAST))
        if delay is None or self._stop.is_set():
            raise self._shown.with_facts(attempts=self._all_failures, elapsed=round(self._total, 2))
        if self._on_wait:
            self._on_wait(error.message, delay)
        self._stop.wait(delay)
        self.spend(delay)

    def _delay(self, error: SregistryError, needed: float) -> float | None:
        """Seconds to wait before an attempt that needs `needed` seconds; None if there shall be none."""
        if not error.retryable or self._failures >= errors.attempts(error.code, self._retries.attempts):
            return None
        asked = error.facts.get("retry_after")
        if asked is not None:
            delay = float(asked)
            return delay if delay <= min(self._retries.retry_after, self.left - needed) else None
        ceiling = min(self._retries.longest, self._retries.backoff * 2 ** (self._failures - 1))
        if error.code == "rate-limit-abuse":  # what is asked for is a longer pause
            ceiling = self._retries.longest
        delay = ceiling * _JITTER.uniform(0.5, 1.0)
        return delay if delay + needed <= self.left else None


def _shows_as_much(error: SregistryError, former: SregistryError) -> bool:
    """Whether `error` tells as much as `former`: the last attempt may have had less time than those before it."""
    waited, before = error.facts.get("timeout"), former.facts.get("timeout")
    return error.code != former.code or waited is None or before is None or waited >= before


def persist(action: Callable[[], T], patience: Patience) -> T:
    """Return what `action` returns, repeating it as long as its error and `patience` allow."""
    while True:
        started = time.monotonic()
        try:
            return action()
        except SregistryError as error:
            patience.spend(time.monotonic() - started)
            patience.pause(error)

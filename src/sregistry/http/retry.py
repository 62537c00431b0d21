"""Patience: how long one thing, and one command, is tried before a person gets the answer.

One `Patience` is one budget of attempts and of seconds without progress. It is shared by all that
happens for one thing (connecting, the token, the redirect, the answer), so that retries never
multiply. One `Budget` is that of a whole command: whatever is tried again, is tried within it.

Attempts are counted by their cause: a first 429 is the first one, whatever failed before it.
Pauses grow with jitter and are announced. What a registry asks for (``Retry-After``) has time of its own and is waited
for as long as it fits that; what does not fit is the end at once.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

from sregistry.codes import declared
from sregistry.errors import SregistryError
from sregistry.http.options import Retries
from sregistry.http.waits import OnWait, Waits

T = TypeVar("T")

#: With less time than this left another attempt is pointless.
_LEAST = 1.0
#: The first attempt gets at least this part of the time for one thing, whatever the command has waited for before.
_FAIR = 0.75
#: So much of the wait for an answer counts when it came.
_ANSWERED = 0.5
#: So many of the latest attempts are told as facts.
_TOLD = 20
#: What is told of each of them.
_KEPT = ("status", "retry_after", "actual", "actual_size")
_JITTER = random.SystemRandom()


class Budget:
    """What one command may wait without gaining anything; shared by its threads.

    What several of them wait for at the same time counts once. An answer that came is a gain, though a small one: half
    of its wait counts, so that a registry that is slow in everything is not tried for minutes. Content that comes at a
    sensible speed gives the whole budget back.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._lock = threading.Lock()
        self.begin()

    def begin(self) -> None:
        """A command begins, or gets on: all of the budget is there."""
        with self._lock:
            self._spent = 0.0
            self._since = self._counted = time.monotonic()

    @property
    def left(self) -> float:
        """Seconds that may still be waited."""
        return self.seconds - self._spent

    @property
    def quiet(self) -> float:
        """Seconds since the beginning or the last progress, whatever happened in them."""
        return time.monotonic() - self._since

    def spend(self, seconds: float, share: float = 1.0) -> None:
        """Count `share` of the `seconds` up to now, less those that have been counted already."""
        with self._lock:
            now = time.monotonic()
            self._spent += share * max(0.0, min(seconds, now - self._counted))
            self._counted = now


class Patience:
    """Counts attempts and seconds for one thing; not shared between threads.

    Args:
        retries: the limits.
        on_wait: told (reason, seconds) before each pause.
        budget: seconds in all, where less than `retries.patience` is wanted.
        command: the budget of the command that this is done for.
        waits: of the operation; once they are over nothing is repeated any more.
    """

    def __init__(
        self,
        retries: Retries,
        on_wait: OnWait | None = None,
        *,
        budget: float | None = None,
        command: Budget | None = None,
        waits: Waits | None = None,
    ) -> None:
        self._retries = retries
        self._on_wait = on_wait
        self._most = retries.patience if budget is None else budget
        self._fair = 0.0 if budget is not None else self._most * _FAIR
        self._command = command or Budget(retries.patience)
        self.waits: Waits = waits or Waits()
        self._spent = 0.0
        self._total = 0.0
        self._repeating = 0.0
        self._obeyed = 0.0  # seconds that registries have asked for, since the last progress
        self._failures: Counter[str] = Counter()  # since the last progress, by cause
        self._tries: list[dict[str, Any]] = []
        self._latest = 0.0
        self._shown: SregistryError | None = None

    @property
    def left(self) -> float:
        """Seconds that may still pass without progress."""
        return min(self.own, self._command.left)

    @property
    def failures(self) -> int:
        """Failed attempts since the last progress."""
        return self._failures.total()

    def deadline(self) -> float:
        """The moment (``time.monotonic``) at which an attempt that starts now must have ended."""
        least = _LEAST if self._failures else max(_LEAST, min(self._fair, self.own))
        return time.monotonic() + max(self.left, least)

    @property
    def own(self) -> float:
        """Seconds that this thing may still take, whatever others have taken of the command's time."""
        return self._most - self._spent

    def spend(self, seconds: float, *, answered: bool = False) -> None:
        """Count seconds, up to now, in which nothing was gained, or no more than an answer."""
        self._spent += seconds
        self._total += seconds
        self._latest += seconds
        self._command.spend(seconds, _ANSWERED if answered else 1.0)

    def gained(self, seconds: float) -> None:
        """Count seconds, up to now, after which an answer came."""
        self._command.spend(seconds, _ANSWERED)

    def progress(self) -> None:
        """Something was gained: attempts and time count anew."""
        self._failures.clear()
        self._shown = None
        self._spent = self._repeating = self._obeyed = 0.0
        self._command.begin()

    def movement(self, seconds: float) -> None:
        """Bytes came, though not new ones: these seconds, already spent, count only if no new ones follow."""
        self._spent -= seconds
        self._repeating += seconds

    def tell(self, text: str) -> None:
        """Say something about what is waited for."""
        if self._on_wait is not None:
            self._on_wait(text, 0.0)

    def pause(self, error: SregistryError) -> None:
        """Wait before the next attempt, or raise `error` (with what was tried as facts) if there is none."""
        self._failures[error.code] += 1
        if self._shown is None or _shows_as_much(error, self._shown):
            self._shown = error
        repeated, self._repeating = self._repeating, 0.0
        self._spent += repeated
        # What took long without a gain would take as long again; of a connection that failed nobody knows.
        answered = 0.0 if error.code.startswith("network-") else self._latest
        delay = self._delay(error, max(repeated, answered, _LEAST))
        made = _try(error, self._latest)
        self._tries.append(made)
        self._latest = 0.0
        if delay is None or self.waits.over:
            raise self._shown.with_facts(**self._facts())
        made["paused"] = round(delay, 2)
        if self._on_wait is not None:
            self._on_wait(error.message, delay)
        self.waits.pause(delay)
        self._total += delay
        if error.facts.get("retry_after") is None:
            self._spent += delay
            self._command.spend(delay)
        else:
            self._obeyed += delay

    def _facts(self) -> dict[str, Any]:
        tries = [dict(made) for made in self._tries[-_TOLD:]]
        counted = {"attempts": len(self._tries), "elapsed": round(self._total, 2), "tries": tries}
        return {**counted, "longest_pause": self._retries.retry_after} if self._asked_for_pauses else counted

    @property
    def _asked_for_pauses(self) -> bool:
        return any("retry_after" in made for made in self._tries)

    def _delay(self, error: SregistryError, needed: float) -> float | None:
        """Seconds to wait before an attempt that needs `needed` seconds; None if there shall be none."""
        failures, asked = self._failures[error.code], error.facts.get("retry_after")
        # Who is told when to come again may come as often as for any other reason.
        configured = self._retries.attempts
        most = configured if asked is not None else declared(error.code).tries(configured)
        if not error.retryable or failures >= most:
            return None
        ceiling = min(self._retries.longest, self._retries.backoff * 2 ** (failures - 1))
        if error.code == "rate-limit-abuse" and asked is None:  # what is asked for is a longer pause
            ceiling = self._retries.longest
        own = ceiling * _JITTER.uniform(0.5, 1.0)
        if asked is None:
            return own if own + needed <= self.left else None
        allowed = self._retries.retry_after - self._obeyed
        return max(asked, min(own, allowed)) if asked <= allowed and needed <= self.left else None


def _try(error: SregistryError, seconds: float) -> dict[str, Any]:
    """One failed attempt as a fact."""
    known = {name: error.facts[name] for name in _KEPT if error.facts.get(name) is not None}
    return {"code": error.code, **known, "seconds": round(seconds, 2)}


def _shows_as_much(error: SregistryError, former: SregistryError) -> bool:
    """Whether `error` tells as much as `former`: the last attempt may have had less time than those before it."""
    if error.facts.get("setting") == "patience":
        return False
    waited, before = error.facts.get("timeout"), former.facts.get("timeout")
    return error.code != former.code or waited is None or before is None or waited >= before


def persist(action: Callable[[], T], patience: Patience) -> T:
    """Return what `action` returns, repeating it as long as its error and `patience` allow."""
    while True:
        started = time.monotonic()
        try:
            with patience.waits.acting():
                result = action()
        except SregistryError as error:
            patience.spend(time.monotonic() - started)
            patience.pause(error)
        else:
            patience.gained(time.monotonic() - started)
            return result

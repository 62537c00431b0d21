"""Kinds of causes: what programs tell apart by class of error, and scripts by exit code."""

from __future__ import annotations

from enum import Enum


class Kind(Enum):
    """A kind of cause; its value is the exit code, which never changes its meaning. See ``docs/exit-codes.md``."""

    USAGE = 2
    NAME = 3
    NETWORK = 4
    TLS = 5
    AUTH = 6
    NOT_FOUND = 7
    RATE_LIMIT = 8
    IMAGE = 9
    DISK = 10
    REGISTRY = 11
    STORE = 12
    MACHINE = 13
    BUG = 70
    INTERRUPTED = 130

    @property
    def exit_code(self) -> int:
        """The exit code of a command that ended for this kind of cause."""
        return self.value

    @property
    def words(self) -> str:
        """The name as it stands in JSON and in the documentation, e.g. ``not-found``."""
        return self.name.lower().replace("_", "-")

"""The one error family of this project.

Errors know facts, diagnosis knows words: an error carries a stable code, one plain sentence and
the facts it was raised with; `sregistry.diagnosis.explain` turns code and facts into what a person
reads. Each room defines its own subclass beside the code that raises it.

Rules for facts: keys are snake_case, values are JSON-able (str, int, float, bool, None, lists and
dicts of them), and no value ever holds a secret (see `sregistry.registry.redact`).
"""

from __future__ import annotations

from typing import Any


class SregistryError(Exception):
    """Base of every error this package raises on purpose.

    Attributes:
        code: stable kebab-case name of the cause, e.g. ``tag-unknown``; the key of the catalogue.
        message: one sentence, no trailing full stop, that is true without further context.
        facts: what was seen, JSON-able; the vocabulary is listed in ``docs/facts.md``.
        retryable: whether the same request may succeed if simply repeated.
    """

    def __init__(self, code: str, message: str, *, retryable: bool = False, **facts: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.facts: dict[str, Any] = facts
        self.retryable = retryable

    def with_facts(self, **facts: Any) -> SregistryError:
        """Add facts known only further up (existing keys win) and return self."""
        self.facts = {**facts, **self.facts}
        return self

    def __str__(self) -> str:
        return f"{self.message} [{self.code}]"

"""Logins: challenges, where credentials come from, helpers, tokens, and how a login is kept.

Errors: RegistryError ``auth-…``.
"""

from __future__ import annotations

from sregistry import removed


def __getattr__(name: str) -> object:
    raise removed.missing(__name__, name)

"""The error of this room, and the one table that says what is worth repeating."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sregistry.errors import SregistryError

AS_CONFIGURED = 0

#: Code -> how often to ask in all (`AS_CONFIGURED`: `Retries.attempts`). Codes that are not here are
#: final: the same request would get the same answer.
ATTEMPTS: Mapping[str, int] = {
    "network-dns-failed": 2,
    "network-dns-timeout": 2,
    "network-refused": 2,
    "network-unreachable": 2,
    "network-timeout": 3,
    "network-no-answer": 3,
    "network-stalled": AS_CONFIGURED,
    "network-reset": AS_CONFIGURED,
    "network-truncated": AS_CONFIGURED,
    "network-protocol": 2,
    "network-proxy-refused": 2,
    "network-proxy-timeout": 2,
    "network-proxy-failed": 3,
    "tls-handshake": 2,
    "registry-error": AS_CONFIGURED,
    "registry-unavailable": AS_CONFIGURED,
    "rate-limit-abuse": 3,
    "manifest-truncated": 2,
    "manifest-empty": 2,
    "blob-storage-denied": 2,
    "blob-storage-failed": AS_CONFIGURED,
    "blob-wrong-size": 2,
    "blob-foreign": 2,
    "digest-mismatch": 2,
    "size-short": 2,
    "size-long": 2,
}


class RegistryError(SregistryError):
    """A registry, or the way to it, did not give what was asked for.

    `retryable` follows from the code by `ATTEMPTS`; the raiser decides only where the answer itself
    does (``Retry-After``).
    """

    def __init__(self, code: str, message: str, *, retryable: bool | None = None, **facts: Any) -> None:
        super().__init__(code, message, retryable=code in ATTEMPTS if retryable is None else retryable, **facts)


def attempts(code: str, configured: int) -> int:
    """How often a request that fails with `code` is sent in all: never more often than `configured`."""
    return min(ATTEMPTS.get(code, AS_CONFIGURED) or configured, configured)

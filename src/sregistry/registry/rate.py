"""Rate limits: what the headers say, and which of two kinds a 429 is.

A *quota* is an allowance per account or address and window of time (Docker Hub's pull limit): a
login or a mirror helps. An *abuse* limit is about speed ("HAP429" on Docker Hub, a bare "Too Many
Requests" elsewhere): only slowing down helps. Registries tell them apart by text and headers only.
"""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

_NAMES = re.compile(r"(?:x-)?rate-?limit(?:-.+)?|docker-ratelimit-source|x-ratelimit-.+", re.IGNORECASE)
_QUOTA = re.compile(
    r"pull rate limit|\bquota\b|increase the limit|unauthenticated.{0,40}limit|download.rate.limit", re.I
)
_ABUSE = re.compile(r"HAP429", re.I)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What is left of an allowance; fields are None where the registry does not say."""

    limit: int | None
    remaining: int | None
    window: int | None
    source: str | None


def headers(items: Mapping[str, str]) -> dict[str, str]:
    """The rate-limit headers among `items`, names in lowercase."""
    return {name.lower(): value for name, value in items.items() if _NAMES.fullmatch(name)}


def parse(items: Mapping[str, str]) -> RateLimit | None:
    """Read ``ratelimit-limit: 100;w=21600`` and its relatives; None if there are none."""
    found = headers(items)
    limit = found.get("ratelimit-limit") or found.get("x-ratelimit-limit")
    remaining = found.get("ratelimit-remaining") or found.get("x-ratelimit-remaining")
    if limit is None and remaining is None:
        return None
    window = re.search(r";\s*w=(\d{1,9})", f"{limit};{remaining}")
    return RateLimit(
        _number(limit), _number(remaining), int(window[1]) if window else None, found.get("docker-ratelimit-source")
    )


def _number(text: str | None) -> int | None:
    match = re.match(r"\s*(\d{1,12})", text or "")
    return int(match[1]) if match else None


def is_quota(items: Mapping[str, str], text: str) -> bool:
    """Whether a 429 with these headers and this body is of the quota kind."""
    if _ABUSE.search(text):
        return False
    left = parse(items)
    return bool(_QUOTA.search(text)) or (left is not None and left.remaining == 0)


def retry_after(value: str | None, *, now: float | None = None) -> float | None:
    """Seconds to wait by a ``Retry-After`` header (seconds or an HTTP date; RFC 9110, 10.2.3); None if unreadable."""
    if value is None:
        return None
    text = value.strip()
    if re.fullmatch(r"\d{1,9}(\.\d{0,6})?", text):
        return float(text)
    try:
        when = email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, when - (time.time() if now is None else now))

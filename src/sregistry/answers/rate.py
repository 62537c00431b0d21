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
#: No header about a limit is longer, and no registry sends more of them.
_SHOWN = 200
_MOST = 20
_ABUSE = re.compile(r"HAP429", re.I)
_DURATION = re.compile(r"(\d{1,20}(?:\.\d{0,9})?)\s?(ms|s|m|h|)", re.I | re.ASCII)
_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_SAID = re.compile(r"\bretry-after:\s?(\d{1,20}(?:\.\d{0,9})?(?:ms|s|m|h)?)\b", re.I | re.ASCII)
#: Nobody waits longer, whatever is asked for; a number that can be shown.
_LONGEST = 10.0 * 365 * 86400
#: So much of a header, and of a message, is looked at.
_HEADER, _WORDS = 200, 2000


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What is left of an allowance; fields are None where the registry does not say."""

    limit: int | None
    remaining: int | None
    window: int | None
    source: str | None


def headers(items: Mapping[str, str]) -> dict[str, str]:
    """The rate-limit headers among `items`, names in lowercase."""
    found = {name.lower()[:_SHOWN]: value[:_SHOWN] for name, value in items.items() if _NAMES.fullmatch(name)}
    return dict(list(found.items())[:_MOST])


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


def retry_after(items: Mapping[str, str], *, now: float | None = None) -> float | None:
    """Seconds to wait by the ``Retry-After`` among these headers; None if there is none that can be read.

    A date is compared with the ``Date`` of the same answer, which was taken from the same clock; only without that
    one with this machine's (`now`). Of several values the longest counts. Source: RFC 9110, 10.2.3.
    """
    text = items.get("retry-after", "")[:_HEADER].strip()
    if not text:
        return None
    if text[0].isdigit():
        waits = [_seconds(part) for part in text.split(",")]
        known = [wait for wait in waits if wait is not None]
        return max(known, default=None)
    when = _moment(text)
    if when is None:
        return None
    sent = _moment(items.get("date", "")[:_HEADER]) or (time.time() if now is None else now)
    return min(max(0.0, when - sent), _LONGEST)


def retry_after_words(text: str) -> float | None:
    """Seconds to wait by the words of a refusal, as ghcr.io has them: ``retry-after: 500ms, allowed: 44000/minute``."""
    match = _SAID.search(text[:_WORDS])
    return _seconds(match[1]) if match else None


def _seconds(text: str) -> float | None:
    """A number of seconds, also one with a fraction or with its unit; never negative, never absurd."""
    match = _DURATION.fullmatch(text.strip())
    return min(float(match[1]) * _UNITS[match[2].lower()], _LONGEST) if match else None


def _moment(text: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None

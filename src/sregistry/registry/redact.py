"""Takes secrets out of everything that is shown, logged or kept as a fact of an error.

Two nets, both used: what is known to be secret by its place (user info in a URL, query values,
``Authorization``), and what is known to be secret by its value (whatever this process has sent,
should a registry echo it in an error body).
"""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit, urlunsplit

from sregistry.registry.secret import HIDDEN, Secret, octets

#: Query parameters whose values explain something and are never secret; all others are hidden.
OPEN_PARAMETERS = frozenset(
    ("service", "scope", "n", "last", "digest", "mount", "from", "ns", "artifactType", "client_id", "offline_token")
)
_OPEN_HEADERS_WITH_URL = frozenset({"location", "link", "content-location", "referer"})
_SECRET_HEADERS = frozenset(
    (
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "x-registry-auth",
        "x-amz-security-token",
        "x-auth-token",
        "private-token",
    )
)
#: A digit, a capital or "=" tells a token from a word of prose ("Basic authentication").
_SCHEMED = re.compile(r"\b((?i:Bearer|Basic))\s+(?=[A-Za-z0-9+/=._~-]*[A-Z0-9=])[A-Za-z0-9+/=._~-]{8,}")
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*")
_URL = re.compile(r"\bhttps?://[^\s<>\"']+")
#: Shorter values are too common to be replaced wherever they occur.
_SHORTEST = 4


def url(text: str) -> str:
    """`text` without user info, fragment and the values of query parameters that may be secret."""
    try:
        parts = urlsplit(text)
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return text.split("?", 1)[0].rsplit("@", 1)[-1]
    shown = "&".join(
        f"{quote_plus(name)}={quote(value, safe=':/,*@') if name in OPEN_PARAMETERS else HIDDEN}"
        for name, value in query
    )
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, shown, ""))


def headers(items: Mapping[str, str] | Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers fit to be shown: secret ones hidden, URLs in the others redacted."""
    pairs = items.items() if isinstance(items, Mapping) else items
    return {name: _header(name.lower(), value) for name, value in pairs}


def _header(name: str, value: str) -> str:
    if name in _SECRET_HEADERS:
        return HIDDEN
    if name in _OPEN_HEADERS_WITH_URL:
        return _URL.sub(lambda found: url(found[0]), value) if "://" in value else url(value)
    return patterns(value)


def patterns(text: str) -> str:
    """`text` without what looks like a token: ``Bearer …``, ``Basic …``, a JWT, secrets in URLs."""
    text = _SCHEMED.sub(lambda found: f"{found[1]} {HIDDEN}", text)
    text = _JWT.sub(HIDDEN, text)
    return _URL.sub(lambda found: url(found[0]), text)


def _in_base64(text: str) -> set[str]:
    """`text` in both alphabets of base64, without the padding, which not all write."""
    data = octets(text)
    return {encode(data).decode().rstrip("=") for encode in (base64.b64encode, base64.urlsafe_b64encode)}


class Scrubber:
    """Knows the secrets of this process by value and takes them out of texts and facts."""

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._lock = threading.Lock()

    def add(self, secret: Secret | None, username: str | None = None) -> None:
        """Remember `secret` in the forms in which it may come back; with a user name its Basic form too."""
        if secret is None or len(secret.reveal()) < _SHORTEST:
            return
        value = secret.reveal()
        forms = {value, *_in_base64(value), *(_in_base64(f"{username}:{value}") if username is not None else ())}
        forms |= {quote(octets(form), safe="") for form in forms} | {quote_plus(octets(value))}
        with self._lock:
            self._values |= forms

    def text(self, text: str) -> str:
        """`text` without any known secret and without what looks like one."""
        with self._lock:
            values = sorted(self._values, key=len, reverse=True)
        for value in values:
            text = text.replace(value, HIDDEN)
        return patterns(text)

    def fact(self, value: Any) -> Any:
        """The same for a fact: texts inside lists and dicts, keys included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.fact(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.fact(item) for item in value]
        return value

"""Takes secrets out of everything that is shown, logged or kept as a fact of an error.

Two nets, both used: what is known to be secret by its place (user info in a URL, query values,
``Authorization``), and what is known to be secret by its value (whatever this process has sent,
should a registry echo it in an error body; see `sregistry.scrubbing`). Every expression here takes
time linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote, unquote_plus

from sregistry.http.secret import HIDDEN, Secret
from sregistry.scrubbing import Secrets, fact

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
#: Of a header or an address so much is shown.
_SHOWN = 2000
_SCHEMED = re.compile(r"\b((?i:Bearer|Basic))\s{1,20}([A-Za-z0-9+/=._~-]{8,})")
#: A digit, a capital or "=" tells a token from a word of prose ("Basic authentication").
_NO_PROSE = re.compile(r"[A-Z0-9=]")
_JWT = re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?")
#: Tokens that say what they are.
_NAMED = re.compile(
    r"(?<![A-Za-z0-9_])(?:gh[opsur]_|github_pat_|glpat-|dckr_[a-z]{3}_|hf_|npm_|pypi-|xox[a-z]-|A[KS]IA)[A-Za-z0-9_-]{12,}"
)
_URL = re.compile(r"\bhttps?://[^\s<>\"']+", re.IGNORECASE)
_ASSIGNED = re.compile(
    r"(?<![A-Za-z0-9_-])([A-Za-z0-9_-]{0,40}(?:token|secret|passwo?r?d|passphrase|api_?key|credential)s?"
    r"[\"']?(?:\s{0,4}[:=]\s{0,4}|\s{1,4}(?:is|was)\s{1,4}))[\"']?[^\s\"',;&]{3,}",
    re.IGNORECASE,
)
_SECRET_NAME = re.compile(r"sig|token|key|cred|secret|pass|auth|policy|ticket|hmac|state", re.IGNORECASE)
#: Shorter values of a query are nobody's secret.
_SHORTEST_IN_QUERY = 8
_MOST_PARAMETERS = 50


def url(text: str) -> str:
    """`text` without user info, fragment and the values of query parameters that may be secret."""
    text, _, query = text.partition("#")[0].partition("?")
    scheme, mark, rest = text.partition("://")
    if mark or text.startswith("//"):
        host, slash, path = (rest if mark else text[2:]).partition("/")
        text = f"{scheme + mark if mark else '//'}{host.rpartition('@')[2]}{slash}{path}"
    return text + ("?" + "&".join(map(_parameter, query.split("&"))) if query else "")


def _parameter(part: str) -> str:
    name, equals, value = part.partition("=")
    if unquote_plus(name) in OPEN_PARAMETERS:
        return f"{name}={quote(unquote_plus(value), safe=':/,*@')}"
    return f"{name}{equals}{HIDDEN if value else ''}" if equals else HIDDEN


def headers(items: Mapping[str, str] | Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers fit to be shown: secret ones hidden, URLs in the others redacted, long ones cut."""
    pairs = items.items() if isinstance(items, Mapping) else items
    return {name[:_SHOWN]: _header(name.lower(), value[:_SHOWN]) for name, value in pairs}


def _header(name: str, value: str) -> str:
    if name in _SECRET_HEADERS:
        return HIDDEN
    if name in _OPEN_HEADERS_WITH_URL:
        return _URL.sub(lambda found: url(found[0]), value) if "://" in value else url(value)
    return patterns(value)


def patterns(text: str) -> str:
    """`text` without what looks like a token: ``Bearer …``, ``Basic …``, a JWT, secrets in URLs."""
    return _URL.sub(lambda found: url(found[0]), tokens(text))


def tokens(text: str) -> str:
    """`text` without what looks like a token."""
    text = _SCHEMED.sub(lambda found: f"{found[1]} {HIDDEN}" if _NO_PROSE.search(found[2]) else found[0], text)
    return _NAMED.sub(HIDDEN, _JWT.sub(HIDDEN, text))


def assignments(text: str) -> str:
    """`text` without what is called a secret in it (``token: …``); for the words of programs that hold secrets."""
    return _ASSIGNED.sub(lambda found: f"{found[1]}{HIDDEN}", text)


class Scrubber:
    """Knows the secrets of a session by value and takes them out of texts and facts."""

    def __init__(self) -> None:
        self._secrets = Secrets()

    def add(self, secret: Secret | None, username: str | None = None) -> None:
        """Remember `secret`, and with a user name the two together, in every form in which they may come back."""
        if secret is not None:
            self._secrets.add(secret.reveal(), username)

    def add_url(self, text: str) -> None:
        """Remember what of an address is secret: a password in it, and what signs it."""
        address, _, query = text.partition("#")[0].partition("?")
        user_info, at, _ = address.partition("://")[2].partition("/")[0].rpartition("@")
        if at:
            user, _, password = user_info.partition(":")
            self.add(Secret(unquote(password)), unquote(user))
        for name, _, value in (part.partition("=") for part in query.split("&")[:_MOST_PARAMETERS]):
            if _SECRET_NAME.search(name[:_SHOWN]) and len(value) >= _SHORTEST_IN_QUERY:
                self.add(Secret(unquote_plus(value[:_SHOWN])))

    def text(self, text: str) -> str:
        """`text` without any known secret and without what looks like one."""
        return patterns(self._secrets.text(text))

    def head(self, text: str, limit: int) -> str:
        """The same of the first `limit` characters of `text`."""
        return patterns(self._secrets.head(text, limit))

    def fact(self, value: Any) -> Any:
        """The same for a fact: texts inside lists and dicts, and keys that are not ours."""
        return fact(value, self.text)

"""Bearer tokens: asked for once, used until they expire, renewed when a registry no longer takes them.

Sources: Docker Registry token authentication and its OAuth2 form (distribution, "spec/auth").
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sregistry import gojson
from sregistry.answers import facts as reading
from sregistry.auth.credentials import Credential
from sregistry.auth.docker_config import BASIC, IDENTITY_TOKEN
from sregistry.errors import RegistryError
from sregistry.http import redact
from sregistry.http.gate import Place
from sregistry.http.secret import Secret, octets
from sregistry.http.transport import Request

#: Sends a request to the token service and returns the body of a successful answer.
Fetch = Callable[[Request], bytes]

#: Lifetime where the answer names none (token specification), and how much of it is not used.
_DEFAULT_LIFETIME = 60.0
_MARGIN = 0.1
#: Tokens that protect anything are longer.
_WORD = 16
_CLIENT = "sregistry"
_ANSWER = gojson.struct("token", "access_token", "expires_in", "issued_at", "refresh_token")
_CLAIMS = gojson.struct(access=gojson.List(gojson.struct("type", "name", actions=gojson.List())))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a token is for, and whose.

    Attributes:
        realm: address of the token service.
        service: name the registry gives itself.
        scopes: such as ``repository:library/ubuntu:pull``; empty for a mere login.
        credential: None for anonymous.
        closed: where the token service must not be, see `transport.Request`.
    """

    realm: str
    service: str
    scopes: tuple[str, ...]
    credential: Credential | None
    closed: frozenset[Place] = frozenset()


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token and the moment (``time.monotonic``) after which it is not used any more."""

    value: Secret
    expires: float
    lifetime: float

    @property
    def alive(self) -> bool:
        """Whether it may still be used."""
        return time.monotonic() < self.expires


class Tokens:
    """Tokens of this process, each asked for once even if many layers want it; thread-safe."""

    def __init__(self, scrubber: redact.Scrubber) -> None:
        self._scrubber = scrubber
        self._lock = threading.Lock()
        self._held: dict[Wanted, Token] = {}
        self._asking: dict[Wanted, threading.Lock] = {}

    def get(self, wanted: Wanted, fetch: Fetch, deadline: float) -> tuple[Token, bool]:
        """Return a token and whether it is fresh (asked for just now).

        Raises:
            RegistryError: ``auth-token-missing``, and what `fetch` raises.
        """
        with self._lock:
            turn = self._asking.setdefault(wanted, threading.Lock())
        with turn:
            held = self._held.get(wanted)
            if held and held.alive:
                return held, False
            request = _oauth(wanted, deadline) if _has_refresh_token(wanted) else _plain(wanted, deadline)
            token = _read(fetch(request), wanted)
            if not _is_a_word(token.value.reveal(), wanted):
                self._scrubber.add(token.value)
            with self._lock:
                self._held[wanted] = token
            return token, True

    @property
    def held(self) -> bool:
        """Whether there is any token."""
        with self._lock:
            return bool(self._held)

    def granted(self) -> list[str] | None:
        """The scopes that the tokens held say they grant; None where there is none, or they do not say."""
        with self._lock:
            told = [granted(token.value) for token in self._held.values()]
        known = [scopes for scopes in told if scopes is not None]
        return list(dict.fromkeys(scope for scopes in known for scope in scopes)) if known else None

    def drop(self, wanted: Wanted, token: Token) -> None:
        """Forget a token that the registry did not take, unless another thread has renewed it already."""
        with self._lock:
            if self._held.get(wanted) is token:
                del self._held[wanted]


def granted(value: Secret) -> list[str] | None:
    """The scopes in the ``access`` claim of a token that is a JWT, unverified; None for any other token.

    Source: distribution, "Token Authentication Implementation".
    """
    _, _, rest = value.reveal().partition(".")
    payload = rest.partition(".")[0]
    try:
        claims = gojson.read(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), _CLAIMS)
        access = claims["access"] or []
        return [f"{one['type']}:{one['name']}:{','.join(one['actions'])}" for one in access]
    except (ValueError, TypeError, KeyError):
        return None


def _has_refresh_token(wanted: Wanted) -> bool:
    return wanted.credential is not None and wanted.credential.kind == IDENTITY_TOKEN


def _plain(wanted: Wanted, deadline: float) -> Request:
    """GET with Basic, or with nothing."""
    query: list[tuple[str, str | bytes]] = [("service", wanted.service), *(("scope", scope) for scope in wanted.scopes)]
    headers = {}
    if wanted.credential and wanted.credential.kind == BASIC:
        query.append(("account", octets(wanted.credential.username)))
        headers["authorization"] = basic(wanted.credential)
    mark = "?" if "?" not in wanted.realm else "" if wanted.realm.endswith(("?", "&")) else "&"
    return Request(
        "GET",
        wanted.realm + mark + urlencode(query),
        headers,
        deadline=deadline,
        secret_answer=True,
        closed=wanted.closed,
    )


def _oauth(wanted: Wanted, deadline: float) -> Request:
    """POST with the refresh token that ``identitytoken`` is."""
    assert wanted.credential is not None
    form = {
        "grant_type": "refresh_token",
        "service": wanted.service,
        "client_id": _CLIENT,
        "scope": " ".join(wanted.scopes),
        "refresh_token": octets(wanted.credential.secret.reveal()),
    }
    headers = {"content-type": "application/x-www-form-urlencoded"}
    body = urlencode(form).encode()
    return Request("POST", wanted.realm, headers, body, deadline=deadline, secret_answer=True, closed=wanted.closed)


def basic(credential: Credential) -> str:
    """The value of ``Authorization`` for a user name and password."""
    pair = octets(f"{credential.username}:{credential.secret.reveal()}")
    return "Basic " + base64.b64encode(pair).decode()


def _read(body: bytes, wanted: Wanted) -> Token:
    """The token of an answer: ``token`` or ``access_token``, with ``expires_in``."""
    try:
        document: Any = gojson.read(body, _ANSWER)
    except gojson.JsonError:
        raise _missing(wanted, "its answer is not JSON", len(body)) from None
    if not isinstance(document, dict):
        raise _missing(wanted, "its answer is no JSON object", len(body))
    value = document.get("token") or document.get("access_token")
    if not isinstance(value, str) or not value.strip().isascii() or not value.strip().isprintable():
        names = ", ".join(sorted(str(name) for name in document)[:10]) or "nothing"
        said = reading.of_body(body, None) if reading.errors(body) else {}
        raise _missing(wanted, f"its answer has {names}, and no usable token", len(body), **said)
    lifetime = document.get("expires_in")
    seconds = float(lifetime) if isinstance(lifetime, (int, float)) and 0 < lifetime < 1e9 else _DEFAULT_LIFETIME
    secret = Secret(value.strip(), hidden=not _is_a_word(value.strip(), wanted))
    return Token(secret, time.monotonic() + seconds * (1 - _MARGIN), seconds)


def _is_a_word(token: str, wanted: Wanted) -> bool:
    """Whether it is one that everybody is given, such as ``anonymous``, and that texts of ours have, too."""
    return wanted.credential is None and len(token) <= _WORD and token.isalpha()


def _missing(wanted: Wanted, reason: str, size: int, **said: Any) -> RegistryError:
    return RegistryError(
        "auth-token-missing",
        f"the token service of {wanted.service} gave no token: {reason}",
        url=redact.url(wanted.realm),
        purpose="token",
        reason=reason,
        actual_size=size,
        **said,
    )

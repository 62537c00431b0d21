"""Answers a registry's challenge: which ``Authorization`` to send, learnt from its 401.

One `Authorizer` per host. What was learnt from one challenge (the scheme, the token service) is used
for the following requests, so that a pull costs one 401 and not one per layer.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from sregistry.auth import challenge as challenges
from sregistry.auth.challenge import Challenge
from sregistry.auth.credentials import Credential
from sregistry.auth.docker_config import BASIC, REGISTRY_TOKEN
from sregistry.auth.tokens import Fetch, Token, Tokens, Wanted, basic
from sregistry.errors import RegistryError
from sregistry.http import addresses, gate, redact
from sregistry.http.gate import IsInsecure, Place
from sregistry.http.transport import Response

#: Characters of an address in a message.
_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Access:
    """What a request is for: whose it is, and the scopes it needs (``repository:NAME:pull``)."""

    credential: Credential | None
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grant:
    """What is sent along with a request.

    Attributes:
        header: value of ``Authorization``; None to send none.
        token: the bearer token in it, if it came from a token service, and what it was asked for.
        fresh: the token was asked for just now, so asking again would give no better one.
    """

    header: str | None = None
    token: Token | None = None
    wanted: Wanted | None = None
    fresh: bool = True


class Authorizer:
    """Knows how one registry wants to be spoken to; thread-safe.

    Args:
        host: the registry's host[:port], for messages and as ``service`` where the challenge names none.
        tokens: where tokens are kept.
        insecure: whether plain http may be spoken to a host that https has named.
    """

    def __init__(self, host: str, tokens: Tokens, insecure: IsInsecure) -> None:
        self._host = host
        self._insecure = insecure
        self._tokens = tokens
        self._lock = threading.Lock()
        self._bearer: tuple[str, str, Place] | None = None  # realm and service, and where they were named
        self._basic = False
        self._hints: dict[tuple[str, ...], tuple[str, ...]] = {}

    def grant(self, access: Access, fetch: Fetch, deadline: float) -> Grant:
        """What to send, by all that is known so far; asks the token service if need be.

        Raises:
            RegistryError: what `fetch` raises, ``auth-token-missing``.
        """
        credential = access.credential
        if self._bearer is None:
            can_basic = self._basic and credential is not None and credential.kind == BASIC
            return Grant(basic(credential)) if can_basic and credential else Grant()
        if credential and credential.kind == REGISTRY_TOKEN:
            return Grant(f"Bearer {credential.secret.reveal().strip()}")
        realm, service, named_at = self._bearer
        scopes = self._hints.get(access.scopes, access.scopes)
        wanted = Wanted(realm, service, scopes, credential, gate.closed_to(named_at))
        token, fresh = self._tokens.get(wanted, fetch, deadline)
        return Grant(f"Bearer {token.value.reveal()}", token, wanted, fresh)

    def renew(self, grant: Grant, response: Response) -> bool:
        """Drop a token that was not taken; whether another one is worth a try.

        A new one is, where it was called invalid (RFC 6750, 3.1) and not too weak: a service of several servers may
        have given one that is over.
        """
        if grant.token is None or grant.wanted is None:
            return False
        offered = challenges.parse(response.challenges())
        if grant.fresh and not any(one.get("error") == "invalid_token" for one in offered):
            return False
        self._tokens.drop(grant.wanted, grant.token)
        return True

    def learn(self, response: Response, access: Access, grant: Grant) -> bool:
        """Read the challenge of a 401; whether the same request with a new grant may do better.

        Raises:
            RegistryError: ``auth-realm-insecure``: the token service is spoken to in plain http;
                ``registry-local-address``, ``auth-unsupported``.
        """
        offered = challenges.parse(response.challenges())
        bearer = next((one for one in offered if one.scheme == "bearer" and one.get("realm")), None)
        with self._lock:
            if bearer:
                return self._learn_bearer(bearer, response, access, grant)
            news = not self._basic and any(one.scheme == "basic" for one in offered)
            self._basic = self._basic or news
            usable = access.credential is not None and access.credential.kind == BASIC
            return usable and grant.header is None and self._basic

    def _learn_bearer(self, bearer: Challenge, response: Response, access: Access, grant: Grant) -> bool:
        realm = self._realm(bearer.get("realm") or "", response)
        service = bearer.get("service") or self._host
        hint = scopes(bearer.scopes, access.scopes)
        learnt = (realm, service, response.place)
        news = learnt != self._bearer or hint != self._hints.get(access.scopes, access.scopes)
        self._bearer = learnt
        self._hints[access.scopes] = hint
        return news or grant.header is None

    def _realm(self, realm: str, response: Response) -> str:
        """The address of the token service; a path is one at the registry itself."""
        is_path = realm.startswith("/") and not realm.startswith("//")
        text = addresses.from_header(realm)
        try:
            address = addresses.join(response.request.url, text) if is_path else addresses.read(text)
        except ValueError:
            raise RegistryError(
                "auth-unsupported",
                f"{self._host} names a token service whose address cannot be used",
                challenge={"scheme": "bearer", "realm": redact.url(realm[:_SHOWN])},
                **response.facts(),
            ) from None
        known = {"challenge": {"scheme": "bearer", "realm": redact.url(address.url[:_SHOWN])}, **response.facts()}
        if gate.is_downgrade(response.request.url, address, self._insecure):
            raise RegistryError(
                "auth-realm-insecure",
                f"{self._host} names a token service that would be spoken to in plain http, at {address.authority}",
                **known,
            )
        try:
            gate.check(address, gate.closed_to(response.place), response.host)
        except RegistryError as error:
            error.with_facts(**known)
            raise
        return address.url


def scopes(asked: Sequence[str], own: tuple[str, ...]) -> tuple[str, ...]:
    """The scopes to ask a token for: the registry's, less the actions that are not needed.

    A registry may name the repository otherwise than its path does, so its names win; some ask for
    ``pull,push`` where only ``pull`` is wanted, and would refuse that to most.
    """
    if not asked or not own:
        return own or tuple(asked)
    wanted = {action for scope in own for action in scope.rpartition(":")[2].split(",")}
    found = []
    for scope in asked:
        name, _, actions = scope.rpartition(":")
        kept = [action for action in actions.split(",") if action in wanted]
        if name.count(":") and kept:
            found.append(f"{name}:{','.join(kept)}")
    missing = wanted - {action for scope in found for action in scope.rpartition(":")[2].split(",")}
    return own if missing else tuple(dict.fromkeys(found))

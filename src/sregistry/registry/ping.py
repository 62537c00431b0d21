"""``GET /v2/``: is a registry there, and what does it want?

Source: OCI Distribution Specification, "Determining Support".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sregistry.answers import facts, rate
from sregistry.answers.rate import RateLimit
from sregistry.auth import challenge
from sregistry.errors import RegistryError
from sregistry.http import certificate
from sregistry.http.retry import Patience
from sregistry.registry.api import Api, Call
from sregistry.registry.refusals import web_page

_CALL = Call("GET", "/v2/", "ping", expect=(200, 401), scopes=())


@dataclass(frozen=True, slots=True)
class Ping:
    """What a registry says before anything is asked of it.

    Attributes:
        url: the address that answered, so the scheme in use.
        status: 200 (no login needed for this) or 401.
        challenges: the ways to log in that it offers, as facts.
        api_version: ``Docker-Distribution-Api-Version``; None if it is not sent.
        clock_skew: seconds, local minus the registry's.
        tls: version and cipher; None for http.
        certificate: what the server's certificate says of itself; None for http.
        facts: of the answer, for evidence.
    """

    url: str
    status: int
    challenges: list[dict[str, Any]]
    api_version: str | None
    clock_skew: float | None
    rate_limit: RateLimit | None
    tls: str | None
    certificate: dict[str, Any] | None
    facts: dict[str, Any]


def ping(api: Api, patience: Patience) -> Ping:
    """Ask without a login.

    Raises:
        RegistryError: ``registry-not-a-registry``, ``registry-web-page``, and those of `Api.bare`.
    """
    response = api.bare(_CALL, patience)
    body = response.document(64 << 10, 5.0)
    offered = [one.facts() for one in challenge.parse(response.challenges())]
    peer = response.peer
    version = response.headers.get("docker-distribution-api-version")
    seen = api.seen(_CALL, response, body, None)
    # A page in the place of the answer is none, whatever header is left on it; one beside a challenge is usual.
    if not offered and (version is None or seen.is_page):
        _doubt(api, response.status, seen)
    return Ping(
        str(response.facts()["url"]),
        response.status,
        offered,
        version,
        facts.clock_skew(response.headers),
        rate.parse(response.headers),
        peer.tls if peer else None,
        certificate.facts(peer.certificate) if peer and peer.certificate else None,
        response.facts(),
    )


def _doubt(api: Api, status: int, seen: Any) -> None:
    """An answer without the marks of a registry: a web page is none, and neither is a bare 401."""
    if seen.is_page:
        raise web_page(seen).with_facts(**api.facts(_CALL))
    if status == 401:
        message = f"{api.registry} answers 401 at /v2/ without saying how to log in, which no registry does"
        raise RegistryError("registry-not-a-registry", message, **{**seen.facts, **api.facts(_CALL)})

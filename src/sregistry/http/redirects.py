"""Redirects, followed with care: secrets stay with the host they were meant for.

Source: RFC 9110, section 15.4; OCI Distribution Specification, "Pulling blobs".
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sregistry.errors import RegistryError
from sregistry.http import addresses, gate, redact
from sregistry.http.addresses import Address
from sregistry.http.gate import IsInsecure
from sregistry.http.outgoing import OutgoingStream
from sregistry.http.transport import Request, Response, Transport

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KEEP_METHOD = frozenset({307, 308})
_SAFE_METHODS = frozenset({"GET", "HEAD"})


def follow(
    transport: Transport, request: Request, *, limit: int, secret_headers: Collection[str], insecure: IsInsecure
) -> Response:
    """Send `request` and follow where it is sent; the answer carries the hosts passed in `redirects`.

    Args:
        transport: sends.
        request: the first one.
        limit: redirects at most.
        secret_headers: names (lowercase) that are dropped when the host, the port or the scheme changes.
        insecure: whether an https request may be sent on to plain http at a host.

    Raises:
        RegistryError: ``registry-redirects`` (too many, a circle, or to an address that cannot be
            followed), ``network-redirect-downgrade`` (from https to http), ``registry-local-address``, or what
            `Transport.send` raises.
    """
    seen = [request.url]
    first_host = addresses.host_of(request.url)
    hosts: list[str] = []
    while True:
        response = _send(transport, request, hosts)
        response.first_host = first_host
        location = response.headers.get("location")
        if response.status not in _REDIRECTS or not location or not _may_follow(request, response.status):
            return response
        response.close()
        transport.scrubber.add_url(location)
        target = _target(request.url, location, response)
        hosts.append(target.authority)
        if target.url in seen or len(seen) > limit:
            raise _endless(response, hosts, target.url in seen, limit)
        if gate.is_downgrade(request.url, target, insecure):
            raise _downgrade(response, hosts)
        _check_gate(request, response, target, hosts)
        seen.append(target.url)
        request = _redirected(request, target, secret_headers)
        request = replace(request, closed=request.closed | gate.closed_to(response.place))


def _check_gate(request: Request, response: Response, target: Address, hosts: list[str]) -> None:
    """Return if the place of `response` may send us to `target`; see `gate`."""
    try:
        gate.check(target, request.closed | gate.closed_to(response.place), response.host)
    except RegistryError as error:
        error.with_facts(**{**response.facts(), "redirects": hosts})
        raise


def _send(transport: Transport, request: Request, hosts: list[str]) -> Response:
    try:
        response = transport.send(request)
    except RegistryError as error:
        if hosts:
            error.with_facts(redirects=hosts)
        raise
    response.redirects = list(hosts)
    return response


def _may_follow(request: Request, status: int) -> bool:
    """Uploads and deletions are sent on only where the registry says so and the body can be sent again."""
    if request.method in _SAFE_METHODS:
        return True
    return status in _KEEP_METHOD and not isinstance(request.body, OutgoingStream)


def _target(base: str, location: str, response: Response) -> Address:
    try:
        return addresses.join(base, addresses.from_header(location))
    except ValueError:
        pass
    raise RegistryError(
        "registry-redirects",
        f"{response.host} redirects to an address that cannot be followed",
        fault="address",
        location=redact.url(location),
        **response.facts(),
    )


def _redirected(request: Request, target: Address, secret_headers: Collection[str]) -> Request:
    headers = dict(request.headers)
    if not same_origin(request.url, target.url):
        headers = {name: value for name, value in headers.items() if name.lower() not in secret_headers}
        if request.method not in _SAFE_METHODS and request.secret_answer:
            raise RegistryError(
                "registry-redirects",
                "the token service redirects a request that carries a secret to another host",
                fault="secret",
                url=redact.url(request.url),
                redirects=[target.authority],
            )
    return replace(request, url=target.url, headers=headers)


def same_origin(one: str, other: str) -> bool:
    """Same scheme, host and port; a step up from http to https on the default ports counts as the same."""
    here, there = addresses.read(one), addresses.read(other)
    if here.host != there.host:
        return False
    if here.scheme == there.scheme:
        return here.port == there.port
    return (here.scheme, there.scheme) == ("http", "https") and (here.port, there.port) == (80, 443)


def _endless(response: Response, hosts: list[str], circle: bool, limit: int) -> RegistryError:
    how = "in a circle" if circle else f"more than {limit} times"
    facts = {**response.facts(), "redirects": hosts, "fault": "circle" if circle else "too-many"}
    return RegistryError("registry-redirects", f"the request is redirected {how}", limit=limit, **facts)


def _downgrade(response: Response, hosts: list[str]) -> RegistryError:
    facts = {**response.facts(), "redirects": hosts}
    return RegistryError(
        "network-redirect-downgrade", f"{response.host} redirects from https to plain http, to {hosts[-1]}", **facts
    )

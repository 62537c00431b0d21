"""Steps that reach the host: its name, a connection, TLS with its certificate."""

from __future__ import annotations

import datetime
import socket
import ssl
import time
from typing import Any

from sregistry.diagnosis import words
from sregistry.doctor.steps.step import StepResult, Walk, note, ok, warn
from sregistry.errors import RegistryError
from sregistry.http import certificate, certs_d, connections, dialling, resolve, tls
from sregistry.http.options import ANY, IPV4
from sregistry.references import WebReference

#: A certificate that expires sooner is worth a warning.
_SOON = 14 * 86400
_FAMILIES: dict[str, int] = {ANY: socket.AF_UNSPEC, IPV4: socket.AF_INET}
_SOURCES: dict[int, tuple[str, int]] = {socket.AF_INET: dialling.ANY_IPV4, socket.AF_INET6: dialling.ANY_IPV6}


def _family(walk: Walk) -> int:
    return _FAMILIES.get(walk.options.family, socket.AF_INET6)


def look_up(walk: Walk) -> StepResult:
    """The addresses of the host."""
    host, port = walk.host
    if walk.proxy:
        return note("resolve", f"left to the proxy {walk.proxy.display}")
    found = resolve.addresses(host, port, _family(walk), walk.options.timeouts.connect)
    addresses = list(dict.fromkeys(str(address[1][0]) for address in found))
    if addresses == [host]:
        return ok("resolve", f"{host} is an address already", addresses=addresses)
    return ok("resolve", f"{host} is {words.listing(addresses, most=4)}", addresses=addresses)


def connect(walk: Walk) -> StepResult:
    """A TCP connection."""
    host, port = walk.host
    if walk.proxy:
        return note("connect", f"left to the proxy {walk.proxy.display}")
    started = time.monotonic()
    sock, peer = dialling.dial(host, port, _SOURCES.get(_family(walk)), walk.options.timeouts.connect)
    sock.close()
    took = (time.monotonic() - started) * 1000
    summary = f"{peer.address} ({peer.family}) in {took:.0f} ms"
    return ok("connect", summary, address=peer.address, family=peer.family, port=port, host=host)


def encryption(walk: Walk) -> StepResult:
    """The TLS handshake and the certificates: for whom, until when, and who signed them, up to the authority."""
    host, _ = walk.host
    if isinstance(walk.reference, WebReference) and walk.plain:
        return note("tls", "none: the address is one of plain http")
    if walk.endpoint and (walk.options.plain_http or walk.endpoint.insecure):
        return note("tls", "not examined: plain http is allowed for this registry")
    if walk.proxy:
        return note("tls", f"not examined: it goes through the proxy {walk.proxy.display}")
    files = certs_d.find(walk.options, walk.authority)
    trusted = tls.trust(
        verify=walk.options.tls_verify,
        environ=walk.options.environ,
        extra=[*([walk.options.cacert] if walk.options.cacert else []), *files.ca],
        client=[files.client] if files.client else [],
    )
    try:
        chain, version = _handshake(walk, trusted.context, host)
    except RegistryError as error:
        if error.code == "network-plain-http-expected" and walk.endpoint and resolve.is_loopback(host):
            walk.plain = True
            return note("tls", "none: this machine's own registry speaks plain http")
        error.with_facts(ca_source=trusted.ca_source)
        raise
    return _judge(chain, version, trusted.ca_source, verified=walk.options.tls_verify)


def _handshake(walk: Walk, context: ssl.SSLContext, host: str) -> tuple[list[dict[str, Any]], str]:
    """The certificates that were accepted, the server's first, and the version of TLS."""
    _, port = walk.host
    connection = connections.TLSConnection(host, port, timeout=walk.options.timeouts.connect, ssl_context=context)
    try:
        connection.connect()
        found = certificate.chain(connection.sock, verified=walk.options.tls_verify)
        return found, connection.sock.version() or "TLS"
    finally:
        connection.close()


def _judge(chain: list[dict[str, Any]], version: str, source: str, *, verified: bool) -> StepResult:
    facts = {"certificate": chain[0] if chain else {}, "chain": chain, "version": version, "ca_source": source}
    lines = [
        f"{'signed by ' if number else ''}{seen['subject']}, valid until {seen['not_after']}"
        for number, seen in enumerate(chain)
    ]
    if not verified:
        return warn("tls", f"{version}, the certificate is not checked (tls_verify)", *lines, **facts)
    ends = [left for seen in chain if (left := _seconds_left(str(seen["not_after"]))) is not None]
    if ends and min(ends) < _SOON:
        return warn("tls", f"{version}, the certificate expires in {words.duration(min(ends))}", *lines, **facts)
    return ok("tls", f"{version}, trusted by {source}", *lines, **facts)


def _seconds_left(until: str) -> float | None:
    try:
        return (datetime.datetime.fromisoformat(until) - datetime.datetime.now(datetime.UTC)).total_seconds()
    except (ValueError, TypeError):
        return None

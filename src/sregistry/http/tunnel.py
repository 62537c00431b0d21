"""CONNECT: a proxy is asked for a tunnel to a host, and what it answers becomes facts.

http.client's own way keeps the status line only; the header says which logins a proxy takes, and the page why
it refuses. Source: RFC 9110, section 9.3.6.
"""

from __future__ import annotations

import http.client
import re
from typing import Any

from sregistry.answers import facts as reading
from sregistry.errors import RegistryError
from sregistry.http import redact
from sregistry.http.waits import TUNNEL, Wait

#: How much of a proxy's page is read.
_PAGE = 16 << 10
#: So much of an address that it names is kept.
_SHOWN = 500
_UNFIT = re.compile(rb"[\x00-\x20\x7f]")


def establish(connection: Any) -> None:
    """Ask the proxy to which `connection` (urllib3's) leads for a tunnel to its ``_tunnel_host``.

    Raises:
        RegistryError: ``network-proxy-auth``, ``network-proxy-denied``, ``network-proxy-failed``, with what the proxy
            answered: ``proxy_status``, ``proxy_reason``, ``proxy_offers``, ``page_title`` or ``body_head``.
        OSError, http.client.HTTPException: there is no answer, or it is no HTTP.
    """
    host = connection._tunnel_host
    name = f"[{host}]" if ":" in host and not host.startswith("[") else host
    target = b"%s:%d" % (name.encode("idna"), connection._tunnel_port)
    if _UNFIT.search(target):
        raise ValueError("a host name cannot contain control characters")
    fields = {"Host": target.decode(), **connection._tunnel_headers}
    lines = [b"CONNECT %s HTTP/1.1" % target, *(f"{key}: {value}".encode("latin-1") for key, value in fields.items())]
    connection.sock.sendall(b"\r\n".join([*lines, b"", b""]))
    answer = http.client.HTTPResponse(connection.sock, method="CONNECT")
    try:
        answer.begin()
        if not 200 <= answer.status < 300:
            raise _refused(host, answer)
    finally:
        answer.close()


def _refused(host: str, answer: http.client.HTTPResponse) -> RegistryError:
    status, reason = answer.status, answer.reason.strip()
    body = _page(answer)
    facts: dict[str, Any] = {
        "host": host,
        "peer": "proxy",
        "proxy_status": status,
        "proxy_reason": reason,
        **reading.of_body(body, answer.headers.get("content-type")),
    }
    if offers := answer.headers.get_all("proxy-authenticate"):
        facts["proxy_offers"] = ", ".join(offers)
    if status == http.client.PROXY_AUTHENTICATION_REQUIRED:
        return RegistryError("network-proxy-auth", "the proxy wants a user name and password", **facts)
    location = answer.headers.get("location", "")
    if http.client.MULTIPLE_CHOICES <= status < http.client.BAD_REQUEST and location:
        facts["location"] = redact.url(location[:_SHOWN])
        return RegistryError("network-proxy-denied", f"the proxy sends the request for {host} on elsewhere", **facts)
    if status in {
        http.client.NETWORK_AUTHENTICATION_REQUIRED,
        http.client.FORBIDDEN,
        http.client.METHOD_NOT_ALLOWED,
        http.client.UNAUTHORIZED,
    }:
        return RegistryError("network-proxy-denied", f"the proxy does not allow connections to {host}", **facts)
    return RegistryError("network-proxy-failed", f"the proxy could not connect to {host}", **facts)


def _page(answer: http.client.HTTPResponse) -> bytes:
    """What comes of the body at once; it only explains."""
    try:
        return answer.read1(_PAGE)
    except (OSError, http.client.HTTPException, ValueError):
        return b""


def silent(proxy: str, host: str, wait: Wait, stage: str = TUNNEL) -> RegistryError:
    """The error for a proxy (host:port) that has accepted the connection, and then said nothing or too little."""
    what = f"the request to connect to {host}" if stage == TUNNEL else "in TLS"
    return RegistryError(
        "network-proxy-timeout",
        f"the proxy {proxy} accepted the connection and did not answer {what} within {wait.seconds:.0f} seconds",
        host=host,
        proxy_host=proxy.rpartition(":")[0],
        proxy_port=int(proxy.rpartition(":")[2]),
        **wait.facts(stage, "timeout_connect", peer="proxy"),
    )

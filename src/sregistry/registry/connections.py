"""Connections as this room wants them: time limits that hold, and failures with evidence.

Subclasses of urllib3's connections that resolve names within a limit, divide the time among
several addresses, look at a certificate that was refused, and ask a server that does not speak TLS
whether it speaks plain http. They raise RegistryError themselves; urllib3 lets it pass.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import HTTPResponse

from sregistry.errors import as_cause
from sregistry.registry import certificate, redact, resolve, tls
from sregistry.registry.errors import RegistryError
from sregistry.resources.errors import translate

#: Binding to one of these chooses the address family; urllib3 has no other way to hand it down.
ANY_IPV4, ANY_IPV6 = ("0.0.0.0", 0), ("::", 0)  # noqa: S104
#: An address gets at least this long, even if others wait.
_SHARE = 1.0
_UNREACHABLE = {101, 113, 100, 99}
#: The header of an answer may take this many read timeouts in all, however slowly it drips.
_HEADER_FACTOR = 1.5
_PROBE_TIMEOUT = 2.0


@dataclass(frozen=True, slots=True)
class Peer:
    """Whom a connection leads to.

    Attributes:
        address: ``address:port``, of the proxy where there is one.
        family: ``IPv4`` or ``IPv6``.
        tls: version and cipher; None for http.
        certificate: of the server, in DER; None for http.
    """

    address: str
    family: str
    tls: str | None = None
    certificate: bytes | None = None


class _Dialled:
    """What both kinds of connection share; mixed into urllib3's classes."""

    host: str
    port: int
    sock: Any
    timeout: Any
    proxy: Any
    source_address: tuple[str, int] | None
    _dns_host: str
    peer: Peer | None = None
    target = ""

    def putrequest(self, method: str, url: str, *args: Any, **more: Any) -> None:
        """Send `target` where urllib3, which knows of no path, sends the bare address."""
        super().putrequest(method, url.rstrip("/") + self.target, *args, **more)  # type: ignore[misc]

    def _new_conn(self) -> socket.socket:
        """Resolve and connect; raise RegistryError ``network-…`` (``network-proxy-…`` for a proxy)."""
        try:
            sock, self.peer = dial(self._dns_host.strip("[]"), self.port, self.source_address, _seconds(self.timeout))
        except RegistryError as error:
            if self.proxy:
                raise _proxy_unreachable(error, self.host, self.port) from error.__cause__
            raise
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def _within(self, action: Callable[[], HTTPResponse]) -> HTTPResponse:
        """Run `action` (read the header of an answer), breaking the connection when it takes too long."""
        limit = _seconds(self.timeout) * _HEADER_FACTOR
        expired = threading.Event()
        sock = self.sock

        def give_up() -> None:
            expired.set()
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

        guard = threading.Timer(limit, give_up)
        guard.daemon = True
        with contextlib.suppress(RuntimeError):  # no thread more: then each read has its own limit only
            guard.start()
        try:
            response = action()
        except Exception as error:
            if expired.is_set():
                raise _slow_header(limit) from as_cause(error, redact.patterns)
            raise
        finally:
            guard.cancel()
        # http.client takes a broken connection for the end of the header.
        if expired.is_set():
            response.close()
            raise _slow_header(limit)
        response.peer = self.peer  # type: ignore[attr-defined]
        return response


class PlainConnection(_Dialled, HTTPConnection):
    """http."""

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        """The header of the answer."""
        return self._within(super().getresponse)


class TLSConnection(_Dialled, HTTPSConnection):
    """https."""

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        """The header of the answer."""
        return self._within(super().getresponse)

    def connect(self) -> None:
        """Connect and shake hands.

        Raises:
            RegistryError: ``tls-…``, ``network-plain-http-expected`` when the server speaks plain
                http, or what `_new_conn` raises.
        """
        try:
            super().connect()
            self._remember()
        except ssl.SSLCertVerificationError as error:
            raise tls.refused(self._target, error, self._presented()) from as_cause(error)
        except (ssl.SSLError, ConnectionError, TimeoutError) as error:
            talked = isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError)
            answer = self._plain_answer()
            if answer is not None or (talked and self._answers_tls_in_http()):
                raise _speaks_plain_http(self._target, answer) from as_cause(error)
            if isinstance(error, ssl.SSLError) and talked:
                raise tls.failed(self._target, error) from as_cause(error)
            raise _handshake_broken(self._target, error) from as_cause(error)

    def _remember(self) -> None:
        """Keep what the handshake has shown."""
        if self.peer and isinstance(self.sock, ssl.SSLSocket):
            cipher = (self.sock.cipher() or ("",))[0]
            shown = self.sock.getpeercert(True)
            self.peer = replace(self.peer, tls=f"{self.sock.version()} {cipher}".strip(), certificate=shown)

    def _connect_tls_proxy(self, hostname: str, sock: socket.socket) -> ssl.SSLSocket:
        """The handshake with an https proxy; its failures are the proxy's, not the registry's."""
        try:
            return super()._connect_tls_proxy(hostname, sock)
        except (OSError, ssl.SSLError) as error:
            raise RegistryError(
                "network-proxy-tls", f"the TLS handshake with the proxy {hostname} failed", cause=str(error)
            ) from as_cause(error)

    @property
    def _target(self) -> str:
        return self._tunnel_host or self.host

    def _presented(self) -> dict[str, Any] | None:
        """The certificate that was refused, by a second handshake that accepts it and sends nothing."""
        assert self.ssl_context is not None
        with contextlib.suppress(OSError, RegistryError, ValueError), self._second_socket() as plain:
            context = tls.unverified(self.ssl_context)
            with context.wrap_socket(plain, server_hostname=self._target) as wrapped:
                return certificate.facts(wrapped.getpeercert(True) or b"")
        return None

    def _plain_answer(self) -> bytes | None:
        """What the server answers to a plain http request; None if that is no http."""
        answer = self._told(b"GET /v2/ HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % self._target.encode("idna"))
        # A server of TLS may answer this in plain text too, but only to say that it wants TLS.
        return answer if answer.startswith(b"HTTP/") and b" 400 " not in answer[:16] else None

    def _answers_tls_in_http(self) -> bool:
        """Whether the server answers the beginning of a handshake in http, taking it for a bad request.

        This tells plain http even where proper requests are left without an answer.
        """
        assert self.ssl_context is not None
        hello = ssl.MemoryBIO()
        with contextlib.suppress(ssl.SSLError, ValueError):
            tls.unverified(self.ssl_context).wrap_bio(ssl.MemoryBIO(), hello).do_handshake()
        return self._told(hello.read()).startswith(b"HTTP/")

    def _told(self, data: bytes) -> bytes:
        """The first bytes that the server answers to `data` on a fresh connection; b"" if none come soon."""
        with contextlib.suppress(OSError, RegistryError), self._second_socket() as plain:
            plain.settimeout(min(_seconds(self.timeout), _PROBE_TIMEOUT))
            plain.sendall(data)
            return bytes(plain.recv(400))
        return b""

    def _second_socket(self) -> socket.socket:
        """A fresh connection to the same server, through the proxy if there is one."""
        sock = self._new_conn()
        if self._tunnel_host:
            self.sock = sock
            self._tunnel()
        return sock


class _Exact:
    """Sends requests to the very `target` given; mixed into urllib3's pools."""

    def _make_request(self, conn: Any, *args: Any, target: str, **more: Any) -> Any:
        conn.target = target
        return super()._make_request(conn, *args, **more)  # type: ignore[misc]


class PlainPool(_Exact, HTTPConnectionPool):  # type: ignore[misc]
    """A pool of http connections to one host."""

    ConnectionCls = PlainConnection


class TLSPool(_Exact, HTTPSConnectionPool):  # type: ignore[misc]
    """A pool of https connections to one host."""

    ConnectionCls = TLSConnection

    def _validate_conn(self, conn: Any) -> None:
        """Connect now; unlike urllib3's, without a warning where verification was switched off on purpose."""
        if conn.is_closed:
            conn.connect()


def dial(host: str, port: int, source: tuple[str, int] | None, timeout: float) -> tuple[socket.socket, Peer]:
    """Connect to the first address of `host` that answers.

    Raises:
        RegistryError: ``network-dns…``, ``network-refused``, ``network-timeout``, ``network-unreachable``.
    """
    family = {ANY_IPV4: socket.AF_INET, ANY_IPV6: socket.AF_INET6}.get(source or ("", 0), socket.AF_UNSPEC)
    found = resolve.addresses(host, port, family, timeout)
    end = time.monotonic() + timeout
    failures: list[tuple[resolve.Address, OSError]] = []
    for index, address in enumerate(found):
        share = (end - time.monotonic()) / (len(found) - index)
        try:
            return _connect(address, max(share, _SHARE)), _peer(address)
        except OSError as error:
            if lack := translate(error):
                raise lack from as_cause(error)
            failures.append((address, error))
    raise _unreachable(host, port, timeout, failures) from (as_cause(failures[-1][1]) if failures else None)


def _connect(address: resolve.Address, timeout: float) -> socket.socket:
    sock = socket.socket(address[0], socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout)
        sock.connect(address[1])
    except BaseException:
        sock.close()
        raise
    return sock


def _peer(address: resolve.Address) -> Peer:
    host, port = address[1][:2]
    name = resolve.family_name(address[0])
    return Peer(f"[{host}]:{port}" if name == "IPv6" else f"{host}:{port}", name)


def _unreachable(
    host: str, port: int, timeout: float, failures: list[tuple[resolve.Address, OSError]]
) -> RegistryError:
    tried = [{"address": _peer(address).address, "error": str(error)} for address, error in failures]
    facts: dict[str, Any] = {"host": host, "port": port, "addresses": tried}
    if failures:
        last = _peer(failures[-1][0])
        facts["address"], facts["family"] = last.address, last.family
    errors = [error for _, error in failures]
    if any(isinstance(error, ConnectionRefusedError) for error in errors):
        return RegistryError("network-refused", f"{host} refused the connection on port {port}", **facts)
    if any(isinstance(error, TimeoutError) for error in errors):
        message = f"{host} did not answer on port {port} within {timeout:.0f} seconds"
        return RegistryError("network-timeout", message, timeout=round(timeout, 1), **facts)
    if any(error.errno in _UNREACHABLE for error in errors):
        return RegistryError("network-unreachable", f"there is no network route to {host}", **facts)
    return RegistryError("network-unreachable", f"no connection to {host} on port {port} could be made", **facts)


def _proxy_unreachable(error: RegistryError, host: str, port: int | None) -> RegistryError:
    facts = {**error.facts, "proxy_host": host, "proxy_port": port}
    if error.code.startswith("network-dns") or error.code == "network-no-family":
        return RegistryError("network-proxy-dns", f"the host name of the proxy, {host}, cannot be resolved", **facts)
    if error.code == "network-timeout":
        return RegistryError("network-proxy-timeout", f"the proxy {host}:{port} does not answer", **facts)
    return RegistryError("network-proxy-refused", f"no connection to the proxy {host}:{port} could be made", **facts)


def _speaks_plain_http(host: str, answer: bytes | None) -> RegistryError:
    facts: dict[str, Any] = {"host": host}
    if answer is not None:
        facts["plain_answer"] = answer.split(b"\r\n", 1)[0].decode("latin-1")
    message = f"{host} speaks plain HTTP on this port, not HTTPS (no TLS)"
    return RegistryError("network-plain-http-expected", message, **facts)


def _handshake_broken(host: str, error: BaseException) -> RegistryError:
    if isinstance(error, TimeoutError):
        return RegistryError(
            "network-no-answer", f"{host} accepted the connection but did not answer in TLS", host=host
        )
    return RegistryError(
        "tls-handshake", f"{host} closed the connection during the TLS handshake", host=host, cause=str(error)
    )


def _slow_header(limit: float) -> RegistryError:
    return RegistryError(
        "network-no-answer",
        f"the server did not complete the header of its answer within {limit:.0f} seconds",
        timeout=round(limit, 1),
    )


def _seconds(timeout: Any) -> float:
    """A urllib3 timeout as seconds; it is never unset here."""
    return float(timeout)

"""Connections as this room wants them: time limits that hold, and failures with evidence.

Subclasses of urllib3's connections that resolve names within a limit, try several addresses side by
side, tell the proxy from the host behind it, look at a certificate that was refused, and ask a server
that does not speak TLS whether it speaks plain http. They raise RegistryError themselves; urllib3 lets it
pass. Every wait is entered in `waits`.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import HTTPResponse

from sregistry.answers import facts
from sregistry.errors import RegistryError, as_cause
from sregistry.http import certificate, dialling, gate, redact, tls, tunnel, waits
from sregistry.http.dialling import Peer
from sregistry.http.gate import Place
from sregistry.http.waits import Wait, breaking

#: The header of an answer, and a handshake, may take this many timeouts in all, however slowly they drip.
_HEADER_FACTOR = 1.5
_PROBE_TIMEOUT = 2.0
#: So much of the header of an answer is read for its date.
_HEADER_READ = 4096
_USUAL = (80, 443)


class _Dialled:
    """What both kinds of connection share; mixed into urllib3's classes."""

    host: str
    port: int
    sock: Any
    timeout: Any
    proxy: Any
    source_address: tuple[str, int] | None
    _dns_host: str
    _tunnel_host: str | None
    peer: Peer | None = None
    target = ""
    closed: frozenset[Place] = frozenset()

    @property
    def _meant(self) -> str:
        """The host that is meant, whether or not a proxy leads to it."""
        return self._tunnel_host or self.host

    @property
    def _place(self) -> str:
        """The same for people, with its port where it has one of its own."""
        port = getattr(self, "_tunnel_port", None) or self.port
        return self._meant if port in _USUAL else f"{self._meant}:{port}"

    def putrequest(self, method: str, url: str, *args: Any, **more: Any) -> None:
        """Send `target` where urllib3, which knows of no path, sends the bare address."""
        super().putrequest(method, url.rstrip("/") + self.target, *args, **more)  # type: ignore[misc]

    def _new_conn(self) -> socket.socket:
        """Resolve and connect; raise RegistryError ``network-…`` (``network-proxy-…`` for a proxy)."""
        host, limit = self._dns_host.strip("[]"), _seconds(self.timeout)
        try:
            closed = frozenset[Place]() if self.proxy else self.closed
            sock, self.peer = dialling.dial(host, self.port, self.source_address, limit, closed)
        except RegistryError as error:
            if self.proxy:
                raise _proxy_unreachable(error, self.host, self.port) from error.__cause__
            raise
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def _tunnel(self) -> None:
        """Have the proxy connect to the host; unlike http.client's, with what the proxy answers as facts.

        Raises:
            RegistryError: ``network-proxy-…``.
        """
        proxy, limit = f"{self.host}:{self.port}", _seconds(self.timeout)
        with waits.current().during(
            f"the proxy {proxy} to connect to {self._place}", limit, breaking(self.sock)
        ) as wait:
            try:
                tunnel.establish(self)
            except TimeoutError as error:
                raise tunnel.silent(proxy, self._meant, wait) from as_cause(error)
            except Exception:
                if not wait.expired:
                    raise
        # http.client takes a broken connection for the end of the header.
        if wait.expired:
            raise tunnel.silent(proxy, self._meant, wait)

    def _within(self, action: Callable[[], HTTPResponse]) -> HTTPResponse:
        """Run `action` (read the header of an answer), breaking the connection when it takes too long."""
        limit = _seconds(self.timeout)
        forwarded = f" through the proxy {self.host}:{self.port}" if self.proxy and not self._tunnel_host else ""
        what = f"an answer{forwarded}" if forwarded else f"{self._place} to answer"
        with waits.current().during(what, limit * _HEADER_FACTOR, breaking(self.sock)) as wait:
            try:
                response = action()
            except Exception as error:
                if wait.expired:
                    raise _slow_header(wait) from as_cause(error, redact.patterns)
                raise
        # http.client takes a broken connection for the end of the header.
        if wait.expired:
            response.close()
            raise _slow_header(wait)
        response.peer = self.peer  # type: ignore[attr-defined]
        return response


class PlainConnection(_Dialled, HTTPConnection):
    """http."""

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        """The header of the answer."""
        return self._within(super().getresponse)


class TLSConnection(_Dialled, HTTPSConnection):
    """https."""

    _shaking: Wait | None = None

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
            self._shaking = None
            with contextlib.ExitStack() as self._handshake:
                super().connect()
            self._remember()
        except ssl.SSLCertVerificationError as error:
            raise tls.refused(self._meant, error, *self._presented(asked=tls.is_of_dates(error))) from as_cause(error)
        except (ssl.SSLError, ConnectionError, TimeoutError) as error:
            late = self._shaking is not None and self._shaking.expired
            talked = isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError) and not late
            answer = self._plain_answer()
            if answer is not None or (talked and self._answers_tls_in_http()):
                raise _speaks_plain_http(self._meant, answer) from as_cause(error)
            if isinstance(error, ssl.SSLError) and talked:
                raise tls.failed(self._meant, error) from as_cause(error)
            raise self._handshake_broken(error, late=late) from as_cause(error)

    def _new_conn(self) -> socket.socket:
        """As for http; where no proxy is in between, the handshake begins."""
        sock = super()._new_conn()
        if not self._tunnel_host:
            self._begin_handshake(sock)
        return sock

    def _tunnel(self) -> None:
        """As for http; the handshake with the host behind the proxy begins."""
        super()._tunnel()
        self._begin_handshake(self.sock)

    def _begin_handshake(self, sock: socket.socket) -> None:
        """From here on it is the handshake that is waited for; a second look at a failed one is not told."""
        if self._shaking is None:
            what = f"{self._place} to answer in TLS"
            self._shaking = waits.current().during(what, _seconds(self.timeout) * _HEADER_FACTOR, breaking(sock))
            self._handshake.enter_context(self._shaking)

    def _handshake_broken(self, error: BaseException, *, late: bool) -> RegistryError:
        if self._shaking is not None and (late or isinstance(error, TimeoutError)):
            message = f"{self._meant} accepted the connection but did not answer in TLS"
            waited = self._shaking.facts(waits.HANDSHAKE, "timeout_connect")
            return RegistryError("network-no-answer", message, host=self._meant, **waited)
        message = f"{self._meant} closed the connection during the TLS handshake"
        # An end in the middle has no other reason to tell.
        cause = None if isinstance(error, (ssl.SSLEOFError, ConnectionError)) else str(error)
        return RegistryError("tls-handshake", message, host=self._meant, cause=cause)

    def _remember(self) -> None:
        """Keep what the handshake has shown."""
        if self.peer and isinstance(self.sock, ssl.SSLSocket):
            cipher = (self.sock.cipher() or ("",))[0]
            shown = self.sock.getpeercert(True)
            self.peer = replace(self.peer, tls=f"{self.sock.version()} {cipher}".strip(), certificate=shown)

    def _connect_tls_proxy(self, hostname: str, sock: socket.socket) -> ssl.SSLSocket:
        """The handshake with an https proxy; its failures are the proxy's, not the registry's."""
        proxy, limit = f"{hostname}:{self.port}", _seconds(self.timeout)
        wait = waits.current().during(f"the proxy {proxy} to answer in TLS", limit * _HEADER_FACTOR, breaking(sock))
        try:
            with wait:
                return super()._connect_tls_proxy(hostname, sock)
        except (OSError, ssl.SSLError) as error:
            if wait.expired or isinstance(error, TimeoutError):
                raise tunnel.silent(proxy, self._meant, wait, waits.HANDSHAKE) from as_cause(error)
            raise RegistryError(
                "network-proxy-tls", f"the TLS handshake with the proxy {hostname} failed", cause=str(error)
            ) from as_cause(error)

    def _presented(self, *, asked: bool) -> tuple[dict[str, Any] | None, float | None]:
        """The certificate that was refused, and how far ahead of its server's clock this machine's is.

        By a second handshake, which accepts it. Where `asked`, a request without a login follows, for the ``Date`` of
        its answer: that tells a certificate that has expired from a clock that is wrong.
        """
        assert self.ssl_context is not None
        shown: dict[str, Any] | None = None
        with contextlib.suppress(OSError, RegistryError, ValueError), self._second_socket() as plain:
            plain.settimeout(min(_seconds(self.timeout), _PROBE_TIMEOUT))
            context = tls.unverified(self.ssl_context)
            with context.wrap_socket(plain, server_hostname=self._meant) as wrapped:
                shown = certificate.facts(wrapped.getpeercert(True) or b"")
                if not asked:
                    return shown, None
                wrapped.sendall(
                    b"HEAD /v2/ HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % self._meant.encode("idna")
                )
                return shown, _skew(bytes(wrapped.recv(_HEADER_READ)))
        return shown, None

    def _plain_answer(self) -> bytes | None:
        """What the server answers to a plain http request; None if that is no http."""
        answer = self._told(b"GET /v2/ HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % self._meant.encode("idna"))
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
    """Sends requests to the very `target` given, and to no host in a `closed` place; mixed into urllib3's pools."""

    def _make_request(self, conn: Any, *args: Any, target: str, closed: frozenset[Place], **more: Any) -> Any:
        conn.target, conn.closed = target, closed
        if not conn.is_closed and not conn.proxy and conn.peer and conn.peer.place in closed:
            raise gate.refused(conn.host, conn.peer.place, address=conn.peer.address)
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


def _proxy_unreachable(error: RegistryError, host: str, port: int | None) -> RegistryError:
    facts = {**error.facts, "peer": "proxy", "proxy_host": host, "proxy_port": port}
    if error.code.startswith("network-dns") or error.code == "network-no-family":
        return RegistryError("network-proxy-dns", f"the host name of the proxy, {host}, cannot be resolved", **facts)
    if error.code == "network-timeout":
        return RegistryError("network-proxy-timeout", f"the proxy {host}:{port} does not answer", **facts)
    return RegistryError("network-proxy-refused", f"no connection to the proxy {host}:{port} could be made", **facts)


def _skew(answer: bytes) -> float | None:
    """How far this machine's clock is ahead, by the ``Date`` of an answer; None without one."""
    lines = answer.decode("latin-1").split("\r\n")
    fields = dict(line.lower().partition(":")[::2] for line in lines[1:])
    return facts.clock_skew({name.strip(): value.strip() for name, value in fields.items()})


def _speaks_plain_http(host: str, answer: bytes | None) -> RegistryError:
    facts: dict[str, Any] = {"host": host}
    if answer is not None:
        facts["plain_answer"] = answer.split(b"\r\n", 1)[0].decode("latin-1")
    message = f"{host} speaks plain HTTP on this port, not HTTPS (no TLS)"
    return RegistryError("network-plain-http-expected", message, **facts)


def _slow_header(wait: Wait) -> RegistryError:
    return RegistryError(
        "network-no-answer",
        f"the server did not complete the header of its answer within {wait.seconds:.0f} seconds",
        **wait.facts(waits.ANSWER, "timeout_read"),
    )


def _seconds(timeout: Any) -> float:
    """A urllib3 timeout as seconds; it is never unset here."""
    return float(timeout)

"""One request, one answer: the only place that speaks HTTP.

`Transport.send` follows no redirect, keeps no cookie, reads no netrc and repeats nothing; that is
for the rooms above, which know what may be repeated and to whom a secret may be sent. Failures of
the network and of TLS come out as RegistryError ``network-…`` and ``tls-…``, also while a body is
being read.
"""

from __future__ import annotations

import contextlib
import threading
import time
import weakref
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.util import Timeout, make_headers

from sregistry.answers import facts
from sregistry.errors import RegistryError, SregistryError
from sregistry.http import addresses, border, certs_d, connections, dialling, gate, proxies, redact, tls, waits
from sregistry.http.options import IPV4, IPV6, Options
from sregistry.http.outgoing import Chunk, Outgoing, OutgoingStream
from sregistry.http.waits import BODY

_SOURCES = {IPV4: dialling.ANY_IPV4, IPV6: dialling.ANY_IPV6}
#: What is kept of a document for `Exchange.body`.
_BODY_SHOWN = 16 << 10
#: Bytes a second of a document that are worth waiting for, however large it is.
SENSIBLE = 10_000
#: A read may take this many timeouts, where what comes are only the parts of one chunk's header.
_DRIP = 1.5
#: Seconds that a request gets even at its deadline: a shorter silence proves nothing about the server.
_LEAST = 1.0


Body = bytes | Outgoing | Chunk | OutgoingStream


@dataclass(frozen=True, slots=True)
class Request:
    """What to send.

    Attributes:
        deadline: ``time.monotonic`` at which the header of the answer must be here; None for no limit
            beyond the timeouts.
        secret_answer: the answer's body is a secret (a token): it is never shown.
        accept: media types, each in a header field of its own.
        closed: where the host must not be, as the address comes from a server that is not there itself.
        working: seconds that the server may need for its answer beyond the usual: it has much to do.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body | None = None
    deadline: float | None = None
    secret_answer: bool = False
    accept: tuple[str, ...] = ()
    closed: frozenset[gate.Place] = frozenset()
    working: float = 0.0


@dataclass(slots=True)
class Exchange:
    """One request and its answer as ``--debug`` shows it; every secret has been removed."""

    method: str
    url: str
    request_headers: dict[str, str]
    status: int | None = None
    response_headers: dict[str, str] = field(default_factory=dict)
    address: str | None = None
    proxy: str | None = None
    seconds: float = 0.0
    received: int = 0
    error: str | None = None
    body: str | None = None


OnExchange = Callable[[Exchange], None]


class Response:
    """An answer whose body is read as it comes; close it (or use it as a context manager).

    Attributes:
        status: HTTP status.
        headers: header fields, names in any case.
        request: what was sent.
        redirects: hosts we were sent on to before this answer (filled in by `redirects`).
        first_host: the host asked first.
        peer: the address that answered, and what TLS has shown of it.
    """

    def __init__(
        self,
        request: Request,
        raw: urllib3.BaseHTTPResponse,
        exchange: Exchange,
        known: dict[str, Any],
        limit: _Limit,
        done: OnExchange,
    ) -> None:
        self.request = request
        self.status: int = raw.status
        self.headers: Mapping[str, str] = raw.headers
        self.redirects: list[str] = []
        self.first_host: str = self.host
        self.peer: dialling.Peer | None = None
        self._raw = raw
        self._timeout, self._setting = limit.read, limit.setting
        self._exchange = exchange
        self._known = known
        self._done: OnExchange | None = done
        self._began = time.monotonic() - exchange.seconds

    def challenges(self) -> list[str]:
        """The values of ``WWW-Authenticate``."""
        values: list[str] = self._raw.headers.getlist("www-authenticate")
        return values

    @property
    def place(self) -> gate.Place:
        """Where the server is that gave this answer; behind a proxy that is known by its name only."""
        if self.peer and "proxy" not in self._known:
            return self.peer.place
        return gate.place(addresses.read(self.request.url).host)

    @property
    def length(self) -> int | None:
        """``Content-Length``; None if absent or unreadable."""
        text = self.headers.get("content-length", "")
        return int(text) if text.isascii() and text.isdigit() else None

    @property
    def host(self) -> str:
        """The host that gave this answer."""
        return addresses.host_of(self.request.url)

    def facts(self) -> dict[str, Any]:
        """Request, address and header fields as facts."""
        redirected = {"redirects": self.redirects} if self.redirects else {}
        return {**self._known, "status": self.status, **facts.of_headers(self.headers), **redirected}

    def read(self, size: int, *, told: bool = True) -> bytes:
        """Up to `size` bytes as soon as any are there; b"" at the end. Content-Encoding is not undone.

        A long silence is told where `told` is set.

        Raises:
            RegistryError: ``network-stalled``, ``network-truncated`` or ``network-reset``.
        """
        try:
            data = self._receive(size, told)
        except SregistryError as error:
            if error.facts.get("waited_for"):
                error.facts.setdefault("setting", self._setting)
            self._finish(error)
            error.with_facts(**self.facts())
            raise
        self._exchange.received += len(data)
        return data

    def _receive(self, size: int, told: bool) -> bytes:
        limit = self._timeout * _DRIP
        with waits.current().during(f"{self.host} to go on sending" if told else "", limit, self.abort) as wait:
            try:
                with border.reading(self.host, self._timeout):
                    data: bytes = self._raw.read1(size, decode_content=False) or b""
            except RegistryError as error:
                if wait.expired:
                    raise border.stalled(self.host, wait.seconds) from error.__cause__
                raise
        if wait.expired:
            raise border.stalled(self.host, wait.seconds)
        return data

    def document(self, limit: int, seconds: float) -> bytes:
        """The whole body, with gzip and deflate undone; closes the answer.

        Args:
            limit: bytes at most.
            seconds: for all of it, unless it comes at a sensible speed.

        Raises:
            RegistryError: ``registry-answer-too-large``, ``network-stalled``, and those of `read`.
        """
        with self, waits.current().during(f"{self.host} to send all of its answer"):
            if (self.length or 0) > limit:
                raise self._too_large(limit)
            began = time.monotonic()
            pieces: list[bytes] = []
            size = 0
            while data := self.read(1 << 16, told=False):
                pieces.append(data)
                size += len(data)
                if size > limit:
                    raise self._too_large(limit)
                took = time.monotonic() - began
                if took > seconds and size < SENSIBLE * took:
                    raise self._too_slow(size, took)
            body = self._decoded(b"".join(pieces), limit)
            if len(body) > limit:
                raise self._too_large(limit)
            self._show(body)
            return body

    def beginning(self, limit: int, seconds: float) -> bytes:
        """What comes of the body within the limits; for error bodies, whose end says little. Closes the answer."""
        body = b""
        with self:
            with contextlib.suppress(RegistryError), waits.current().during("", seconds, self.abort) as wait:
                while len(body) < limit and not wait.expired and (data := self.read(limit - len(body), told=False)):
                    body += data
            body = self._decoded(body, limit)[:limit]
            self._show(body)
        return body

    def _show(self, body: bytes) -> None:
        """Keep a body for the account of this exchange."""
        if not self.request.secret_answer:
            self._exchange.body = body[: 2 * _BODY_SHOWN].decode("utf-8", "replace")

    def _decoded(self, body: bytes, limit: int) -> bytes:
        """`body` without its Content-Encoding; at most one byte more than `limit`."""
        if self.headers.get("content-encoding", "").lower() not in {"gzip", "x-gzip", "deflate"}:
            return body
        try:
            return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(body, limit + 1)
        except zlib.error:
            return body

    def _too_slow(self, size: int, took: float) -> RegistryError:
        message = f"{self.host} sends too slowly: {size} bytes in {took:.0f} seconds"
        waited: dict[str, Any] = {"waited_for": BODY, "timeout": round(took, 1), "setting": "timeout_document"}
        return RegistryError("network-stalled", message, actual_size=size, **waited, **self.facts())

    def _too_large(self, limit: int) -> RegistryError:
        return RegistryError(
            "registry-answer-too-large",
            f"{self.host} announces or sends more than the {limit} bytes allowed for this answer",
            limit=limit,
            actual_size=self.length,
            **self.facts(),
        )

    def close(self) -> None:
        """Give the connection back, or break it if the body was not read to its end."""
        self._finish(None)

    def abort(self) -> None:
        """End a read that another thread waits in; what it gets is a connection that was closed."""
        with contextlib.suppress(OSError, ValueError, RuntimeError):  # it has been read to its end
            self._raw.shutdown()

    def _finish(self, error: SregistryError | None) -> None:
        if self._done is None:
            return
        done, self._done = self._done, None
        self._raw.release_conn() if self._raw.closed else self._raw.close()
        self._exchange.seconds = time.monotonic() - self._began
        self._exchange.error = str(error) if error else None
        done(self._exchange)

    def __enter__(self) -> Response:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Transport:
    """Sends requests; thread-safe; keeps connections open for reuse.

    Args:
        options: timeouts, certificates, proxies.
        scrubber: takes secrets out of what `on_exchange` is told.
        insecure: certificates of these hosts are not verified, whatever `options` says.
        on_exchange: told of every exchange once it is over.
    """

    def __init__(
        self,
        options: Options,
        scrubber: redact.Scrubber,
        *,
        insecure: bool = False,
        on_exchange: OnExchange | None = None,
    ) -> None:
        self._options = options
        self.scrubber = scrubber
        self._verify = options.tls_verify and not insecure
        self._on_exchange = on_exchange
        self._routes: dict[str, _Route] = {}
        self._open: weakref.WeakSet[Response] = weakref.WeakSet()
        self._lock = threading.Lock()

    def send(self, request: Request) -> Response:
        """Send `request` and return the answer once its header is here.

        Raises:
            RegistryError: ``network-…`` or ``tls-…``, with the facts of the request.
        """
        if self._options.offline:
            host = addresses.host_of(request.url)
            raise RegistryError("network-offline", f"{host} is not asked: no registry is", retryable=False, host=host)
        shown = {**request.headers, **({"accept": ", ".join(request.accept)} if request.accept else {})}
        exchange = Exchange(request.method, redact.url(request.url), redact.headers(shown))
        host = addresses.host_of(request.url)
        known: dict[str, Any] = {"method": request.method, "url": exchange.url, "host": host}
        began = time.monotonic()
        try:
            route = self._route(request.url)
            known |= route.facts
            exchange.proxy = route.facts.get("proxy")
            limit = self._limit(request)
            with waits.until(request.deadline and request.deadline + request.working):
                raw = self._exchange(request, route, limit)
        except SregistryError as error:
            if error.facts.get("waited_for"):
                error.facts.setdefault("setting", self._limit(request).setting)
            exchange.seconds = time.monotonic() - began
            exchange.error = str(error)
            self._account(exchange)
            error.with_facts(**known)
            raise
        exchange.seconds = time.monotonic() - began
        exchange.status = raw.status
        exchange.response_headers = redact.headers(raw.headers) if self._on_exchange else {}
        return self._response(request, raw, exchange, known, limit)

    def _response(
        self, request: Request, raw: urllib3.BaseHTTPResponse, exchange: Exchange, known: dict[str, Any], limit: _Limit
    ) -> Response:
        """The answer, whose body is still to be read."""
        peer: dialling.Peer | None = getattr(raw, "peer", None)
        if peer:
            known["address"], known["family"] = peer.address, peer.family
            exchange.address = peer.address
        response = Response(request, raw, exchange, known, limit, self._account)
        response.peer = peer
        with self._lock:
            self._open.add(response)
        return response

    def close(self) -> None:
        """Close all connections, also those that other threads read from."""
        with self._lock:
            routes, self._routes = self._routes, {}
            unread = list(self._open)
        for response in unread:
            response.abort()
        for route in routes.values():
            route.manager.clear()

    def _limit(self, request: Request) -> _Limit:
        """As configured, or what is left until the deadline."""
        times, deadline = self._options.timeouts, request.deadline
        left = times.connect + times.read if deadline is None else max(_LEAST, deadline - time.monotonic())
        setting = "timeout_read" if left >= times.read else "patience"
        return _Limit(min(times.connect, left), min(times.read, left) + request.working, setting)

    def _exchange(self, request: Request, route: _Route, limit: _Limit) -> urllib3.BaseHTTPResponse:
        sent = urllib3.HTTPHeaderDict(
            {"user-agent": self._options.user_agent, "accept-encoding": "identity", **request.headers}
        )
        for media_type in request.accept:
            sent.add("accept", media_type)
        if request.body is not None:
            sent["content-length"] = str(len(request.body))
        with border.opening(addresses.host_of(request.url), limit.read, route.forwarding):
            address = addresses.read(request.url)
            return route.manager.urlopen(
                request.method,
                address.base + "/",
                target=address.target,  # urllib3 would write it anew, and log it
                closed=request.closed,
                body=request.body,
                headers=sent,
                timeout=Timeout(connect=limit.connect, read=limit.read),
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )

    def _route(self, url: str) -> _Route:
        """The way to the host of `url`: proxy, trust, and the pool of its connections."""
        with border.opening(addresses.host_of(url), 0):
            address = addresses.read(url)
        with self._lock:
            if address.base not in self._routes:
                self._routes[address.base] = self._make_route(address.base, address.scheme, address.authority)
            return self._routes[address.base]

    def _make_route(self, url: str, scheme: str, host: str) -> _Route:
        proxy = proxies.for_url(self._options, url)
        known: dict[str, Any] = {}
        settings: dict[str, Any] = {
            "num_pools": 2,
            "maxsize": self._options.limits.connections,
            "source_address": _SOURCES.get(self._options.family),
        }
        if scheme == "https":
            trusted = self._trust(host)
            settings["ssl_context"] = trusted.context
            known["ca_source"] = trusted.ca_source
        if proxy is None:
            return _Route(_pools(urllib3.PoolManager(**settings)), known)
        known |= {"proxy": proxy.display, "proxy_source": proxy.source}
        login = unquote(urlsplit(proxy.url).netloc.rpartition("@")[0])
        user, _, password = login.partition(":")
        self.scrubber.add_url(proxy.url)
        if user and password:
            known["proxy_user"] = user
        with border.opening(host, 0):
            secret = make_headers(proxy_basic_auth=login) if login else None
            manager = urllib3.ProxyManager(proxy.display, proxy_headers=secret, **settings)
            return _Route(_pools(manager), known, proxy.display if scheme == "http" else None)

    def _trust(self, host: str) -> tls.Trust:
        files = certs_d.find(self._options, host)
        extra = [self._options.cacert] if self._options.cacert else []
        return tls.trust(
            verify=self._verify,
            environ=self._options.environ,
            extra=[*extra, *files.ca],
            client=[files.client] if files.client else [],
        )

    def _shown(self, headers: dict[str, str]) -> dict[str, str]:
        return {self.scrubber.text(name): self.scrubber.text(value) for name, value in headers.items()}

    def _account(self, exchange: Exchange) -> None:
        if self._on_exchange is not None:
            exchange.body = exchange.body and self.scrubber.head(exchange.body, _BODY_SHOWN)
            exchange.error = exchange.error and self.scrubber.text(exchange.error)
            exchange.request_headers = self._shown(exchange.request_headers)
            exchange.response_headers = self._shown(exchange.response_headers)
            exchange.url = self.scrubber.text(exchange.url)
            self._on_exchange(exchange)


@dataclass(frozen=True, slots=True)
class _Limit:
    """Seconds for connecting and for each read; the setting that gives the latter."""

    connect: float
    read: float
    setting: str


@dataclass(frozen=True, slots=True)
class _Route:
    """How a host is reached; `forwarding` is the proxy that passes requests on without a tunnel."""

    manager: urllib3.PoolManager
    facts: dict[str, Any]
    forwarding: str | None = None


def _pools(manager: urllib3.PoolManager) -> urllib3.PoolManager:
    manager.pool_classes_by_scheme = {"http": connections.PlainPool, "https": connections.TLSPool}
    return manager

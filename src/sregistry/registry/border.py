"""The border to urllib3, http.client, ssl and sockets: their exceptions become ours, here only.

Used around opening an exchange and around every read of a body. A foreign exception stays reachable as
the cause, without what may not be shown (`errors.as_cause`); its text is kept, redacted, in the fact ``cause``.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import ssl
from collections.abc import Iterator
from typing import Any

import urllib3.exceptions as foreign

from sregistry.errors import as_cause
from sregistry.registry import redact, tls
from sregistry.registry.errors import RegistryError
from sregistry.resources.errors import translate
from sregistry.scrubbing import PROCESS

#: Characters of another library's words.
_SHOWN = 300
_LOOKED_AT = 8 << 10
_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3}) ?([^'\")]*)")
_TLS_ALERT = re.compile(r"^['\"]?(\\x15\\x03|\x15\x03)")


@contextlib.contextmanager
def opening(host: str, timeout: float) -> Iterator[None]:
    """Map what goes wrong from connecting up to the end of the answer's header."""
    try:
        yield
    except FOREIGN as error:
        root = _root(error)
        if lack := translate(error):
            raise lack from as_cause(root, redact.patterns)
        raise _opening_failed(root, host, timeout) from as_cause(root, redact.patterns)


@contextlib.contextmanager
def reading(host: str, timeout: float) -> Iterator[None]:
    """Map what goes wrong while the body is read."""
    try:
        yield
    except FOREIGN as error:
        root = _root(error)
        if lack := translate(error):
            raise lack from as_cause(root, redact.patterns)
        raise _reading_failed(root, host, timeout) from as_cause(root, redact.patterns)


FOREIGN = (foreign.HTTPError, http.client.HTTPException, OSError, ValueError, AttributeError)


def _root(error: BaseException) -> BaseException:
    """The exception inside urllib3's wrappers."""
    for _ in range(5):
        inner = [arg for arg in error.args if isinstance(arg, BaseException)]
        if isinstance(error, foreign.MaxRetryError) and error.reason is not None:
            error = error.reason
        elif isinstance(error, foreign.ProxyError):
            return error
        elif inner and isinstance(error, foreign.HTTPError):
            error = inner[-1]
        else:
            break
    return error


def _opening_failed(error: BaseException, host: str, timeout: float) -> RegistryError:
    cause = _cause(error)
    tunnel = _TUNNEL.search(str(error)[:_LOOKED_AT])
    if tunnel:
        return _proxy_refused(host, int(tunnel[1]), tunnel[2])
    if isinstance(error, foreign.ProxyError):
        return RegistryError("network-proxy-failed", f"the proxy gave no connection to {host}", cause=cause)
    if isinstance(error, (foreign.TimeoutError, TimeoutError)):
        return RegistryError(
            "network-no-answer",
            f"{host} accepted the connection but did not answer within {timeout:.0f} seconds",
            timeout=round(timeout, 1),
        )
    if isinstance(error, (http.client.BadStatusLine, foreign.ProtocolError)) and _TLS_ALERT.search(_line(error)):
        return RegistryError("network-tls-expected", f"{host} speaks HTTPS on this port, not plain HTTP", cause=cause)
    if isinstance(error, (ConnectionError, http.client.RemoteDisconnected)):
        return RegistryError("network-reset", f"{host} closed the connection without an answer", cause=cause)
    if isinstance(error, ssl.SSLError):
        return tls.failed(host, error)
    if isinstance(error, foreign.InvalidHeader):
        message = f"the header of the answer of {host} contradicts itself"
        return RegistryError("network-protocol", message, cause=cause, reason=_short(str(error)))
    if isinstance(error, http.client.HTTPException):
        return RegistryError("network-protocol", f"what {host} answered is not HTTP", cause=cause)
    if isinstance(error, (foreign.LocationParseError, ValueError)):
        return RegistryError("network-request-invalid", f"no request to {host} can be made of this", cause=cause)
    return RegistryError("network-reset", f"the connection to {host} failed", cause=cause)


def _reading_failed(error: BaseException, host: str, timeout: float) -> RegistryError:
    cause = _cause(error)
    if isinstance(error, (foreign.TimeoutError, TimeoutError)):
        message = f"{host} stopped sending: nothing came for {timeout:.0f} seconds"
        return RegistryError("network-stalled", message, timeout=round(timeout, 1))
    if isinstance(error, (http.client.IncompleteRead, foreign.IncompleteRead)):
        return RegistryError("network-truncated", f"{host} closed the connection before the end", cause=cause)
    if isinstance(error, (foreign.ProtocolError, http.client.HTTPException, ValueError)):
        return RegistryError("network-truncated", f"the answer of {host} broke off", cause=cause)
    return RegistryError("network-reset", f"the connection to {host} broke while it was sending", cause=cause)


def _proxy_refused(host: str, status: int, reason: str) -> RegistryError:
    facts: dict[str, Any] = {"host": host, "proxy_status": status, "proxy_reason": _short(reason)}
    if status == http.client.PROXY_AUTHENTICATION_REQUIRED:
        return RegistryError("network-proxy-auth", "the proxy wants a user name and password", **facts)
    if status in {http.client.FORBIDDEN, http.client.METHOD_NOT_ALLOWED, http.client.UNAUTHORIZED}:
        return RegistryError("network-proxy-denied", f"the proxy does not allow connections to {host}", **facts)
    return RegistryError("network-proxy-failed", f"the proxy could not connect to {host}", **facts)


def _line(error: BaseException) -> str:
    return str(getattr(error, "line", None) or error)


def _cause(error: BaseException) -> str:
    return _short(redact.patterns(f"{type(error).__name__}: {str(error)[:_LOOKED_AT]}"))


def _short(text: str) -> str:
    return PROCESS.head(text, _SHOWN)

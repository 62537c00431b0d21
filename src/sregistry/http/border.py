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

import urllib3.exceptions as foreign

from sregistry.codes import every
from sregistry.errors import RegistryError, as_cause
from sregistry.http import redact, tls
from sregistry.http.waits import ANSWER, BODY
from sregistry.resources.errors import translate
from sregistry.scrubbing import PROCESS

#: Characters of another library's words.
_SHOWN = 300
_LOOKED_AT = 8 << 10
# A connection may take the last file that can be open, which an import would need: all declarations are read before.
every()

_TLS_ALERT = re.compile(r"^['\"]?(\\x15\\x03|\x15\x03)")


@contextlib.contextmanager
def opening(host: str, timeout: float, proxy: str | None = None) -> Iterator[None]:
    """Map what goes wrong from connecting up to the end of the answer's header.

    `proxy` is the one that passes requests on: what it was connected to, and whether at all, is not known.
    """
    try:
        yield
    except FOREIGN as error:
        root = _root(error)
        if lack := translate(error):
            raise lack from as_cause(root, redact.patterns)
        peer = {"peer": "proxy" if proxy else "host"}
        failure = _opening_failed(root, host, timeout, proxy).with_facts(**peer)
        raise failure from as_cause(root, redact.patterns)


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


def _opening_failed(error: BaseException, host: str, timeout: float, proxy: str | None) -> RegistryError:
    cause = _cause(error)
    if isinstance(error, foreign.ProxyError):
        return RegistryError("network-proxy-failed", f"the proxy gave no connection to {host}", cause=cause)
    if isinstance(error, (foreign.TimeoutError, TimeoutError)):
        return _no_answer(host, timeout, proxy)
    if isinstance(error, (http.client.BadStatusLine, foreign.ProtocolError)) and _TLS_ALERT.search(_line(error)):
        return RegistryError("network-tls-expected", f"{host} speaks HTTPS on this port, not plain HTTP", cause=cause)
    if isinstance(error, (ConnectionError, http.client.RemoteDisconnected)):
        whose = f"the proxy {proxy} closed the connection without an answer of {host}"
        message = whose if proxy else f"{host} closed the connection without an answer"
        return RegistryError("network-reset", message, cause=cause)
    if isinstance(error, ssl.SSLError):
        return tls.failed(host, error)
    if isinstance(error, foreign.InvalidHeader):
        message = f"the header of the answer of {host} contradicts itself"
        return RegistryError("network-protocol", message, cause=cause, reason=_short(str(error)))
    if isinstance(error, http.client.HTTPException):
        return _not_http(error, host, cause)
    if isinstance(error, (foreign.LocationParseError, ValueError)):
        return RegistryError("network-request-invalid", f"no request to {host} can be made of this", cause=cause)
    return RegistryError("network-reset", f"the connection to {host} failed", cause=cause)


def _reading_failed(error: BaseException, host: str, timeout: float) -> RegistryError:
    cause = _cause(error)
    if isinstance(error, (foreign.TimeoutError, TimeoutError)):
        return stalled(host, timeout)
    if isinstance(error, (http.client.IncompleteRead, foreign.IncompleteRead)):
        return RegistryError("network-truncated", f"{host} closed the connection before the end", cause=cause)
    if isinstance(error, (foreign.ProtocolError, http.client.HTTPException, ValueError)):
        return RegistryError("network-truncated", f"the answer of {host} broke off", cause=cause)
    return RegistryError("network-reset", f"the connection to {host} broke while it was sending", cause=cause)


def _no_answer(host: str, timeout: float, proxy: str | None) -> RegistryError:
    message = (
        f"no answer of {host} came through the proxy {proxy} within {timeout:.0f} seconds"
        if proxy
        else f"{host} accepted the connection but did not answer within {timeout:.0f} seconds"
    )
    return RegistryError("network-no-answer", message, waited_for=ANSWER, timeout=round(timeout, 1))


def stalled(host: str, timeout: float) -> RegistryError:
    """The error for an answer that has begun and does not go on."""
    message = f"{host} stopped sending: nothing came for {timeout:.0f} seconds"
    return RegistryError("network-stalled", message, waited_for=BODY, timeout=round(timeout, 1), silent=True)


def _not_http(error: http.client.HTTPException, host: str, cause: str) -> RegistryError:
    """An answer that cannot be read; http.client has limits for lines and for the number of headers."""
    if isinstance(error, http.client.LineTooLong) or type(error) is http.client.HTTPException:
        message = f"the header of the answer of {host} is larger than can be read"
        return RegistryError("network-protocol", message, fault="header-too-large", reason=_short(str(error)))
    shown = redact.patterns(_line(error)[:200]).strip().strip("'\"")
    return RegistryError("network-protocol", f"what {host} answered is not HTTP", cause=cause, plain_answer=shown)


def _line(error: BaseException) -> str:
    return str(getattr(error, "line", None) or error)


def _cause(error: BaseException) -> str:
    return _short(redact.patterns(f"{type(error).__name__}: {str(error)[:_LOOKED_AT]}"))


def _short(text: str) -> str:
    return PROCESS.head(text, _SHOWN)

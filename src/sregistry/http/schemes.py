"""https or http: which of them a host is spoken to in, found out by the first answers and then kept to.

By default https alone; http too where it is asked for (``--plain-http``, ``insecure`` in registries.conf) or
where common tools speak it unasked (a loopback address). Whoever asks for http and meets TLS gets TLS.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from sregistry.errors import RegistryError
from sregistry.http import resolve

T = TypeVar("T")

#: Codes that show that the other one is spoken.
_WRONG = frozenset({"network-plain-http-expected", "network-tls-expected"})
#: Codes that leave it open: nobody at the default port of the one may be somebody at that of the other.
_NOBODY = frozenset({"network-refused", "network-reset", "network-timeout"})


class Schemes:
    """The schemes to try with one host, the present one first; thread-safe, as each step leaves a usable state.

    Args:
        host: host[:port].
        plain_http: True asks for http, False forbids it, None does neither.
        insecure: http is allowed where https is not spoken.
    """

    def __init__(self, host: str, plain_http: bool | None, *, insecure: bool) -> None:
        self._host = urlsplit(f"//{host}")
        loopback = resolve.is_loopback(self._host.hostname or "")
        either = ("https", "http") if insecure or loopback else ("https",)
        self._asked_for_plain = plain_http is True
        self._left: tuple[str, ...] = {None: either, True: ("http", "https"), False: ("https",)}[plain_http]

    @property
    def current(self) -> str:
        """``https`` or ``http``."""
        return self._left[0]

    @property
    def in_tls_after_all(self) -> bool:
        """Whether http was asked for, and the host speaks https."""
        return self._asked_for_plain and self._left == ("https",)

    def settle(self) -> None:
        """The host has answered in the present one, so that nothing that fails later is blamed on it."""
        self._left = self._left[:1]

    def attempt(self, action: Callable[[], T]) -> T:
        """What `action` returns in one of the schemes; it raises what the most telling one has raised."""
        tried = self._left
        try:
            return action()
        except RegistryError as error:
            if not self._may_speak_other(error, tried[0]):
                raise
            # Another thread may have found out meanwhile.
            if self.current == tried[0]:
                if len(self._left) == 1:
                    raise
                if error.code not in _WRONG:
                    return self._instead(action, tried, error)
                self._left = tried[1:]
        return action()

    def _instead(self, action: Callable[[], T], tried: tuple[str, ...], failure: RegistryError) -> T:
        """`action` in the other scheme, on the mere chance; unless that helps, `failure` is what counts."""
        self._left = (*tried[1:], tried[0])
        try:
            return action()
        except RegistryError as error:
            if "status" in error.facts:
                raise
            # Who is asked in TLS and answers in http speaks http, though it has failed to just now.
            self._left = tried[:1] if error.code in _WRONG else tried
            raise failure from failure.__cause__

    def _may_speak_other(self, error: RegistryError, tried: str) -> bool:
        if error.facts.get("redirects") or error.facts.get("purpose") == "token":
            return False
        if urlsplit(f"//{error.facts.get('host', '')}").hostname not in (self._host.hostname, None):
            return False
        no_answer = error.code in _NOBODY and self._host.port is None
        return error.code in _WRONG or no_answer or (error.code == "network-reset" and tried == "http")

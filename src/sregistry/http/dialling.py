"""Connecting to a host: its addresses are tried side by side, each with a head start over the next.

An address that gives no answer then costs a quarter of a second, and not the time of all. Source: RFC 8305
("Happy Eyeballs"), sections 4 and 5.
"""

from __future__ import annotations

import errno
import os
import selectors
import socket
import time
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import Any

from sregistry.errors import RegistryError, as_cause
from sregistry.http import gate, resolve, waits
from sregistry.http.gate import Place
from sregistry.http.resolve import Address
from sregistry.resources.errors import translate

#: Binding to one of these chooses the address family; urllib3 has no other way to hand it down.
ANY_IPV4, ANY_IPV6 = ("0.0.0.0", 0), ("::", 0)  # noqa: S104
_HEAD_START = 0.25
#: How often it is looked whether the command is to end, in seconds.
_LOOK = 0.1
_UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}


@dataclass(frozen=True, slots=True)
class Peer:
    """Whom a connection leads to.

    Attributes:
        address: ``address:port``, of the proxy where there is one.
        family: ``IPv4`` or ``IPv6``.
        tls: version and cipher; None for http.
        certificate: of the server, in DER; None for http.
        place: where the address is.
    """

    address: str
    family: str
    tls: str | None = None
    certificate: bytes | None = None
    place: Place = Place.ELSEWHERE


def dial(
    host: str,
    port: int,
    source: tuple[str, int] | None,
    timeout: float,
    closed: frozenset[Place] = frozenset(),
) -> tuple[socket.socket, Peer]:
    """Connect to the first address of `host` that answers.

    Args:
        host: a name, or an address without brackets.
        port: of the host.
        source: `ANY_IPV4` or `ANY_IPV6` for that family only.
        timeout: seconds for the name, and again for the connection.
        closed: addresses in these places are not tried.

    Raises:
        RegistryError: ``network-dns…``, ``network-refused``, ``network-timeout``, ``network-unreachable``,
            ``registry-local-address``.
        SregistryError: this machine has no socket left.
    """
    family = {ANY_IPV4: socket.AF_INET, ANY_IPV6: socket.AF_INET6}.get(source or ("", 0), socket.AF_UNSPEC)
    found = _open(host, resolve.addresses(host, port, family, timeout), closed)
    with waits.current().during(f"a connection to {host} on port {port}", timeout) as wait:
        assert wait.ends is not None
        race = _Race(_alternating(found), wait.ends)
        won = race.run()
        if won is None:
            failure = _unreachable(host, port, race.failures, wait.facts(waits.CONNECTION, "timeout_connect"))
            raise failure from (as_cause(race.failures[-1][1]) if race.failures else None)
    sock, address = won
    sock.settimeout(timeout)
    return sock, replace(_peer(address), place=_place(sock, address))


def _open(host: str, found: list[Address], closed: frozenset[Place]) -> list[Address]:
    """The addresses in places that are not closed; a name may mean this machine without looking like it."""
    kept = [address for address in found if gate.place(address[1][0]) not in closed]
    if found and not kept:
        address = found[0][1][0]
        raise gate.refused(host, gate.place(address), address=address)
    return kept


def _place(sock: socket.socket, address: Address) -> Place:
    """Where the other end is; an address of this machine's own is here, whatever network it belongs to."""
    own = sock.getsockname()[0] == address[1][0]
    return Place.HERE if own else gate.place(address[1][0])


def _alternating(found: list[Address]) -> list[Address]:
    """The addresses, first the preferred family's, then by turns."""
    first = [address for address in found if address[0] == found[0][0]]
    others = [address for address in found if address[0] != found[0][0]]
    return [address for address in chain.from_iterable(zip_longest(first, others)) if address is not None]


class _Race:
    """Connection attempts side by side; `failures` are those that have come to nothing."""

    def __init__(self, addresses: list[Address], ends: float) -> None:
        self._left = list(addresses)
        self._ends = ends
        self._running: dict[socket.socket, Address] = {}
        self.failures: list[tuple[Address, OSError]] = []

    def run(self) -> tuple[socket.socket, Address] | None:
        """The first socket that is connected; None if none is in time."""
        won: socket.socket | None = None
        try:
            with selectors.DefaultSelector() as selector:
                won = self._run(selector)
            return (won, self._running[won]) if won else None
        finally:
            for sock in self._running:
                if sock is not won:
                    sock.close()

    def _run(self, selector: selectors.BaseSelector) -> socket.socket | None:
        following = 0.0
        while self._left or self._running:
            now = time.monotonic()
            waits.current().check()
            if now >= self._ends:
                late = [*self._running.values(), *self._left]
                self.failures += [(address, TimeoutError("timed out")) for address in late]
                return None
            if self._left and (now >= following or not self._running):
                self._start(self._left.pop(0), selector)
                following = now + _HEAD_START
                continue
            for key, _ in selector.select(min(self._ends - now, _LOOK)):
                sock = key.fileobj
                assert isinstance(sock, socket.socket)
                selector.unregister(sock)
                if self._has_connected(sock):
                    return sock
        return None

    def _start(self, address: Address, selector: selectors.BaseSelector) -> None:
        try:
            sock = socket.socket(address[0], socket.SOCK_STREAM)
        except OSError as error:
            if lack := translate(error):
                raise lack from as_cause(error)
            self.failures.append((address, error))
            return
        self._running[sock] = address
        sock.setblocking(False)
        try:
            sock.connect(address[1])
        except BlockingIOError:
            pass
        except OSError as error:
            self._fail(sock, error)
            return
        selector.register(sock, selectors.EVENT_WRITE)

    def _has_connected(self, sock: socket.socket) -> bool:
        number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            self._fail(sock, OSError(number, os.strerror(number)))
        return not number

    def _fail(self, sock: socket.socket, error: OSError) -> None:
        address = self._running.pop(sock)
        sock.close()
        self.failures.append((address, error))


def _peer(address: Address) -> Peer:
    host, port = address[1][:2]
    name = resolve.family_name(address[0])
    return Peer(f"[{host}]:{port}" if name == "IPv6" else f"{host}:{port}", name)


def _unreachable(
    host: str, port: int, failures: list[tuple[Address, OSError]], waited: dict[str, Any]
) -> RegistryError:
    tried = [{"address": _peer(address).address, "error": str(error)} for address, error in failures]
    facts: dict[str, Any] = {"host": host, "port": port, "addresses": tried}
    if failures:
        last = _peer(failures[-1][0])
        facts["address"], facts["family"] = last.address, last.family
        facts["place"] = gate.place(failures[-1][0][1][0]).value
    errors = [error for _, error in failures]
    if any(isinstance(error, ConnectionRefusedError) for error in errors):
        return RegistryError("network-refused", f"{host} refused the connection on port {port}", **facts)
    if any(isinstance(error, TimeoutError) for error in errors):
        message = f"{host} did not answer on port {port} within {waited['timeout']:.0f} seconds"
        return RegistryError("network-timeout", message, **facts, **waited)
    if any(error.errno in _UNREACHABLE for error in errors):
        return RegistryError("network-unreachable", f"there is no network route to {host}", **facts)
    return RegistryError("network-unreachable", f"no connection to {host} on port {port} could be made", **facts)

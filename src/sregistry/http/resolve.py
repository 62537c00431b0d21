"""Host names to addresses, within a time limit.

``getaddrinfo`` cannot be interrupted and may take minutes with a dead resolver, so it runs in a
thread that is left behind when its time is over.
"""

from __future__ import annotations

import contextlib
import ipaddress
import queue
import socket
import time
from pathlib import Path
from typing import Any, TypeVar

from sregistry.errors import RegistryError, as_cause
from sregistry.http import waits
from sregistry.resources import threads
from sregistry.resources.errors import missing_files, translate

T = TypeVar("T")

Address = tuple[socket.AddressFamily, tuple[Any, ...]]
#: How often it is looked whether the command is to end, in seconds.
_LOOK = 0.1
_FAMILIES = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6"}
_ABSENT = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


def addresses(host: str, port: int, family: int, timeout: float) -> list[Address]:
    """Return the addresses of `host` in the system's order of preference.

    Args:
        host: a name or an address, without brackets.
        port: put into the returned addresses.
        family: ``socket.AF_UNSPEC``, ``AF_INET`` or ``AF_INET6``.
        timeout: seconds.

    Raises:
        RegistryError: ``network-dns`` (no such name), ``network-dns-failed`` (the resolver did not
            work), ``network-dns-timeout``, ``network-no-family`` (none of the family asked for).
    """
    outcome: queue.SimpleQueue[list[Address] | OSError | UnicodeError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
            outcome.put([(item[0], item[4]) for item in found])
        except (OSError, UnicodeError) as error:
            outcome.put(error)

    if _is_literal(host) or not threads.start(look_up, f"resolve {host}"):
        look_up()
    answer = _awaited(outcome, host, timeout)
    if isinstance(answer, list):
        return answer
    if lack := translate(answer) or missing_files():
        raise lack from as_cause(answer)
    raise _failure(host, family, answer) from as_cause(answer)


def _awaited(outcome: queue.SimpleQueue[T], host: str, timeout: float) -> T:
    """What the thread has found; raises RegistryError ``network-dns-timeout``."""
    with waits.current().during(f"the name server to find {host}", timeout) as wait:
        assert wait.ends is not None
        while (left := wait.ends - time.monotonic()) > 0:
            with contextlib.suppress(queue.Empty):
                return outcome.get(timeout=min(left, _LOOK))
            waits.current().check()
        raise RegistryError(
            "network-dns-timeout",
            f"the name {host} was not resolved within {wait.seconds:.0f} seconds",
            host=host,
            nameservers=nameservers(),
            **wait.facts(waits.NAME, "timeout_connect"),
        )


def _failure(host: str, family: int, error: OSError | UnicodeError) -> RegistryError:
    facts: dict[str, Any] = {"host": host, "cause": str(error), "nameservers": nameservers()}
    if isinstance(error, UnicodeError):
        return RegistryError("network-dns", f"{host!r} cannot be a host name", **facts)
    if isinstance(error, socket.gaierror) and error.errno in {socket.EAI_ADDRFAMILY, socket.EAI_FAMILY}:
        wanted = _FAMILIES.get(socket.AddressFamily(family), "usable")
        return RegistryError("network-no-family", f"{host} has no {wanted} address", family=wanted, **facts)
    if isinstance(error, socket.gaierror) and error.errno in _ABSENT:
        return RegistryError("network-dns", f"the host name {host} does not exist (it cannot be resolved)", **facts)
    return RegistryError("network-dns-failed", f"the name {host} could not be resolved", **facts)


def family_name(family: int) -> str:
    """``IPv4`` or ``IPv6``."""
    return _FAMILIES.get(socket.AddressFamily(family), str(family))


def nameservers(file: Path = Path("/etc/resolv.conf")) -> list[str]:
    """The name servers this machine asks, for the evidence; empty if the file cannot be read."""
    try:
        lines = file.read_text(errors="replace").splitlines()
    except OSError:
        return []
    return [words[1] for words in map(str.split, lines) if len(words) > 1 and words[0] == "nameserver"]


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether common tools speak plain http to this host unasked: ``localhost``, 127.0.0.1, ::1.

    Source: go-containerregistry, ``name.Registry.Scheme``. The rest of 127.0.0.0/8 is not meant.
    """
    name = host.strip("[]").rstrip(".").lower()
    return name == "localhost" or name.endswith(".localhost") or name in {"127.0.0.1", "::1"}

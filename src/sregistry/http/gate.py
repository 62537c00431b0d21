"""The gate for every address that a server names: realms, redirects, places for uploads, foreign layers.

A registry somewhere in the network must not make this machine ask itself, or what only this machine can reach: whoever
sends us to a loopback or link-local address has to be there, too. Private networks are open, as registries of companies
keep their layers there. What began in https does not go on in http, unless the user has said so for that very host.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable
from enum import Enum
from typing import Any

from sregistry.errors import RegistryError
from sregistry.http import redact
from sregistry.http.addresses import Address


class Place(Enum):
    """Where a host is, as far as that matters."""

    HERE = "this machine"
    LINK = "link-local"
    ELSEWHERE = "elsewhere"


_IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_LOCAL_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"})
#: Where clouds tell a machine its own secrets.
_METADATA_NAMES = frozenset(
    {"metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal"}
)
_METADATA = frozenset(
    map(ipaddress.ip_address, ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"))
)
#: What inet_aton takes for an address: fewer than four parts, octal and hexadecimal ones.
_NUMERIC = re.compile(r"(?:0[xX][0-9A-Fa-f]{0,16}|[0-9]{1,16})(?:\.(?:0[xX][0-9A-Fa-f]{0,16}|[0-9]{1,16})){0,3}")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_ZERO = ipaddress.ip_network("0.0.0.0/8")


def place(host: str) -> Place:
    """Where `host` (a name or an address in any spelling) is by its name; `Place.ELSEWHERE` if that does not tell."""
    name = host.strip("[]").partition("%")[0].rstrip(".").lower()
    if name in _LOCAL_NAMES or name.endswith(".localhost"):
        return Place.HERE
    if name in _METADATA_NAMES:
        return Place.LINK
    address = _address(name)
    return Place.ELSEWHERE if address is None else _place_of(address)


def _address(text: str) -> _IPAddress | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        pass
    if not _NUMERIC.fullmatch(text):
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(text))
    except OSError:
        return None


def _place_of(address: _IPAddress) -> Place:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and (address in _NAT64 or (int(address) >> 32 == 0 and int(address) > 1)):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _place_of(inner)
    if address.is_loopback or address.is_unspecified or address in _ZERO:
        return Place.HERE
    return Place.LINK if address.is_link_local or address in _METADATA else Place.ELSEWHERE


def closed_to(asker: Place) -> frozenset[Place]:
    """The places that a server at `asker` may not send us to."""
    return frozenset({Place.HERE, Place.LINK}) - {asker}


def check(address: Address, closed: frozenset[Place], host: str) -> None:
    """Return if a server at `host`, from which some places are `closed`, may send us to `address`.

    Raises:
        RegistryError: ``registry-local-address``.
    """
    where = place(address.host)
    if where in closed:
        raise refused(address.authority, where, named_by=host, location=redact.url(address.url))


def refused(target: str, where: Place, **facts: Any) -> RegistryError:
    """The error for an address that leads to where only this machine should go; `target` is its host."""
    what = "which is this machine itself" if where is Place.HERE else "which is reached from this machine's own network"
    sender = facts.get("named_by") or "the registry"
    message = f"{sender} sends its clients to {target}, {what}"
    return RegistryError("registry-local-address", message, **{"location": target, "place": where.value, **facts})


#: Whether the user has said that plain http may be spoken to a host[:port].
IsInsecure = Callable[[str], bool]


def is_downgrade(base: str, address: Address, insecure: IsInsecure) -> bool:
    """Whether what began at the URL `base` in https would go on in http where the user has not allowed that."""
    return base.lower().startswith("https:") and address.scheme == "http" and not insecure(address.authority)

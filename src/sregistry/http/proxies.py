"""The proxy variables: which proxy a URL goes through, and why.

``https_proxy`` for https, ``http_proxy`` for http, ``all_proxy`` for both; lowercase goes before
uppercase (as in curl). ``no_proxy`` lists hosts that are reached directly: names (with all that end
in ``.name``), addresses, networks, each with or without a port, or ``*``. ``localhost`` and loopback
addresses are reached directly, whatever the variables say (as in Go's ``golang.org/x/net/http/httpproxy``,
and so in Docker and Apptainer): a proxy would ask itself.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sregistry.errors import RegistryError
from sregistry.http.options import Options
from sregistry.http.secret import HIDDEN

_DEFAULT_PORTS = {"http": 80, "https": 443}
_PROXY = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?"
    r"(?:[!-.0-9:;=?A-~]*@)?"  # user info: printable ASCII except "/", "<", ">" and "@"
    r"(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\.?|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?/*"
)


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy to go through.

    Attributes:
        url: with scheme and, where given, credentials; for connecting only, and hidden in `repr`.
        display: the same without credentials.
        source: the variable it comes from.
    """

    url: str = field(repr=False)
    display: str
    source: str


@dataclass(frozen=True, slots=True)
class Route:
    """How a URL is reached: through `proxy`, or directly for the `reason` given in words."""

    proxy: Proxy | None
    reason: str


def for_url(options: Options, url: str) -> Proxy | None:
    """The proxy for `url`, None to go directly; raises as `route` does."""
    return route(options, url).proxy


def route(options: Options, url: str) -> Route:
    """How `url` is to be reached.

    Raises:
        RegistryError: ``network-proxy-setting`` when the variable that applies holds no proxy's address.
    """
    scheme, host, port = _target(url)
    if _is_loopback(host):
        return Route(None, f"{host} is this machine")
    name, value = _setting(options.environ, scheme)
    if not value:
        return Route(None, f"no variable {scheme}_proxy is set")
    entry = _exception(_variable(options.environ, "no_proxy"), host, port)
    if entry:
        return Route(None, f"{entry[1]!r} in {entry[0]} applies to {host}")
    return Route(_read(name, value), f"{name} is set")


def _target(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of `url`; empty and 0 where it has none that can be read."""
    try:
        parts = urlsplit(url)
        scheme = parts.scheme.lower()
        return scheme, (parts.hostname or "").rstrip("."), parts.port or _DEFAULT_PORTS.get(scheme, 0)
    except ValueError:
        return url.partition(":")[0].lower(), "", 0


def _setting(environ: Mapping[str, str], scheme: str) -> tuple[str, str]:
    """The variable that applies to `scheme`, and its value."""
    for candidate in (f"{scheme}_proxy", "all_proxy"):
        name, value = _variable(environ, candidate)
        if value:
            return name, value
    return "", ""


def _variable(environ: Mapping[str, str], name: str) -> tuple[str, str]:
    """Name and value of a variable in lowercase, else in uppercase."""
    for spelling in (name, name.upper()):
        if environ.get(spelling, "").strip():
            return spelling, environ[spelling].strip()
    return name, ""


def _read(name: str, value: str) -> Proxy:
    """The proxy that `value` of the variable `name` means."""
    match = _PROXY.fullmatch(value)
    if not match:
        raise _malformed(name, value, "it is not the address of a proxy (http://HOST:PORT)")
    scheme = (match["scheme"] or "http").lower()
    if scheme not in _DEFAULT_PORTS:
        raise _malformed(name, value, f"proxies of the kind {scheme}:// are not supported, http:// and https:// are")
    if match["port"] and not 0 < int(match["port"]) < 65536:
        raise _malformed(name, value, f"{match['port']} is not a port")
    rest = value.partition("://")[2] if match["scheme"] else value
    address = rest.rstrip("/")
    display = f"{scheme}://{address.rpartition('@')[2]}"
    return Proxy(f"{scheme}://{address}", display, name)


def _malformed(name: str, value: str, reason: str) -> RegistryError:
    shown = without_credentials(value)
    message = f"the variable {name} has the value {shown!r}: {reason}"
    return RegistryError("network-proxy-setting", message, setting=name, value=shown, reason=reason)


def without_credentials(value: str) -> str:
    """The value of a proxy variable, well-formed or not, with everything before the last ``@`` hidden."""
    before, at, after = value.rpartition("@")
    if not at:
        return value
    scheme = re.match(r"\W?[A-Za-z][A-Za-z0-9+.-]*://", before)
    return f"{scheme[0] if scheme else ''}{HIDDEN}@{after}"


def _exception(variable: tuple[str, str], host: str, port: int) -> tuple[str, str] | None:
    """The entry of no_proxy that applies to the host, with the variable's name; None if none does."""
    name, value = variable
    return next(((name, entry) for entry in re.split(r"[,\s]+", value) if _applies(entry, host, port)), None)


def _applies(entry: str, host: str, port: int) -> bool:
    if not entry:
        return False
    if entry == "*":
        return True
    address = _address(host)
    if "/" in entry:
        return address is not None and _in_network(address, entry)
    name, entry_port = _split_port(entry.lower())
    if entry_port is not None and entry_port != port:
        return False
    listed = _address(name)
    if listed or address:
        return listed is not None and listed == address
    suffix = name.removeprefix("*").strip(".")
    return bool(suffix) and (host.lower() == suffix or host.lower().endswith("." + suffix))


def _split_port(entry: str) -> tuple[str, int | None]:
    """Split ``host:port``; an IPv6 address has its port only behind brackets."""
    match = re.fullmatch(r"(\[[^\]]*\]|[^:]*):([0-9]{1,5})", entry)
    return (match[1], int(match[2])) if match else (entry, None)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def _in_network(address: ipaddress.IPv4Address | ipaddress.IPv6Address, entry: str) -> bool:
    try:
        return address in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return address.is_loopback if address else host.lower() == "localhost" or host.lower().endswith(".localhost")

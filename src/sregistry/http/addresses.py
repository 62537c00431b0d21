"""Addresses that servers name, byte for byte: a signed one means nothing once it is written otherwise.

Only what a request line cannot hold (blanks, control characters, bytes beyond ASCII) is written as escapes; escapes
keep their case, and nothing is decoded. User info and fragments are left out, as they are never sent.
Source: RFC 3986, section 5.2, where dot segments are removed from relative paths only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443}
_ABSOLUTE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", re.DOTALL)
_HOST = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=-]+|\[[0-9A-Fa-f:.]+\]")
_UNSENDABLE = re.compile(rb"[^!-~]")


@dataclass(frozen=True, slots=True)
class Address:
    """An address that a request can be sent to.

    Attributes:
        scheme: ``http`` or ``https``.
        host: name or address in lowercase, without brackets.
        port: as given, else that of the scheme.
        authority: ``host[:port]`` as it was given.
        target: path and query exactly as they are to be sent.
    """

    scheme: str
    host: str
    port: int
    authority: str
    target: str

    @property
    def url(self) -> str:
        """The whole of it."""
        return f"{self.scheme}://{self.authority}{self.target}"

    @property
    def base(self) -> str:
        """Scheme and authority."""
        return f"{self.scheme}://{self.authority}"


def read(text: str) -> Address:
    """Return what the absolute address `text` means; ValueError if no request can be sent there."""
    scheme, _, rest = text.partition("#")[0].partition("://")
    end = min((place for place in map(rest.find, "/?") if place >= 0), default=len(rest))
    authority, target = _authority(rest[:end]), _sendable(rest[end:])
    parts = urlsplit(f"//{authority}")
    scheme = scheme.lower()
    if scheme not in PORTS or not parts.hostname or not _HOST.fullmatch(authority[: _end_of_host(authority)]):
        raise ValueError("not the address of a web server")
    port = parts.port  # raises ValueError
    if port == 0:
        raise ValueError("port 0")
    target = target if target.startswith("/") else f"/{target}"
    return Address(scheme, parts.hostname, port or PORTS[scheme], authority, target)


def join(base: str, reference: str) -> Address:
    """Return the address that `reference`, as a server at `base` has written it, means; ValueError as `read`."""
    reference = reference.strip().partition("#")[0]
    if _ABSOLUTE.match(reference):
        return read(reference)
    here = read(base)
    if reference.startswith("//"):
        return read(f"{here.scheme}:{reference}")
    if not reference:
        return here
    here_path = here.target.partition("?")[0]
    path, mark, query = reference.partition("?")
    if path and not path.startswith("/"):
        path = _merged(here_path, path)
    return read(f"{here.base}{path or here_path}{mark}{query}")


def from_header(value: str) -> str:
    """The text of a header field's bytes, which `http.client` has read as Latin-1."""
    try:
        return value.encode("latin-1").decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return value


def host_of(url: str) -> str:
    """``host[:port]`` of an absolute URL, whatever it looks like; for messages."""
    return re.split(r"[/?#]", url.partition("://")[2], maxsplit=1)[0].rpartition("@")[2]


def _authority(text: str) -> str:
    """Host and port, a name in letters of other alphabets by its IDNA form."""
    text = text.rpartition("@")[2]
    return text if text.isascii() else text.encode("idna").decode("ascii")


def _end_of_host(authority: str) -> int:
    """Where the host ends and the port begins."""
    colon = authority.rfind(":")
    return colon if colon > authority.rfind("]") else len(authority)


def _sendable(text: str) -> str:
    data = text.encode("utf-8", "surrogateescape")
    return _UNSENDABLE.sub(lambda found: b"%%%02X" % found[0][0], data).decode("ascii")


def _merged(base: str, path: str) -> str:
    """A relative path, from the folder of `base` on, without dot segments."""
    folders: list[str] = base.split("/")[1:-1]
    *steps, last = path.split("/")
    for step in (*steps, last):
        if step == "..":
            del folders[-1:]
        elif step != ".":
            folders.append(step)
    ended = "/" if last in (".", "..") and folders else ""
    return "/" + "/".join(folders) + ended

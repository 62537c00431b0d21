"""What a certificate says of itself, read from its DER bytes.

Python gives the fields of a certificate only once it has been verified; the fields of one that was
refused are the evidence a person needs. Source: RFC 5280, section 4.1; X.690 for the encoding.
"""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
import ssl
from collections.abc import Iterator
from typing import Any

_SEQUENCE, _OID, _EXTENSIONS, _VERSION = 0x30, 0x06, 0xA3, 0xA0
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87
_ALTERNATIVE_NAMES = bytes.fromhex("551d11")
_NAME_PARTS = {"550403": "CN", "550406": "C", "550407": "L", "550408": "ST", "55040a": "O", "55040b": "OU"}
_CHARSETS = {0x1E: "utf-16-be", 0x14: "latin-1", 0x1C: "utf-32-be"}
_UTC_TIME = 0x17


def facts(der: bytes) -> dict[str, Any] | None:
    """Return subject, issuer, not_before, not_after, names and sha256 of a certificate; None if unreadable."""
    try:
        return {**_fields(der), "sha256": hashlib.sha256(der).hexdigest()}
    except (ValueError, IndexError, StopIteration, UnicodeDecodeError, OverflowError):
        return None


def chain(sock: ssl.SSLSocket, *, verified: bool) -> list[dict[str, Any]]:
    """Return the facts of the certificates of a connection, the server's first.

    With `verified` these are the ones that lead to a trusted authority, that one included; else those that the
    server sent. Before Python 3.13 the chain is known to an inner object only.
    """
    inner: Any = sock if hasattr(sock, "get_verified_chain") else getattr(sock, "_sslobj", None)
    try:
        found = inner.get_verified_chain() if verified else inner.get_unverified_chain()
    except (AttributeError, ssl.SSLError):
        found = [sock.getpeercert(True) or b""]
    ders = (one if isinstance(one, bytes) else ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in found or [])
    return [seen for der in ders if (seen := facts(der))]


def _fields(der: bytes) -> dict[str, Any]:
    _, certificate = next(_items(der))
    _, body = next(_items(certificate))
    parts = list(_items(body))
    if parts[0][0] == _VERSION:
        parts = parts[1:]
    _serial, _algorithm, issuer, validity, subject, _key, *rest = parts
    before, after = (_time(tag, value) for tag, value in _items(validity[1]))
    extensions = [value for tag, value in rest if tag == _EXTENSIONS]
    return {
        "subject": _name(subject[1]),
        "issuer": _name(issuer[1]),
        "not_before": before,
        "not_after": after,
        "names": _alternative_names(extensions[0]) if extensions else [],
    }


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The (tag, value) pairs that `data` consists of."""
    at = 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            width = length & 0x7F
            if not 1 <= width <= 4:
                raise ValueError("length of length")
            length, at = int.from_bytes(data[at : at + width], "big"), at + width
        if at + length > len(data):
            raise ValueError("item beyond its container")
        yield tag, data[at : at + length]
        at += length


def _name(data: bytes) -> str:
    words = []
    for _, group in _items(data):
        for _, pair in _items(group):
            (_, oid), (tag, value) = _items(pair)
            label = _NAME_PARTS.get(oid.hex(), oid.hex())
            words.append(f"{label}={value.decode(_CHARSETS.get(tag, 'utf-8'), 'replace')}")
    return ", ".join(words)


def _time(tag: int, value: bytes) -> str:
    text = value.decode("ascii")
    if tag == _UTC_TIME:
        text = ("20" if int(text[:2]) < 50 else "19") + text
    moment = datetime.datetime.strptime(text, "%Y%m%d%H%M%SZ")
    return moment.replace(tzinfo=datetime.UTC).isoformat().replace("+00:00", "Z")


def _alternative_names(data: bytes) -> list[str]:
    names: list[str] = []
    for _, extension in _items(next(_items(data))[1]):
        fields = list(_items(extension))
        if fields[0] == (_OID, _ALTERNATIVE_NAMES):
            for tag, value in _items(next(_items(fields[-1][1]))[1]):
                if tag == _DNS_NAME:
                    names.append(value.decode("ascii", "replace"))
                elif tag == _IP_ADDRESS:
                    names.append(str(ipaddress.ip_address(value)))
    return names

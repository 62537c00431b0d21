"""Certificates of every kind, good and bad, for addresses on loopback; made once, in memory and one folder."""

from __future__ import annotations

import ipaddress
import ssl
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

_ADDRESSES: tuple[x509.GeneralName, ...] = (
    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    x509.IPAddress(ipaddress.ip_address("127.0.0.2")),
    x509.DNSName("localhost"),
)
_ELSEWHERE: tuple[x509.GeneralName, ...] = (x509.DNSName("registry.example.org"),)
#: Kinds with which the server itself ends the handshake.
REFUSING = frozenset({"old-protocol", "client-wanted"})
_DAY = timedelta(days=1)
_CLIENTS = ExtendedKeyUsageOID.CLIENT_AUTH


@dataclass(frozen=True)
class _Pair:
    """A key with a certificate for it."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _issue(
    subject: str,
    issuer: _Pair | None,
    *,
    valid: tuple[timedelta, timedelta] = (-_DAY, 365 * _DAY),
    names: Sequence[x509.GeneralName] = (),
    usage: x509.ObjectIdentifier | None = None,
) -> _Pair:
    """A certificate valid from and to the given distances from now.

    Without issuer it signs itself; without names it is that of an authority; without usage it is for everything.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(issuer.certificate.subject if issuer else _name(subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + valid[0])
        .not_valid_after(now + valid[1])
        .add_extension(x509.BasicConstraints(ca=not names, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if usage:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    return _Pair(key, builder.sign(issuer.key if issuer else key, hashes.SHA256()))


class Certificates:
    """One trusted authority, whose certificate is the file `authority`, and a server context of each kind."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._trusted = _issue("Authority of the sick registry", None)
        self.authority = self._write("authority.pem", self._trusted.certificate)
        kinds: dict[str, Callable[[], Sequence[_Pair]]] = {
            "good": lambda: [_issue("server", self._trusted, names=_ADDRESSES)],
            "expired": lambda: [_issue("server", self._trusted, valid=(-400 * _DAY, -30 * _DAY), names=_ADDRESSES)],
            "future": lambda: [_issue("server", self._trusted, valid=(30 * _DAY, 400 * _DAY), names=_ADDRESSES)],
            "self-signed": lambda: [_issue("server", None, names=_ADDRESSES)],
            "other-authority": lambda: [_issue("server", _issue("Inspecting Proxy CA", None), names=_ADDRESSES)],
            "other-host": lambda: [_issue("server", self._trusted, names=_ELSEWHERE)],
            "no-intermediate": lambda: [_issue("server", _issue("Between", self._trusted), names=_ADDRESSES)],
            "for-clients": lambda: [_issue("server", self._trusted, names=_ADDRESSES, usage=_CLIENTS)],
            "old-protocol": lambda: [_issue("server", self._trusted, names=_ADDRESSES)],
            "client-wanted": lambda: [_issue("server", self._trusted, names=_ADDRESSES)],
        }
        self._contexts = {kind: self._context(kind, make()[0]) for kind, make in kinds.items()}

    def context(self, kind: str) -> ssl.SSLContext:
        """The server side of TLS with a certificate of a kind."""
        return self._contexts[kind]

    def _context(self, kind: str, pair: _Pair) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._write(f"{kind}.pem", pair.certificate), self._write_key(kind, pair.key))
        if kind == "old-protocol":
            context.set_ciphers("ALL:@SECLEVEL=0")
            with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
                context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        if kind == "client-wanted":
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.authority)
        return context

    def _write(self, name: str, certificate: x509.Certificate) -> Path:
        path = self._folder / name
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return path

    def _write_key(self, name: str, key: ec.EllipticCurvePrivateKey) -> Path:
        path = self._folder / f"{name}.key"
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path.write_bytes(key.private_bytes(*form))
        return path

"""TLS: which certificates are trusted and why, and what went wrong in a handshake."""

from __future__ import annotations

import datetime
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sregistry.errors import RegistryError

#: Where Linux distributions keep their bundle, for Pythons whose OpenSSL looks elsewhere.
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
#: Variables other tools read for a CA bundle; the first one that is set and not empty wins.
_BUNDLE_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
#: `Trust.ca_source` where there is none.
NO_CA = "no CA certificates were found on this machine"
# X509_V_ERR_… numbers (OpenSSL, x509_vfy.h).
_NOT_YET_VALID, _EXPIRED = 9, 10
_UNKNOWN_CA = {2, 19, 20, 21, 27}
_SELF_SIGNED = 18
_WRONG_NAME = {62, 63, 64}


@dataclass(frozen=True, slots=True)
class Trust:
    """A TLS context and, in words, where its CA certificates come from."""

    context: ssl.SSLContext
    ca_source: str


def trust(
    *,
    verify: bool,
    environ: Mapping[str, str],
    extra: Sequence[Path] = (),
    client: Sequence[tuple[Path, Path]] = (),
) -> Trust:
    """Return what to trust.

    Args:
        verify: False accepts any certificate.
        environ: may name a bundle (``SSL_CERT_FILE``…) that replaces the system's.
        extra: further files of CA certificates (``--cacert``, certs.d).
        client: pairs of certificate and key that a server may ask for.

    Raises:
        RegistryError: ``tls-ca-file`` or ``tls-client-file``: a file named is missing or no PEM.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    source = "not verified"
    if verify:
        source = _load_common(context, environ)
        for file in extra:
            _load_ca(context, file, f"the CA file {file}")
            source += f" and {file}"
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    for certificate, key in client:
        _load_client(context, certificate, key)
    return Trust(context, source)


def unverified(client_of: ssl.SSLContext) -> ssl.SSLContext:
    """A context that only looks: it accepts anything, so that a refused certificate can be read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = client_of.minimum_version
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _load_common(context: ssl.SSLContext, environ: Mapping[str, str]) -> str:
    for name in _BUNDLE_VARIABLES:
        if environ.get(name):
            _load_ca(context, Path(environ[name]), f"the file {environ[name]} named by {name}", variable=name)
            return f"{environ[name]} ({name})"
    folder = environ.get("SSL_CERT_DIR")
    if folder:
        context.load_verify_locations(capath=folder)
        return f"{folder} (SSL_CERT_DIR)"
    context.load_default_certs()
    if context.cert_store_stats()["x509_ca"]:
        return ssl.get_default_verify_paths().cafile or "the system's CA certificates"
    for bundle in filter(lambda name: Path(name).is_file(), _BUNDLES):
        context.load_verify_locations(cafile=bundle)
        return bundle
    return NO_CA


def _load_ca(context: ssl.SSLContext, file: Path, what: str, **facts: Any) -> None:
    try:
        if file.is_dir():
            context.load_verify_locations(capath=str(file))
        else:
            context.load_verify_locations(cafile=str(file))
    except (OSError, ssl.SSLError) as error:
        raise RegistryError(
            "tls-ca-file",
            f"{what} cannot be used as CA certificates",
            file=str(file),
            cause=str(error),
            errno=error.errno if not isinstance(error, ssl.SSLError) else None,
            **facts,
        ) from error


def _load_client(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    try:
        # An empty password callback: a key with a passphrase must fail, not ask on the terminal.
        context.load_cert_chain(str(certificate), str(key), password=lambda: "")
    except (OSError, ssl.SSLError, ValueError) as error:
        raise RegistryError(
            "tls-client-file",
            f"the client certificate {certificate} with the key {key} cannot be used",
            file=str(certificate),
            cause=str(error),
            errno=getattr(error, "errno", None) if not isinstance(error, ssl.SSLError) else None,
        ) from error


def is_of_dates(error: ssl.SSLCertVerificationError) -> bool:
    """Whether a certificate is refused for the time: then somebody's clock is worth a look."""
    return error.verify_code in (_EXPIRED, _NOT_YET_VALID)


def refused(
    host: str, error: ssl.SSLCertVerificationError, certificate: dict[str, Any] | None, clock_skew: float | None = None
) -> RegistryError:
    """The error for a certificate that is not accepted, with the certificate and its server's clock as evidence."""
    facts: dict[str, Any] = {"host": host, "cause": error.verify_message, "local_time": _now()}
    facts["certificate"] = certificate
    if clock_skew is not None:
        facts["clock_skew"] = clock_skew
    dates = certificate or {}
    if error.verify_code == _EXPIRED:
        until = dates.get("not_after", "an unknown date")
        return RegistryError("tls-expired", f"the TLS certificate of {host} has expired (valid until {until})", **facts)
    if error.verify_code == _NOT_YET_VALID:
        begin = dates.get("not_before", "an unknown date")
        return RegistryError(
            "tls-not-yet-valid", f"the TLS certificate of {host} is not yet valid (valid from {begin})", **facts
        )
    if error.verify_code == _SELF_SIGNED:
        return RegistryError(
            "tls-self-signed", f"the TLS certificate of {host} is self-signed and not trusted here", **facts
        )
    if error.verify_code in _WRONG_NAME:
        return RegistryError("tls-hostname", f"the TLS certificate of {host} is for another host name", **facts)
    if error.verify_code in _UNKNOWN_CA:
        return RegistryError(
            "tls-unknown-ca", f"the TLS certificate of {host} is signed by an authority not trusted here", **facts
        )
    return RegistryError("tls-certificate", f"the TLS certificate of {host} is not accepted", **facts)


def failed(host: str, error: ssl.SSLError) -> RegistryError:
    """The error for a handshake that failed for another reason than the server's certificate."""
    reason = (error.reason or "").upper()
    facts: dict[str, Any] = {"host": host, "cause": error.reason or str(error)}
    if "ALERT_" in reason:
        facts["alert"] = reason.rpartition("ALERT_")[2].replace("_", " ").lower()
    if "WRONG_VERSION" in reason:
        facts["fault"] = "no-tls"
    if "CERTIFICATE_REQUIRED" in reason or "BAD_CERTIFICATE" in reason or "UNKNOWN_CA" in reason:
        return RegistryError("tls-client-certificate", f"{host} asks for a client certificate that it accepts", **facts)
    if "PROTOCOL_VERSION" in reason or "UNSUPPORTED_PROTOCOL" in reason:
        return RegistryError("tls-version", f"{host} and this machine have no TLS version in common", **facts)
    return RegistryError("tls-handshake", f"the TLS handshake with {host} failed", **facts)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

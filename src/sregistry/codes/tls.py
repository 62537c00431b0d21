"""Certificates and encryption."""

from __future__ import annotations

from sregistry.codes.code import Code, Page, Sample
from sregistry.codes.examples import CERTIFICATE, HOST, PING, SITE, TLS
from sregistry.codes.who import Who
from sregistry.kinds import Kind

#: Prose of several pages.
_SHOWN = "The certificate that was presented is shown: for whom, by whom, from when to when."

CODES: tuple[Code, ...] = (
    Code(
        "tls-expired",
        Kind.TLS,
        Who.REGISTRY,
        doctor=True,
        sample=Sample(f"the TLS certificate of {HOST} has expired (valid until 2026-11-01)", TLS),
        page=Page(
            meaning="The registry's certificate is out of date.",
            known=_SHOWN,
            todo=(
                "If this machine's clock is right, only the registry's operator can mend it. `--no-tls-verify` "
                "does without any check."
            ),
        ),
    ),
    Code(
        "tls-not-yet-valid",
        Kind.TLS,
        Who.SITE,
        doctor=True,
        sample=Sample(f"the TLS certificate of {HOST} is not yet valid", {**TLS, "local_time": "2020-01-01T00:00:00Z"}),
        page=Page(
            meaning="The registry's certificate is not valid yet, by this machine's clock.",
            known=_SHOWN,
            todo="Set the clock right; `date -u` shows it.",
        ),
    ),
    Code(
        "tls-unknown-ca",
        Kind.TLS,
        Who.YOU,
        doctor=True,
        sample=Sample(f"the TLS certificate of {HOST} is signed by an authority not trusted here", TLS),
        page=Page(
            meaning="The registry's certificate is signed by an authority that this machine does not trust.",
            known=(
                "The certificate that was presented is shown: for whom, by whom, from when to when. The place of "
                "the trusted certificates is shown too."
            ),
            todo=(
                "Get the authority's certificate from your administrator and give it with `--cacert`, or put it "
                "into `certs.d`. If the issuer is a firewall's, it is the firewall's certificate that is needed."
            ),
        ),
    ),
    Code(
        "tls-self-signed",
        Kind.TLS,
        Who.YOU,
        doctor=True,
        sample=Sample(f"the TLS certificate of {HOST} is self-signed and not trusted here", TLS),
        page=Page(
            meaning="The registry's certificate is signed by itself.",
            known=_SHOWN,
            todo=(
                "Get the certificate from the registry's operator and give it with `--cacert`, or put it into "
                "`certs.d`."
            ),
        ),
    ),
    Code(
        "tls-hostname",
        Kind.TLS,
        Who.REGISTRY,
        doctor=True,
        sample=Sample(
            f"the TLS certificate of {HOST} is for another host name",
            {**TLS, "certificate": {**CERTIFICATE, "names": ["www.example.org", "example.org"]}},
        ),
        page=Page(
            meaning="The registry's certificate is for other host names.",
            known=_SHOWN,
            todo="Use the name for which it is, if that is the registry you mean.",
        ),
    ),
    Code(
        "tls-certificate",
        Kind.TLS,
        Who.REGISTRY,
        doctor=True,
        sample=Sample(f"the TLS certificate of {HOST} is not accepted", {**TLS, "cause": "certificate revoked"}),
        page=Page(
            meaning="The registry's certificate is not accepted for another reason, which is shown.",
            known=_SHOWN,
            todo="Ask the registry's operator.",
        ),
    ),
    Code(
        "tls-client-certificate",
        Kind.TLS,
        Who.YOU,
        doctor=True,
        sample=Sample(f"{HOST} asks for a client certificate that it accepts", {**SITE, **PING, "host": HOST}),
        page=Page(
            meaning="The registry wants a client certificate, or one half of a pair is missing.",
            known=(
                "The server ended the handshake for that reason, or the folder in `certs.d` has only one of the "
                "two files."
            ),
            todo="Put certificate and key into `certs.d/HOST/` as `client.cert` and `client.key`.",
        ),
    ),
    Code(
        "tls-client-file",
        Kind.TLS,
        Who.YOU,
        doctor=True,
        sample=Sample(
            "the client certificate client.cert with the key client.key cannot be used",
            {**SITE, "file": "/etc/containers/certs.d/registry.example.org/client.cert", "cause": "no start line"},
        ),
        page=Page(
            meaning="A client certificate or its key cannot be used.",
            known="The file was read and is not what it should be; the reason is shown.",
            todo="Both have to be in PEM, and the key without a passphrase.",
        ),
    ),
    Code(
        "tls-ca-file",
        Kind.TLS,
        Who.YOU,
        doctor=True,
        sample=Sample(
            "the CA file ca.pem cannot be used as CA certificates", {**SITE, "file": "ca.pem", "cause": "no start line"}
        ),
        page=Page(
            meaning="A file that should hold CA certificates cannot be used.",
            known="The file was read and is not what it should be; the reason is shown.",
            todo="It has to be in PEM (`-----BEGIN CERTIFICATE-----`).",
        ),
    ),
    Code(
        "tls-certs-unreadable",
        Kind.TLS,
        Who.YOU,
        doctor=True,
        sample=Sample(
            "the folder /etc/containers/certs.d/registry.example.org cannot be read",
            {**SITE, "file": "/etc/containers/certs.d/registry.example.org", "errno": 13},
        ),
        page=Page(
            meaning="A folder in `certs.d` for this registry cannot be read.",
            known="The operating system refused.",
            todo="Ask for the right to read it, or for a copy in `~/.config/containers/certs.d`.",
        ),
    ),
    Code(
        "tls-version",
        Kind.TLS,
        Who.REGISTRY,
        doctor=True,
        sample=Sample(
            f"{HOST} and this machine have no TLS version in common",
            {**SITE, **PING, "host": HOST, "cause": "UNSUPPORTED_PROTOCOL"},
        ),
        page=Page(
            meaning="The registry and this machine have no version of TLS in common.",
            known="The handshake ended for that reason.",
            todo="The registry has to offer TLS 1.2 or newer.",
        ),
    ),
    Code(
        "tls-handshake",
        Kind.TLS,
        Who.NETWORK,
        attempts=2,
        doctor=True,
        sample=Sample(
            f"{HOST} closed the connection during the TLS handshake",
            {**SITE, **PING, "host": HOST, "cause": "EOF occurred"},
        ),
        page=Page(
            meaning="The encrypted connection could not be set up.",
            known="The reason that the TLS library gives is shown.",
            todo="`openssl s_client` shows what answers. Firewalls that forbid a host often break off here.",
        ),
    ),
)

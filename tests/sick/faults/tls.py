"""TLS: certificates that are not to be trusted, and ports where TLS is not what it should be."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import Any

from tests.sick.registry import serve
from tests.sick.scenario import IMPATIENT, SUCCEEDS, Door, Expectation, Family, either, fails

FAMILY = Family("tls")
_TRUST = r"--cacert|certs\.d|cacert"


def _certificate(kind: str, expect: Expectation, does: str, cause: str, name: str = "", **more: Any) -> None:
    """A registry behind TLS with a certificate of this kind."""
    FAMILY.add(f"tls-{name or kind}", expect, does, cause, door=Door.TLS, certificate=kind, **more)


_certificate("good", SUCCEEDS, "a certificate of an authority we trust", "nothing is wrong")
_certificate(
    "expired",
    fails("tls-expired", r"expired", r"operator has not renewed it", never=(r"Probably", r"clock")),
    "an expired certificate; its server's clock says the same as ours",
    "nobody renewed it",
)
_certificate(
    "expired",
    fails("tls-expired", r"clock is .* ahead of the registry's", r"date -u", never=(r"renewed",)),
    "an expired certificate; by its server's clock it is good",
    "this machine's clock is ahead",
    name="expired-by-our-clock",
    handle=lambda request: serve(request).adding(("Date", formatdate(time.time() - 100 * 86400, usegmt=True))),
)
_certificate(
    "future",
    fails("tls-not-yet-valid", r"not (yet )?valid", r"clock"),
    "a certificate that is not valid yet",
    "this machine's clock is behind, or it was made too early",
)
_certificate(
    "self-signed",
    fails("tls-self-signed", r"self-signed|signed itself|own", _TRUST),
    "a certificate that signed itself",
    "a private registry",
)
_certificate(
    "other-authority",
    fails("tls-unknown-ca", r"Inspecting Proxy CA", r"unknown|not trusted|not known", _TRUST),
    "a certificate of an authority nobody knows",
    "a private authority, or a proxy that looks into TLS",
)
_certificate(
    "no-intermediate",
    fails("tls-unknown-ca", r"not trusted", r"does not send the certificate between", r"-showcerts", _TRUST),
    "a certificate whose chain is not sent",
    "the server's configuration lacks the intermediate certificate",
)
_certificate(
    "other-host",
    fails("tls-hostname", r"registry\.example\.org", r"name|address", r"check|operator"),
    "a certificate for another host",
    "another server answers, or the name is wrong",
)
_certificate(
    "for-clients",
    fails("tls-certificate", r"purpose", r"operator|authority"),
    "a certificate that is meant for clients",
    "the operator took the wrong one",
)
_certificate(
    "old-protocol",
    fails("tls-version tls-handshake", r"version|protocol|TLS", r"operator|update|old", never=(r"-connect \S+:443\b",)),
    "TLS 1.1 and nothing newer",
    "a server that nobody updates",
)
_certificate(
    "client-wanted",
    fails("tls-client-certificate tls-handshake", r"certificate", r"certs\.d|client"),
    "wants a certificate of the client",
    "access by client certificates",
)
_certificate(
    "expired",
    SUCCEEDS,
    "an expired certificate, which the user does not want to be checked",
    "an unverified connection is what was asked for",
    name="expired-unverified",
    settings={"tls_verify": "false"},
)
_certificate(
    "good",
    either("network-tls-expected", r"https", r"plain.http"),
    "https on a port to which the user wants to speak plain http",
    "the setting is wrong for this registry",
    name="where-plain-was-asked",
    settings={"plain_http": "true"},
)
FAMILY.add(
    "plain-where-tls-was-expected",
    fails("network-plain-http-expected", r"plain http|not (speak|use) (https|TLS)|HTTP", r"--plain-http"),
    "plain http on a port where the client speaks https",
    "the registry has no TLS",
    door=Door.PLAIN_UNEXPECTED,
)
FAMILY.add(
    "plain-where-tls-was-demanded",
    fails("network-plain-http-expected", r"plain http|not (speak|use) (https|TLS)|HTTP", r"--plain-http|plain_http"),
    "plain http on loopback, where the user allows https only",
    "the setting is wrong for this registry",
    settings={"plain_http": "false"},
)
FAMILY.add("plain-as-asked", SUCCEEDS, "plain http, as asked for", "nothing is wrong", settings={"plain_http": "true"})
FAMILY.add(
    "other-protocol-where-tls-was-expected",
    fails(
        "tls-handshake network-plain-http-expected network-protocol",
        r"TLS|https",
        r"port|check|plain-http",
        never=(r"-connect \S+:443\b",),
    ),
    "greets as a mail server on a port where the client speaks https",
    "the wrong port",
    door=Door.OTHER_PROTOCOL,
)
FAMILY.add(
    "silent-handshake",
    fails(
        "network-timeout tls-handshake network-no-answer",
        r"not answer|no answer|handshake|within",
        r"firewall|proxy|again|port",
    ),
    "takes the connection and never answers the handshake",
    "a firewall that lets connections through, but no data",
    door=Door.SILENT,
    settings=IMPATIENT,
)
FAMILY.add(
    "slammed-handshake",
    fails(
        "network-reset tls-handshake",
        r"closed|handshake|reset",
        r"firewall|proxy|again|port",
        never=(r"-connect \S+:443\b",),
    ),
    "closes the connection as soon as the handshake begins",
    "a firewall that does not like the host's name",
    door=Door.SLAMMED,
)

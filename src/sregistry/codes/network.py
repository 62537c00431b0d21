"""The way to a registry."""

from __future__ import annotations

from sregistry.codes.code import AS_CONFIGURED, Code, Page, Sample
from sregistry.codes.examples import BLOB, HOST, PING, SITE
from sregistry.codes.who import Who
from sregistry.kinds import Kind

CODES: tuple[Code, ...] = (
    Code(
        "network-dns",
        Kind.NETWORK,
        Who.YOU,
        doctor=True,
        sample=Sample(
            "the host name gchr.io does not exist (it cannot be resolved)",
            {
                "registry": "gchr.io",
                "reference": "gchr.io/acme/tool:1.2",
                "host": "gchr.io",
                "url": "https://gchr.io/v2/",
                "method": "GET",
                "nameservers": ["192.0.2.53"],
                "attempts": 2,
                "elapsed": 0.6,
            },
        ),
        page=Page(
            meaning="The host name does not exist, as far as this machine's name server knows.",
            known="The name server answered, and its answer was that there is no such name.",
            todo=(
                "Check the spelling; known registries with a similar name are proposed. A name of an internal "
                "network is known inside it only."
            ),
        ),
    ),
    Code(
        "network-dns-failed",
        Kind.NETWORK,
        Who.NETWORK,
        attempts=2,
        doctor=True,
        sample=Sample(
            f"the name {HOST} could not be resolved", {**SITE, **PING, "host": HOST, "nameservers": ["192.0.2.53"]}
        ),
        page=Page(
            meaning=(
                "The host name could not be looked up, because the name server does not work or cannot be reached."
            ),
            known="The name server gave no usable answer. It is not known whether the name exists.",
            todo=(
                "Try on a machine with a way out (the login node of a cluster). Where a proxy is the way out, set "
                "`https_proxy`: then the proxy looks the name up."
            ),
        ),
    ),
    Code(
        "network-dns-timeout",
        Kind.NETWORK,
        Who.NETWORK,
        attempts=2,
        doctor=True,
        sample=Sample(
            f"the name {HOST} was not resolved within 6 seconds",
            {**SITE, **PING, "host": HOST, "timeout": 6.0, "nameservers": ["192.0.2.53"]},
        ),
        page=Page(
            meaning="The name server did not answer in time.",
            known="Nothing came within the time that is shown (setting `timeout_connect`).",
            todo="As for `network-dns-failed`: try where there is a way out, or use a proxy.",
        ),
    ),
    Code(
        "network-offline",
        Kind.NETWORK,
        Who.YOU,
        doctor=True,
        sample=Sample(f"{HOST} is not asked: no registry is", {**SITE, "host": HOST}),
        page=Page(
            meaning="Something is wanted that is not here, and no registry may be asked for it.",
            known="The setting `offline` is on: by `--offline`, `SREGISTRY_OFFLINE` or the configuration file.",
            todo="See what is here with `sregistry images`, or ask the registry with `--no-offline`.",
        ),
    ),
    Code(
        "network-no-family",
        Kind.NETWORK,
        Who.NETWORK,
        doctor=True,
        sample=Sample(f"{HOST} has no IPv6 address", {**SITE, **PING, "host": HOST, "family": "IPv6"}),
        page=Page(
            meaning="The host has no address of the kind (IPv4 or IPv6) that the setting `ip_family` demands.",
            known="The name was resolved; none of its addresses is of that kind.",
            todo="Set `ip_family` to `any`.",
        ),
    ),
    Code(
        "network-refused",
        Kind.NETWORK,
        Who.REGISTRY,
        attempts=2,
        doctor=True,
        sample=Sample(
            f"{HOST} refused the connection on port 5000",
            {**SITE, **PING, "host": HOST, "port": 5000, "address": "192.0.2.7:5000", "attempts": 2, "elapsed": 1.1},
        ),
        page=Page(
            meaning="The host answered that nothing listens on that port.",
            known=(
                "The error of the connection itself; the address, the port and the time that passed are shown. "
                "Where a registry has named an address that is this machine's own (`localhost`, `127.0.0.1`), it "
                "sends its clients to themselves."
            ),
            todo=(
                "Check host and port. If the registry is up, something in between may refuse on its behalf: an "
                "attempt from another machine shows that."
            ),
        ),
    ),
    Code(
        "network-timeout",
        Kind.NETWORK,
        Who.NETWORK,
        attempts=3,
        doctor=True,
        sample=Sample(
            f"{HOST} did not answer on port 443 within 6 seconds",
            {
                **SITE,
                **PING,
                "host": HOST,
                "port": 443,
                "timeout": 6.0,
                "address": "192.0.2.7:443",
                "attempts": 2,
                "elapsed": 12.4,
            },
        ),
        page=Page(
            meaning="No answer came to the attempt to connect.",
            known="The error of the connection itself; the address, the port and the time that passed are shown.",
            todo=(
                "On compute nodes of a cluster this is the rule: pull on the login node, or through the proxy of "
                "the site."
            ),
        ),
    ),
    Code(
        "network-unreachable",
        Kind.NETWORK,
        Who.NETWORK,
        attempts=2,
        doctor=True,
        sample=Sample(
            f"there is no network route to {HOST}", {**SITE, **PING, "host": HOST, "address": "192.0.2.7:443"}
        ),
        page=Page(
            meaning="This machine knows no way to the host's network.",
            known="The error of the connection itself; the address, the port and the time that passed are shown.",
            todo=("Check the network of this machine; inside a container or a job it may be another one than outside."),
        ),
    ),
    Code(
        "network-no-answer",
        Kind.NETWORK,
        Who.NETWORK,
        attempts=3,
        doctor=True,
        sample=Sample(
            f"{HOST} accepted the connection but did not answer within 10 seconds",
            {**SITE, **PING, "host": HOST, "timeout": 10.0, "setting": "timeout_read", "address": "192.0.2.7:443"},
        ),
        page=Page(
            meaning="The host took the connection and then sent nothing.",
            known="The connection was made; no answer came within the time that is shown.",
            todo="Try again later. If other requests to the same host work, wait longer (setting `timeout_read`).",
        ),
    ),
    Code(
        "network-stalled",
        Kind.NETWORK,
        Who.NETWORK,
        attempts=AS_CONFIGURED,
        doctor=True,
        sample=Sample(
            f"{HOST} stopped sending: nothing came for 12 seconds",
            {
                **SITE,
                **BLOB,
                "host": HOST,
                "timeout": 12.0,
                "setting": "timeout_read",
                "silent": True,
                "actual_size": 31_000_000,
                "expected_size": 580_000_000,
            },
        ),
        page=Page(
            meaning="The host began to send and then stopped without closing the connection.",
            known=(
                "Fewer than 4 KiB came in the time that is shown (setting `timeout_stall`), also after the "
                "transfer was resumed."
            ),
            todo="Pull again: finished layers are kept. On a very slow line, raise the setting.",
        ),
    ),
    Code(
        "network-reset",
        Kind.NETWORK,
        Who.NETWORK,
        attempts=AS_CONFIGURED,
        doctor=True,
        sample=Sample(
            f"{HOST} closed the connection without an answer",
            {**SITE, **PING, "host": HOST, "attempts": 5, "elapsed": 6.1},
        ),
        page=Page(
            meaning="The connection was closed by the other side before an answer came.",
            known="The error of the connection itself; the address, the port and the time that passed are shown.",
            todo="Try again. If it happens every time, a firewall or proxy may not like the host.",
        ),
    ),
    Code(
        "network-truncated",
        Kind.NETWORK,
        Who.NETWORK,
        attempts=AS_CONFIGURED,
        doctor=True,
        sample=Sample(
            f"{HOST} closed the connection before the end",
            {**SITE, **BLOB, "host": HOST, "actual_size": 31_000_000, "expected_size": 580_000_000, "attempts": 5},
        ),
        page=Page(
            meaning="The answer ended before its announced length, also after it was resumed several times.",
            known="The number of bytes is compared with the one announced.",
            todo=(
                "Pull again: it goes on with the layers that are missing. If it always ends at the same place, "
                "tell the registry's operator."
            ),
        ),
    ),
    Code(
        "network-protocol",
        Kind.NETWORK,
        Who.NETWORK,
        attempts=2,
        doctor=True,
        sample=Sample(f"what {HOST} answered is not HTTP", {**SITE, **PING, "host": HOST, "port": 22}),
        page=Page(
            meaning="What came back is not HTTP.",
            known="The first line of the answer could not be read as one of HTTP.",
            todo="Check host and port: another service answers there.",
        ),
    ),
    Code(
        "network-plain-http-expected",
        Kind.NETWORK,
        Who.NETWORK,
        doctor=True,
        sample=Sample(
            f"{HOST} speaks plain HTTP on this port, not HTTPS (no TLS)",
            {**SITE, **PING, "host": HOST, "plain_answer": "HTTP/1.1 200 OK"},
        ),
        page=Page(
            meaning="The registry speaks plain HTTP and was spoken to in HTTPS.",
            known="The handshake of TLS failed, and the same port answered a plain request in HTTP.",
            todo=(
                "Use `--plain-http` in a network that you trust. For good, put `insecure = true` for this "
                "registry into `registries.conf`."
            ),
        ),
    ),
    Code(
        "network-tls-expected",
        Kind.NETWORK,
        Who.NETWORK,
        doctor=True,
        sample=Sample(
            f"{HOST} speaks HTTPS on this port, not plain HTTP",
            {**SITE, "method": "GET", "url": f"http://{HOST}/v2/", "host": HOST, "options": ["--plain-http"]},
        ),
        page=Page(
            meaning="The registry speaks HTTPS and was spoken to in plain HTTP.",
            known="It answered in TLS, or said so in plain text.",
            todo="Leave out `--plain-http` and take `insecure = true` out of `registries.conf`.",
        ),
    ),
    Code(
        "network-request-invalid",
        Kind.NETWORK,
        Who.NETWORK,
        doctor=True,
        sample=Sample(
            f"no request to {HOST} can be made of this",
            {**SITE, **PING, "host": HOST, "cause": "ValueError: Invalid header"},
        ),
        page=Page(
            meaning="An address cannot be turned into a request, mostly one that a registry has sent.",
            known="The HTTP library refused the address.",
            todo="Check the address that is shown.",
        ),
    ),
    Code(
        "network-redirect-downgrade",
        Kind.NETWORK,
        Who.REGISTRY,
        doctor=True,
        sample=Sample(
            f"{HOST} redirects from https to plain http, to storage.example.org",
            {**SITE, **BLOB, "status": 307, "redirects": ["storage.example.org"]},
        ),
        page=Page(
            meaning="The registry was spoken to in HTTPS and sends us on to plain HTTP.",
            known="The `Location` of its answer begins with `http://`.",
            todo="Tell the registry's operator. `--plain-http` allows it, in a network that you trust.",
        ),
    ),
)

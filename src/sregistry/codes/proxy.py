"""The proxy on the way to a registry."""

from __future__ import annotations

from sregistry.codes.code import Code, Page, Sample
from sregistry.codes.examples import HOST, PING, SITE
from sregistry.codes.who import Who
from sregistry.kinds import Kind

#: Prose of several pages.
_TRIED = "The variable that named the proxy is shown, and what the connection to the proxy gave."

CODES: tuple[Code, ...] = (
    Code(
        "network-proxy-dns",
        Kind.NETWORK,
        Who.YOU,
        doctor=True,
        sample=Sample(
            "the host name of the proxy, proxy.old.example, cannot be resolved",
            {
                **SITE,
                **PING,
                "proxy": "http://proxy.old.example:3128",
                "proxy_source": "https_proxy",
                "proxy_host": "proxy.old.example",
                "proxy_port": 3128,
            },
        ),
        page=Page(
            meaning="The proxy's host name does not exist.",
            known=_TRIED,
            todo="Correct the variable, or unset it where there is no proxy.",
        ),
    ),
    Code(
        "network-proxy-refused",
        Kind.NETWORK,
        Who.YOU,
        attempts=2,
        doctor=True,
        sample=Sample(
            "no connection to the proxy proxy.example:3128 could be made",
            {
                **SITE,
                **PING,
                "proxy": "http://proxy.example:3128",
                "proxy_source": "https_proxy",
                "proxy_host": "proxy.example",
                "proxy_port": 3128,
            },
        ),
        page=Page(
            meaning="The proxy does not take connections.",
            known=_TRIED,
            todo="Correct the variable: is it the proxy of the network you are in?",
        ),
    ),
    Code(
        "network-proxy-timeout",
        Kind.NETWORK,
        Who.YOU,
        attempts=2,
        doctor=True,
        sample=Sample(
            "the proxy proxy.example:3128 does not answer",
            {
                **SITE,
                **PING,
                "proxy": "http://proxy.example:3128",
                "proxy_source": "https_proxy",
                "proxy_host": "proxy.example",
                "proxy_port": 3128,
            },
        ),
        page=Page(
            meaning="The proxy does not answer.",
            known=_TRIED,
            todo="Correct the variable: a proxy of another network cannot be reached from here.",
        ),
    ),
    Code(
        "network-proxy-failed",
        Kind.NETWORK,
        Who.YOU,
        attempts=3,
        doctor=True,
        sample=Sample(
            f"the proxy could not connect to {HOST}",
            {
                **SITE,
                **PING,
                "host": HOST,
                "proxy": "http://proxy.example:3128",
                "proxy_source": "https_proxy",
                "proxy_status": 502,
            },
        ),
        page=Page(
            meaning="The proxy could not reach the registry.",
            known=_TRIED,
            todo="Ask the network's administrator, or reach the registry without the proxy (`no_proxy`).",
        ),
    ),
    Code(
        "network-proxy-tls",
        Kind.NETWORK,
        Who.YOU,
        doctor=True,
        sample=Sample(
            "the TLS handshake with the proxy proxy.example failed",
            {
                **SITE,
                **PING,
                "proxy": "https://proxy.example:3128",
                "proxy_source": "https_proxy",
                "cause": "wrong version number",
            },
        ),
        page=Page(
            meaning="The encrypted connection to the proxy itself failed.",
            known=_TRIED,
            todo="Most proxies are spoken to in plain HTTP: `https_proxy=http://HOST:PORT`.",
        ),
    ),
    Code(
        "network-proxy-auth",
        Kind.NETWORK,
        Who.YOU,
        doctor=True,
        sample=Sample(
            "the proxy wants a user name and password",
            {
                **SITE,
                **PING,
                "host": HOST,
                "proxy": "http://proxy.example:3128",
                "proxy_source": "https_proxy",
                "proxy_status": 407,
            },
        ),
        page=Page(
            meaning="The proxy wants a user name and password.",
            known="It answered 407.",
            todo="Put them into the variable, `http://USER:PASSWORD@HOST:PORT`. They are shown nowhere.",
        ),
    ),
    Code(
        "network-proxy-denied",
        Kind.NETWORK,
        Who.YOU,
        doctor=True,
        sample=Sample(
            f"the proxy does not allow connections to {HOST}",
            {
                **SITE,
                **PING,
                "host": HOST,
                "proxy": "http://proxy.example:3128",
                "proxy_status": 403,
                "proxy_reason": "Forbidden",
            },
        ),
        page=Page(
            meaning="The proxy does not allow this host, or asks for a login with a page of its own.",
            known="Its answer is shown, and what its page says; the registry itself was not reached.",
            todo=(
                "Give the host name that is shown to the network's administrator. Registries often need several "
                "hosts: the registry, its token service, its storage."
            ),
        ),
    ),
    Code(
        "network-proxy-setting",
        Kind.NETWORK,
        Who.YOU,
        doctor=True,
        sample=Sample(
            "the variable https_proxy has the value '”http://proxy.example:3128”': it is not the address of a proxy",
            {
                **SITE,
                "setting": "https_proxy",
                "value": "”http://proxy.example:3128”",
                "reason": "it is not the address of a proxy (http://HOST:PORT)",
            },
        ),
        page=Page(
            meaning="A proxy variable holds something that is not the address of a proxy.",
            known="The value was read before any request was sent; passwords in it are not shown.",
            todo="Write it as `http://HOST:PORT`, in plain characters.",
        ),
    ),
)

"""The way to the registry: closed ports, silence, resets, other protocols, portals and proxies."""

from __future__ import annotations

from tests.sick.answer import CLOSED, RESET, SILENCE, Answer, Ending, document, page, raw, redirect, text
from tests.sick.request import Request
from tests.sick.scenario import CANARY, IMPATIENT, SUCCEEDS, Door, Expectation, Family, fails

FAMILY = Family("network")

_LATER = r"again|later|proxy|firewall|network"

FAMILY.add(
    "refused",
    fails("network-refused", r"refused", r"port|running|check"),
    "nobody listens on the port",
    "the registry is not running there",
    door=Door.CLOSED,
)
FAMILY.add(
    "deaf",
    fails("network-timeout", r"did not answer", r"firewall drops", r"login node", r"https_proxy", never=(r"refused",)),
    "answers no packets",
    "a firewall that drops them",
    door=Door.DEAF,
    settings=IMPATIENT,
)
FAMILY.add(
    "no-such-name",
    fails("network-dns", r"registry\.invalid", r"resolve|not exist|no such", r"spell|check|proxy"),
    "the host name does not exist",
    "a misspelt name, or no access to name servers",
    door=Door.NO_SUCH_NAME,
)


def _always(
    name: str, answer: Answer, expect: Expectation, does: str, cause: str, times: int = 1 << 30, **more: object
) -> None:
    """The same answer to everything, the first `times` times."""

    def handle(request: Request) -> Answer | None:
        return answer if request.count("all") <= times else None

    FAMILY.add(name, expect, does, cause, handle=handle, **more)


_always(
    "reset",
    RESET,
    fails("network-reset", r"closed|reset|broke", _LATER),
    "resets every connection after the request",
    "a firewall, or a crashing server",
)
_always(
    "closed",
    CLOSED,
    fails("network-reset", r"closed|reset|broke", _LATER),
    "closes every connection after the request",
    "a crashing server",
)
_always(
    "closed-in-plain-http",
    CLOSED,
    fails("network-reset", r"closed|reset|broke", _LATER, never=(r"--plain-http", r"https:")),
    "closes every connection after the request, and speaks plain http as the user says",
    "a crashing server",
    settings={"plain_http": "yes"},
)
_always("reset-once", RESET, SUCCEEDS, "resets the first connection", "a hiccup", times=1)
_always("closed-twice", CLOSED, SUCCEEDS, "closes the first two connections", "a hiccup", times=2)
_always(
    "silent",
    SILENCE,
    fails("network-no-answer", r"not answer|no answer", _LATER),
    "takes requests and never answers",
    "a hanging server",
    settings=IMPATIENT,
)
_always(
    "silent-patiently",
    SILENCE,
    fails("network-no-answer", r"not answer|no answer", _LATER),
    "the same, with the settings everybody has",
    "a hanging server",
)
_always(
    "silent-once", SILENCE, SUCCEEDS, "leaves the first request unanswered", "a hiccup", times=1, settings=IMPATIENT
)
_always(
    "header-stalls",
    raw(b"HTTP/1.1 200 OK\r\nContent-Type: appli", Ending.HANG),
    fails("network-no-answer network-stalled", r"not answer|no answer|stop|stall", _LATER),
    "stops in the middle of the header",
    "a hanging server or proxy",
    settings=IMPATIENT,
)
_always(
    "header-cut",
    raw(b"HTTP/1.1 200 OK\r\nContent-Type: appli"),
    fails(
        "network-reset network-truncated network-protocol manifest-truncated manifest-empty",
        r"end|closed|broke|HTTP|empty",
        _LATER,
    ),
    "closes in the middle of the header",
    "a crashing server or proxy",
)
_always(
    "answer-drips",
    document({"errors": []}).having(pace=(1, 0.7)),
    fails(
        "network-stalled",
        r"slow|stall",
        _LATER,
        never=(
            r"stopped sending",
            r"nothing more came",
        ),
    ),
    "sends a byte every 0.7 seconds",
    "a link that hardly works",
    settings=IMPATIENT,
)
_always(
    "ssh",
    raw(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
    fails("network-protocol", r"not HTTP|HTTP", r"port|check|service", never=(r"http://127\.0\.0\.1/",)),
    "greets as an SSH server",
    "the wrong port",
)
_always(
    "binary",
    raw(bytes(range(128, 256)) * 8),
    fails(
        "network-protocol network-reset",
        r"not HTTP|HTTP|closed",
        r"port|check|service|again|proxy",
        never=(r"http://127\.0\.0\.1/",),
    ),
    "sends binary data",
    "the wrong port",
)
_always(
    "portal",
    page(200, "Welcome to GuestNet", "Please <a href='/login'>sign in</a>."),
    fails("registry-web-page", r"web page|HTML", r"Welcome to GuestNet", r"portal|proxy|sign in", r"browser|check"),
    "answers everything with a login page",
    "a captive portal",
)
_always(
    "portal-status-511",
    page(511, "Network authentication required", "Log in to GuestNet first."),
    fails("registry-web-page", r"sign in first", r"Network authentication required", r"captive portal", r"browser"),
    "answers 511 with a page",
    "a captive portal that says so",
)
_always(
    "portal-unmarked",
    page(200, "Welcome", "Sign in.").setting("Content-Type"),
    fails("registry-web-page", r"web page|HTML", r"portal|proxy|sign in"),
    "a login page without Content-Type",
    "a captive portal",
)
_always(
    "portal-as-json",
    page(200, "Welcome", "Sign in.").setting("Content-Type", "application/json"),
    fails("registry-web-page", r"web page|HTML", r"portal|proxy|sign in"),
    "a login page that calls itself JSON",
    "a captive portal",
)
_always(
    "blocked-page",
    page(403, "Web Filter", "Category: file storage. This page is blocked."),
    fails("registry-web-page", r"web page|HTML", r"Web Filter", r"proxy|firewall"),
    "403 with the page of a web filter",
    "the site's web filter",
)
_always(
    "portal-refuses",
    page(403, "Authentication required", "Please log in to the network first."),
    fails("registry-web-page", r"Please log in to the network", r"captive portal", r"browser", never=(r"to allow",)),
    "answers 403 with a page that asks to log in",
    "a captive portal",
)
_always(
    "maintenance-page",
    page(200, "Down for maintenance", "Back soon."),
    fails("registry-web-page", r"being maintained", r"registry's operator", never=(r"captive portal",)),
    "a page of maintenance for everything, /v2/ too",
    "the registry is being maintained",
)
_always(
    "gateway-page",
    page(502, "502 Bad Gateway", "nginx").adding(("Server", "nginx")),
    fails("registry-unavailable", r"\b502\b", r"again|later", r"operator|report"),
    "502 and nginx's page, every time",
    "the registry behind nginx is down",
)
_always(
    "gateway-page-once",
    page(502, "502 Bad Gateway", "nginx").adding(("Server", "nginx")),
    SUCCEEDS,
    "502 and nginx's page, once",
    "the registry behind nginx was restarted",
    times=1,
)
_always(
    "squid-denies",
    page(403, "ERROR: The requested URL could not be retrieved", "Access Denied.").adding(
        ("X-Squid-Error", "ERR_ACCESS_DENIED 0")
    ),
    fails("network-proxy-denied", r"proxy", r"not allow|denie", r"administrator|ask"),
    "403 of a proxy",
    "a transparent proxy forbids the registry",
)
_always(
    "other-json",
    document({"message": "Hello from the load balancer", "healthy": True}),
    fails(
        "manifest-malformed",
        r"manifest",
        r"check|proxy|host|operator",
    ),
    "answers everything with JSON that has nothing to do with registries",
    "another service",
)
_always(
    "plain-words",
    text(200, "OK\n"),
    fails(
        "manifest-malformed",
        r"JSON|manifest",
        r"check|proxy|host|operator",
    ),
    "answers everything with OK",
    "another service, or a health check in front of it",
)


@FAMILY.scenario(
    "portal-redirect",
    fails(
        "registry-web-page",
        r"web page|HTML",
        r"GuestNet",
        r"portal|proxy|sign in",
        r"was sent on to",
        never=(r"has to let",),
    ),
    "redirects everything to a login page at another host",
    "a captive portal",
)
def portal_redirect(request: Request) -> Answer | None:
    if request.kind == "store":
        return page(200, "GuestNet", "Sign in.")
    return redirect(f"{request.elsewhere}/store/login", 302)


def _proxy(
    name: str, answer: Answer | None, expect: Expectation, does: str, cause: str, variable: str = "http://{host}"
) -> None:
    """The registry can be reached by a proxy only; the sick registry plays the proxy."""

    def handle(request: Request) -> Answer | None:
        return answer

    FAMILY.add(
        name,
        expect,
        does,
        cause,
        handle=handle,
        door=Door.NO_SUCH_NAME,
        environment={"https_proxy": variable, "HTTPS_PROXY": variable},
        settings=IMPATIENT,
    )


_proxy(
    "proxy-wants-login",
    Answer(407, headers=(("Proxy-Authenticate", 'Basic realm="proxy"'),)),
    fails("network-proxy-auth", r"proxy", r"password|login|user name"),
    "the proxy wants a password",
    "no password in the proxy's URL",
)
_proxy(
    "proxy-sends-to-sign-in",
    Answer(302, headers=(("Location", "http://portal.example.org/login?from=x"),)),
    fails(
        "network-proxy-denied",
        r"asks for a login before it connects",
        r"http://portal\.example\.org/login",
        never=(r"trying again", r"rules forbid", r"\?from"),
    ),
    "the proxy redirects CONNECT to a page to sign in",
    "a proxy that wants its users to sign in",
)
_proxy(
    "proxy-refuses-login",
    Answer(407, headers=(("Proxy-Authenticate", 'Basic realm="proxy"'),)),
    fails("network-proxy-auth", r"proxy \S+ refuses the login of bob", r"wrong or out of date", never=(r"NTLM",)),
    "the proxy does not take the login in its address, and offers Basic",
    "a password that has been changed",
    f"http://bob:{CANARY}-proxy@{{host}}",
)
_proxy(
    "proxy-takes-ntlm-only",
    Answer(407, headers=(("Proxy-Authenticate", "NTLM"), ("Proxy-Authenticate", "Negotiate"))),
    fails("network-proxy-auth", r"kind that is not supported: NTLM, Negotiate", never=(r"wrong or out of date",)),
    "the proxy does not take the login in its address, and offers NTLM and Negotiate",
    "a proxy of a Windows network",
    f"http://bob:{CANARY}-proxy@{{host}}",
)
_proxy(
    "proxy-hangs",
    Answer(200, delay=60),
    fails(
        "network-proxy-timeout",
        r"proxy \S+ accepted the connection and did not connect to registry\.invalid",
        never=(r"registry\.invalid accepted",),
    ),
    "the proxy does not answer CONNECT",
    "a proxy that hangs",
)
_proxy(
    "proxy-is-ssh",
    raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
    fails("network-protocol", r"proxy \S+ does not answer in HTTP", r"SSH-2\.0", r"https_proxy", r"no_proxy="),
    "another service listens at the proxy's address",
    "a wrong port in the proxy variable",
)
_proxy(
    "proxy-denies",
    text(403, "denied by policy"),
    fails("network-proxy-denied", r"answers: 403 Forbidden(?!')", r"not allow|denie", r"administrator|ask|NO_PROXY"),
    "the proxy does not connect to this host",
    "the proxy's rules",
)
_proxy(
    "proxy-denies-with-login-page",
    page(403, "Authentication required", "Please log in to the network first."),
    fails(
        "network-proxy-denied",
        r"proxy \S+ asks for a login before it connects",
        r"Please log in to the network",
        r"not reached",
        never=(r"rules forbid", r"sregistry login"),
    ),
    "the proxy answers CONNECT with 403 and a page that asks to log in",
    "nobody has logged in to the network",
)
_proxy(
    "proxy-denies-with-page",
    page(403, "Blocked", "Category: file storage."),
    fails("network-proxy-denied", r"Category: file storage", r"administrator", never=(r"log in",)),
    "the proxy answers CONNECT with 403 and a page",
    "the proxy's rules",
)
_proxy(
    "proxy-fails",
    text(502, "cannot connect"),
    fails("network-proxy-failed", r"proxy", r"did not connect to \S+: it answered 502", r"without the proxy"),
    "the proxy cannot connect",
    "the registry cannot be reached from the proxy",
)
_proxy(
    "proxy-refused",
    None,
    fails("network-proxy-refused", r"proxy", r"refused", r"https_proxy"),
    "the proxy's port is closed",
    "a proxy variable that is out of date",
    "http://127.0.0.1:1",
)
_proxy(
    "proxy-unknown",
    None,
    fails("network-proxy-dns", r"proxy\.invalid", r"resolve|not exist|no such", r"https_proxy"),
    "the proxy's name does not exist",
    "a proxy variable that is wrong",
    "http://proxy.invalid:3128",
)
_proxy(
    "proxy-misquoted",
    None,
    fails("network-proxy-setting", r"https_proxy", r"“http"),
    "the proxy variable holds typographic quotation marks",
    "copied from a document",
    "“http://proxy.example.org:3128”",
)

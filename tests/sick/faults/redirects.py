"""Redirects: to storage that wants no authorization, in circles, to nowhere, to addresses that have expired."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.sick import registry
from tests.sick.answer import Answer, page, redirect, text, xml
from tests.sick.registry import with_password, with_token
from tests.sick.request import Request
from tests.sick.scenario import CANARY, LOGIN, SUCCEEDS, Door, Expectation, Family, either, fails

FAMILY = Family("http")
_SIGNED = f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature={CANARY}-signature"


def _elsewhere(request: Request) -> str:
    """The address of the blob at another host, signed as object storage has it."""
    return f"{request.elsewhere}/store/{request.reference}?{_SIGNED}"


def _storage(request: Request) -> Answer | None:
    """Object storage refuses what carries two kinds of authorization."""
    if request.authorization:
        return xml(400, "InvalidArgument", "Only one auth mechanism allowed")
    return None


def _ask(name: str, ask: Callable[[Request], Answer | None], does: str, **more: Any) -> None:
    """Layers are at another host; `ask` is how the registry itself wants a login."""

    def handle(request: Request) -> Answer | None:
        if request.kind == "store":
            return _storage(request)
        return ask(request) or (redirect(_elsewhere(request)) if request.kind == "blob" else None)

    FAMILY.add(name, SUCCEEDS, does, "object storage with signed addresses", handle=handle, **more)


_ask("storage-after-token", with_token, "wants a token; layers are at another host, which must not see it")
_ask(
    "storage-after-login",
    with_password,
    "wants a login; layers are at another host, which must not see it",
    login=LOGIN,
)
_ask("storage-open", lambda request: None, "layers are at another host")


def _sends_to(
    name: str, location: Callable[[Request], str | None], expect: Expectation, does: str, cause: str, **more: Any
) -> None:
    """The layer is said to be somewhere else."""

    def handle(request: Request) -> Answer | None:
        return redirect(location(request)) if request.kind == "blob" and request.is_layer else None

    FAMILY.add(name, expect, does, cause, handle=handle, **more)


_sends_to(
    "redirect-relative", lambda request: f"/store/{request.reference}", SUCCEEDS, "redirects by path", "it is legal"
)
_sends_to(
    "redirect-scheme-relative",
    lambda request: _elsewhere(request).removeprefix("http:"),
    SUCCEEDS,
    "redirects to an address without scheme",
    "it is legal",
)
_sends_to(
    "redirect-to-itself",
    lambda request: f"{request.registry}{request.target}",
    fails("registry-redirects", r"circle|redirect", r"operator|report", never=(r"MAX_REDIRECTS",)),
    "redirects to the same address",
    "a broken configuration",
)
_sends_to(
    "redirect-nowhere",
    lambda request: None,
    fails("registry-unexpected registry-redirects", r"without saying where", r"operator|report"),
    "redirects without saying where",
    "a broken configuration",
)
_sends_to(
    "redirect-empty",
    lambda request: "",
    fails("registry-unexpected registry-redirects", r"without saying where", r"operator|report"),
    "redirects to an empty address",
    "a broken configuration",
)
_sends_to(
    "redirect-garbage",
    lambda request: "http://[not an address/",
    fails(
        "registry-redirects",
        r"redirect",
        r"operator|report",
        never=(
            r"circle",
            r"MAX_REDIRECTS",
            r"0 times",
        ),
    ),
    "redirects to something that is no address",
    "a broken configuration",
)
_sends_to(
    "redirect-to-file",
    lambda request: "file:///etc/passwd",
    fails(
        "registry-redirects",
        r"redirect",
        r"operator|report",
        never=(
            r"circle",
            r"MAX_REDIRECTS",
            r"0 times",
        ),
    ),
    "redirects to a file of this machine",
    "an attack",
)
_sends_to(
    "redirect-refused",
    lambda request: "http://127.0.0.1:1/layer",
    fails(
        "network-refused",
        r"refused",
        r"127\.0\.0\.1:1\b",
        r"redirect|sends|storage|firewall",
        never=(r"the registry is not running",),
    ),
    "redirects to a closed port",
    "the storage host is blocked, or down",
)
_sends_to(
    "redirect-no-such-name",
    lambda request: "https://cdn.invalid/layer",
    fails("network-dns", r"cdn\.invalid", r"resolve|not exist|no such", r"redirect|sends|storage|firewall|proxy"),
    "redirects to a host that does not exist",
    "the storage host cannot be resolved here",
)
_sends_to(
    "redirect-from-https-to-http",
    lambda request: f"{request.elsewhere}/store/{request.reference}",
    either("network-redirect-downgrade", r"plain http|http:|https", r"operator|plain-http|report"),
    "over https, redirects to plain http",
    "a broken configuration",
    door=Door.TLS,
)


def _stored(name: str, refusal: Answer, expect: Expectation, does: str, cause: str, times: int = 1 << 30) -> None:
    """The other host refuses, the first `times` times."""

    def handle(request: Request) -> Answer | None:
        if request.kind == "blob" and request.is_layer:
            return redirect(f"{_elsewhere(request)}&try={request.count('redirect')}")
        if request.kind == "store" and request.is_layer and request.count("store") <= times:
            return refusal
        return None

    FAMILY.add(name, expect, does, cause, handle=handle)


_STORAGE = (r"127\.0\.0\.2", r"redirect|sends|storage")
_stored(
    "storage-expired-once",
    xml(403, "AccessDenied", "Request has expired"),
    SUCCEEDS,
    "an address that expires before it is used, once",
    "a slow start",
    times=1,
)
_stored(
    "storage-expired",
    xml(403, "AccessDenied", "Request has expired"),
    fails(
        "blob-storage-denied",
        *_STORAGE,
        r"Request has expired",
        r"clock|again|operator",
        never=(r"Probably: A firewall",),
    ),
    "addresses that have expired, every time",
    "a clock is wrong",
)
_stored(
    "storage-skewed",
    xml(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."),
    fails("blob-storage-denied", *_STORAGE, r"time in the signed address", r"clock", r"operator", never=(r"firewall",)),
    "a storage whose clock is not the registry's",
    "a clock is wrong",
)
_stored(
    "storage-signature",
    xml(403, "SignatureDoesNotMatch", "The request signature we calculated does not match."),
    fails("blob-storage-denied", *_STORAGE, r"signature does not fit the address", r"proxy", never=(r"firewall",)),
    "a signature that does not fit the address",
    "the registry signs wrongly, or a proxy changes the address",
)
_stored(
    "storage-blocked",
    page(403, "Web Filter", "Category: file storage."),
    fails(
        "blob-storage-denied registry-web-page",
        *_STORAGE,
        r"Web Filter|HTML",
        r"firewall|proxy|administrator",
        never=(r"no longer valid",),
    ),
    "a web filter's page in place of the storage's answer",
    "the storage host is not allowed at this site",
)
_stored(
    "storage-unknown",
    xml(404, "NoSuchKey", "The specified key does not exist."),
    fails("blob-unknown", r"storage|127\.0\.0\.2", r"not have|missing|not exist", r"author|push|operator|report"),
    "the storage does not have the layer",
    "the storage lost it",
)
_stored(
    "storage-500-once", xml(500, "InternalError", "Try again."), SUCCEEDS, "the storage fails once", "a hiccup", times=1
)
_stored(
    "storage-503",
    xml(503, "SlowDown", "Please reduce your request rate."),
    fails("blob-storage-failed rate-limit-abuse", *_STORAGE, r"reduce your request rate", r"again|later"),
    "the storage is overloaded, every time",
    "the storage is overloaded",
)


@FAMILY.scenario(
    "redirect-circle",
    fails("registry-redirects", r"circle|redirect", r"operator|report"),
    "two addresses that redirect to each other",
    "a broken configuration",
)
def circle(request: Request) -> Answer | None:
    if request.kind == "store":
        return redirect(f"{request.registry}/v2/{request.name}/blobs/{request.repository.layer}")
    return redirect(f"{request.elsewhere}/store/x") if request.is_layer else None


@FAMILY.scenario(
    "redirect-endless",
    fails("registry-redirects", r"more than|times|redirect", r"operator|report"),
    "redirects to a new address each time",
    "a broken configuration",
)
def endless(request: Request) -> Answer | None:
    if request.kind == "store" or request.is_layer:
        return redirect(f"{request.registry}/store/{request.count('redirect')}")
    return None


def _manifest(status: int) -> None:
    """The manifest is at another address of the same host."""

    def handle(request: Request) -> Answer | None:
        if request.kind == "store":
            request.kind = "manifest"
            return registry.manifest(request)
        return redirect(f"/store/{request.reference}", status) if request.kind == "manifest" else None

    FAMILY.add(
        f"redirect-manifest-{status}", SUCCEEDS, f"{status} for manifests", "a redirecting front end", handle=handle
    )


for _status in (301, 302, 303, 307, 308):
    _manifest(_status)


@FAMILY.scenario("redirect-manifest-elsewhere", SUCCEEDS, "307 to another host for manifests", "a mirror", login=LOGIN)
def manifest_elsewhere(request: Request) -> Answer | None:
    if request.kind == "store":
        request.kind = "manifest"
        return registry.manifest(request)
    asked = with_password(request)
    return asked or (redirect(f"{request.elsewhere}/store/{request.reference}") if request.kind == "manifest" else None)


@FAMILY.scenario("redirect-300", either("registry-unexpected", r"\b300\b"), "300: several choices", "an odd front end")
def choices(request: Request) -> Answer | None:
    return text(300, "choose") if request.kind == "manifest" else None


@FAMILY.scenario("redirect-ping", SUCCEEDS, "301 for /v2/ without saying where", "a front end that wants no visitors")
def ping(request: Request) -> Answer | None:
    return Answer(301) if request.kind == "ping" else None

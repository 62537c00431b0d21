"""Registries that send back what they were sent: logins and tokens in errors, pages, headers, redirects and names.

What is wrong with the pull is not the point here; the judge finds each secret that a person gets to see.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import quote

from tests.sick.answer import Answer, body, document, error, page, redirect, text
from tests.sick.registry import challenged, with_password, with_token
from tests.sick.request import Request
from tests.sick.scenario import IDENTITY, LOGIN, PASSWORD, TOKEN, Expectation, Family, either, fails

FAMILY = Family("auth")

_DOES = "sends back what it was sent"
_CAUSE = "a debugging aid that was left on"


def sent(request: Request) -> str:
    """The secrets of a request in the forms that a server may print."""
    header = request.authorization
    parts = [header, quote(header, safe=""), request.body.decode("latin-1")]
    _, _, value = header.partition(" ")
    basic = header.startswith("Basic ")
    parts.append(base64.b64decode(value).decode() if basic else base64.b64encode(value.encode()).decode())
    parts += [value for name, value in request.headers.items() if name.lower().startswith("x-")]
    return " ".join(part for part in parts if part)


def _echo(
    name: str,
    expect: Expectation,
    answer: Callable[[Request], Answer],
    ask: Callable[[Request], Answer | None] = with_token,
    kinds: tuple[str, ...] = ("manifest",),
    stored: Callable[[Request], Answer | None] = lambda request: None,
    **more: object,
) -> None:
    """A scenario whose answers of `kinds`, once it was sent something, hold what it was sent."""

    def handle(request: Request) -> Answer | None:
        if request.kind in kinds and sent(request):
            return answer(request)
        return stored(request) if request.kind == "store" else ask(request)

    FAMILY.add(f"echo-{name}", expect, _DOES, _CAUSE, handle=handle, **{"login": LOGIN, **more})


def _detail(request: Request) -> Answer:
    return document({"errors": [{"code": "DENIED", "message": "no", "detail": {sent(request): [sent(request)]}}]}, 403)


_REFUSED = fails("auth-refused", r"not accept|refuses")
_DENIED = fails("auth-denied auth-refused", r"denie|accept")
_echo("error", _DENIED, lambda request: error(403, "DENIED", f"you sent {sent(request)}"))
_echo("detail", _DENIED, _detail)
_echo("text", _DENIED, lambda request: text(403, f"Headers: authorization={sent(request)}"))
_echo("password", _DENIED, lambda request: error(403, "DENIED", f"bad login {sent(request)}"), ask=with_password)
_echo("page", either("registry-web-page"), lambda request: page(403, f"Denied: {sent(request)}", sent(request)))
_echo("token-service", _REFUSED, lambda request: error(403, "DENIED", sent(request)), kinds=("token",))
_echo("refresh", _REFUSED, lambda request: text(401, sent(request)), kinds=("token",), login=IDENTITY)
_echo(
    "challenge",
    _REFUSED,
    lambda request: challenged(
        request, f'Bearer realm="{request.registry}/token?key={TOKEN}",error_description="{TOKEN} is not valid"'
    ),
)
_echo(
    "manifest",
    fails("manifest-malformed", r"not a manifest"),
    lambda request: document({"headers": {"Authorization": sent(request)}}),
)
_echo(
    "truncated",
    fails("manifest-truncated", r"incomplete"),
    lambda request: body(json.dumps([sent(request)])[:-2].encode(), None),
)
_echo(
    "headers",
    fails("registry-error", r"fails"),
    lambda request: text(500, "oops").adding(("Server", f"echo {TOKEN}"), ("X-Request", sent(request)[:500])),
)
_echo("type", either("manifest-malformed"), lambda request: body(b"{}", f"application/json; token={TOKEN}"))
_echo(
    "redirect",
    fails("blob-storage-denied", r"refuse"),
    lambda request: redirect(f"{request.elsewhere}/store/{request.reference}?token={TOKEN}&user={quote(PASSWORD)}"),
    kinds=("blob",),
    stored=lambda request: error(403, "AccessDenied", request.target),
)
_echo(
    "redirect-user-info",
    either("registry-redirects blob-storage-denied network-redirect-downgrade registry-unexpected blob-unknown"),
    lambda request: redirect(f"{request.elsewhere.replace('://', f'://{TOKEN}:{PASSWORD}@')}/store/gone"),
    kinds=("blob",),
)
_echo(
    "redirect-path",
    fails("registry-redirects registry-unexpected", r"redirect|sends"),
    lambda request: redirect(f"ftp://{TOKEN}:{PASSWORD}@storage.invalid/{TOKEN}?token={TOKEN}"),
    kinds=("blob",),
)
_echo(
    "layer",
    fails("blob-wrong-size digest-mismatch", r"size|digest"),
    lambda request: text(200, sent(request)),
    kinds=("blob",),
)

"""Every status at every stage, again and again, with bodies in turn empty, plain text, JSON and a web page."""

from __future__ import annotations

from tests.sick.answer import Answer, error, page, text
from tests.sick.registry import with_token
from tests.sick.request import Request
from tests.sick.scenario import Expectation, Family, either, fails

FAMILY = Family("http")

STAGES = ("ping", "token", "manifest", "config", "layer")
STATUSES = (400, 401, 403, 404, 405, 406, 409, 410, 418, 429, 451, 500, 501, 502, 503, 504, 520)

_MISSING = "repository-unknown tag-unknown manifest-unknown blob-unknown registry-unexpected registry-web-page"
#: Any code that is a fair reading of a bare status; what exactly is said is pinned by the other scenarios.
_CODES = {
    400: "registry-unexpected registry-web-page",
    401: "auth-required auth-unsupported registry-web-page",
    403: "auth-denied auth-required auth-refused registry-web-page",
    404: f"{_MISSING} registry-not-a-registry",
    405: "registry-unsupported registry-unexpected registry-web-page",
    406: "manifest-media-type registry-unexpected registry-web-page",
    409: "registry-unexpected registry-web-page",
    410: _MISSING,
    418: "registry-unexpected registry-web-page",
    429: "rate-limit-abuse",
    451: "auth-denied auth-required registry-web-page",
    500: "registry-error",
    501: "registry-unsupported registry-error registry-unexpected registry-web-page",
    502: "registry-unavailable",
    503: "registry-unavailable",
    504: "registry-unavailable",
    520: "registry-unavailable registry-error",
}
#: What would be false, whatever stage it is.
_NEVER = {404: (r'One tag is there: "latest"',), 405: (r"leaves some operations",), 501: (r"leaves some operations",)}
_SAYS = {401: r"login|web page", 404: r"not found|not have|no |nothing|missing|web page", 429: r"too many"}


def _stage(request: Request) -> str:
    if request.kind != "blob":
        return request.kind
    return "config" if request.is_config else "layer" if request.is_layer else "blob"


def _refusal(status: int, stage: str) -> Answer:
    """One of four bodies, so that each status and each stage meets several."""
    bodies = (
        Answer(status),
        text(status, f"the {stage} is not to be had\n"),
        error(status, "UNKNOWN", f"the {stage} is not to be had"),
        page(status, "Something is wrong", f"The {stage} is not to be had."),
    )
    return bodies[(STATUSES.index(status) + STAGES.index(stage)) % 4]


def _expected(status: int, stage: str) -> Expectation:
    says = [_SAYS.get(status, rf"\b{status}\b|web page")]
    if stage == "token":
        says.append(r"token|login")
    if stage == "ping":
        # Whoever asks for the manifest at once never hears about it.
        return either(_CODES[status] + " registry-not-a-registry registry-web-page", *says)
    return fails(_CODES[status], *says, never=_NEVER.get(status, ()))


def _add(status: int, stage: str) -> None:
    refusal = _refusal(status, stage)

    def handle(request: Request) -> Answer | None:
        if _stage(request) == stage:
            return refusal
        return with_token(request) if stage == "token" else None

    FAMILY.add(
        f"status-{status}-{stage}",
        _expected(status, stage),
        f"{status} for every {stage} request",
        "the registry refuses, without a good reason",
        handle=handle,
    )


for _status_code in STATUSES:
    for _at in STAGES:
        _add(_status_code, _at)

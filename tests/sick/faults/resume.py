"""Layers that break off once, and what the registry gives to those who come back for the rest."""

from __future__ import annotations

from collections.abc import Callable

from tests.sick import registry
from tests.sick.answer import Answer, Ending, body, error
from tests.sick.repository import NOISE
from tests.sick.request import Request
from tests.sick.scenario import IMPATIENT, SUCCEEDS, Expectation, Family, either, fails

FAMILY = Family("blob")
_HALF = NOISE // 2


def _resumed(name: str, later: Callable[[Request], Answer | None], expect: Expectation, does: str, cause: str) -> None:
    """The first answer breaks off in the middle; `later` answers those who come back."""

    def handle(request: Request) -> Answer | None:
        if not request.is_layer or request.method == "HEAD":
            return None
        if request.count("layer") == 1:
            return registry.blob(request).having(sent=_HALF, ending=Ending.RESET)
        return later(request)

    FAMILY.add(name, expect, f"breaks off once; then {does}", cause, handle=handle)


def _data(request: Request) -> bytes:
    return request.repository.blobs[request.reference]


def _whole(request: Request) -> Answer:
    return body(_data(request), "application/octet-stream")


_resumed("resume", lambda request: None, SUCCEEDS, "gives the rest", "a hiccup")
_resumed(
    "resume-from-start", _whole, SUCCEEDS, "gives the whole layer, not the range asked for", "no support for Range"
)
_resumed(
    "resume-416",
    lambda request: Answer(416) if request.headers.get("Range") else None,
    SUCCEEDS,
    "416 for any range",
    "no support for Range",
)
_resumed(
    "resume-other-range",
    lambda request: (
        _whole(request)
        .having(status=206)
        .adding(("Content-Range", f"bytes 0-{len(_data(request)) - 1}/{len(_data(request))}"))
        if request.headers.get("Range")
        else None
    ),
    SUCCEEDS,
    "206 with the range from the beginning",
    "a cache that has its own idea of ranges",
)
_resumed(
    "resume-range-unnamed",
    lambda request: _whole(request).having(status=206) if request.headers.get("Range") else None,
    either("digest-mismatch size-long blob-wrong-size", r"digest|size|larger", r"again|proxy"),
    "206 with the whole layer and no Content-Range",
    "a broken cache",
)
_resumed(
    "resume-other-content",
    lambda request: registry.blob(request, bytes(len(_data(request)))),
    fails("digest-mismatch layer-compression-corrupt layer-tar-invalid", r"digest|corrupt", r"again|proxy|push"),
    "gives the rest of something else",
    "a cache whose parts differ",
)
_resumed(
    "resume-403",
    lambda request: error(403, "DENIED", "ranges are not allowed") if request.headers.get("Range") else None,
    either("auth-denied", r"ranges are not allowed"),
    "403 for any range",
    "a firewall's rule",
)


def _never_whole(request: Request, sent: int, ending: Ending) -> Answer | None:
    """The beginning of a layer, whatever was asked for."""
    return _whole(request).having(sent=sent, ending=ending) if request.is_layer and request.method == "GET" else None


FAMILY.add(
    "cut-always",
    fails("network-truncated", r"after 30 kB of 262 kB, \d times", r"same place each time", r"again"),
    "breaks off after 30,000 bytes every time, and knows no Range",
    "a proxy that limits the size of what it passes on",
    handle=lambda request: _never_whole(request, 30_000, Ending.CLOSE),
)
FAMILY.add(
    "stalls-always",
    fails("network-stalled", r"after 131 kB of 262 kB, \d times", r"again"),
    "sends a half and then nothing, every time, and knows no Range",
    "a firewall that stops large answers",
    handle=lambda request: _never_whole(request, _HALF, Ending.HANG),
    settings=IMPATIENT,
)

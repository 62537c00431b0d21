"""Layers on their way: absent, refused, cut, stalled, longer or other than promised, resumed badly."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

from tests.sick import registry
from tests.sick.answer import CLOSED, RESET, SILENCE, Answer, Ending, Framing, body, error, page, text, xml
from tests.sick.repository import NOISE
from tests.sick.request import Request
from tests.sick.scenario import IMPATIENT, SUCCEEDS, Expectation, Family, either, fails

FAMILY = Family("blob")

_AGAIN = r"again|proxy|firewall|network"
_AUTHOR = r"author|push|operator|another|report"
_HALF = NOISE // 2


def _sends(
    name: str,
    spoil: Callable[[Answer], Answer],
    expect: Expectation,
    does: str,
    cause: str,
    times: int = 1 << 30,
    **more: Any,
) -> None:
    """What the healthy registry answers when the layer is asked for, spoilt; the first `times` times."""

    def handle(request: Request) -> Answer | None:
        if not request.is_layer or request.method == "HEAD" or request.count("layer") > times:
            return None
        return spoil(registry.blob(request))

    FAMILY.add(name, expect, does, cause, handle=handle, **more)


def _always(answer: Answer) -> Callable[[Answer], Answer]:
    return lambda _: answer


_sends(
    "blob-packed",
    lambda answer: answer.having(body=gzip.compress(answer.body)).adding(("Content-Encoding", "gzip")),
    fails("blob-wrong-size", r"Content-Encoding: gzip", r"packed it once more", _AGAIN),
    "the layer packed once more, with a Content-Encoding that says so",
    "a proxy that packs whatever passes",
)
_sends(
    "blob-unknown",
    _always(error(404, "BLOB_UNKNOWN", "blob unknown to registry")),
    fails("blob-unknown", r"layer", r"not have|missing|not found|gone", _AUTHOR),
    "404 for a layer",
    "the image was copied or cleaned up incompletely",
)
_sends(
    "blob-unknown-text",
    _always(text(404, "404 page not found")),
    fails("blob-unknown", r"layer", r"not have|missing|not found|gone", _AUTHOR),
    "404 in plain text for a layer",
    "the image was copied or cleaned up incompletely",
)
_sends(
    "blob-denied",
    _always(error(403, "DENIED", "requested access to the resource is denied")),
    fails("auth-denied", r"manifest, but refuses the layer", r"denie", r"operator", never=(r"does not exist",)),
    "403 for a layer",
    "the registry's storage refuses",
)
_sends(
    "blob-unauthorised",
    _always(error(401, "UNAUTHORIZED", "authentication required")),
    fails("auth-unsupported auth-required", r"refuses the layer", r"\b401\b|unauthorized", never=(r"kind of login",)),
    "401 without a challenge for a layer, though the manifest was given",
    "a broken configuration",
)
_sends(
    "blob-500",
    _always(text(500, "internal server error")),
    fails("registry-error", r"\b500\b", r"again|later", r"operator|report"),
    "500 for a layer, every time",
    "the registry's storage is broken",
)
_sends("blob-500-twice", _always(text(500, "oops")), SUCCEEDS, "500 for a layer, twice", "a hiccup", times=2)
_sends("blob-reset-before", _always(RESET), SUCCEEDS, "resets before the header, once", "a hiccup", times=1)
_sends("blob-closed-before", _always(CLOSED), SUCCEEDS, "closes before the header, twice", "a hiccup", times=2)
_sends(
    "blob-silent",
    _always(SILENCE),
    fails("network-no-answer", r"not answer|no answer", _AGAIN),
    "never answers when a layer is asked for",
    "the storage hangs",
    settings=IMPATIENT,
)
_sends(
    "blob-page",
    _always(page(200, "Session expired", "Please sign in to the network again.")),
    fails(
        "registry-web-page blob-wrong-size size-short digest-mismatch", r"web page|HTML", r"portal|proxy|sign in|again"
    ),
    "a login page in place of a layer",
    "the captive portal's time ran out",
)
_sends(
    "blob-empty",
    _always(body(b"", "application/octet-stream")),
    fails("size-short blob-wrong-size digest-mismatch", r"incomplete|empty|size", _AGAIN),
    "200 and no bytes for a layer",
    "the storage, or a proxy, lost it",
)

for _name, _at in (("first-byte", 0), ("start", 1), ("middle", _HALF), ("end", NOISE)):
    _sends(
        f"blob-reset-at-{_name}",
        lambda answer, at=_at: answer.having(sent=at, ending=Ending.RESET),  # type: ignore[misc]
        SUCCEEDS,
        f"resets after {_at} bytes of a layer, once",
        "a hiccup",
        times=1,
    )
_sends(
    "blob-reset-always",
    lambda answer: answer.having(sent=1000, ending=Ending.RESET),
    either("network-reset network-truncated", r"broke|reset|closed", _AGAIN, never=(r"without an answer",)),
    "resets after each 1000 bytes",
    "a firewall that counts bytes",
    requests=400,
)
_sends(
    "blob-reset-without-progress",
    lambda answer: answer.having(sent=0, ending=Ending.RESET),
    fails("network-reset network-truncated", r"broke|reset|closed|end", _AGAIN, never=(r"without an answer",)),
    "sends the header of a layer, then resets, every time",
    "a firewall that looks into answers",
)
_sends(
    "blob-cut-once",
    lambda answer: answer.having(sent=_HALF, ending=Ending.CLOSE),
    SUCCEEDS,
    "closes in the middle of a layer, once",
    "a hiccup",
    times=1,
)
_sends(
    "blob-cut-thrice",
    lambda answer: answer.having(sent=30_000, ending=Ending.CLOSE),
    SUCCEEDS,
    "closes after 30,000 bytes of a layer, three times",
    "a bad link",
    times=3,
)
_sends(
    "blob-stalls-once",
    lambda answer: answer.having(sent=_HALF, ending=Ending.HANG),
    SUCCEEDS,
    "stops in the middle of a layer, once",
    "a connection that died without a word",
    times=1,
    settings=IMPATIENT,
)
_sends(
    "blob-stalls",
    lambda answer: answer.having(sent=0, ending=Ending.HANG),
    fails("network-stalled", r"stop|stall|slow", _AGAIN),
    "sends the header of a layer and nothing more, every time",
    "a firewall that looks into large answers",
    settings=IMPATIENT,
)
_sends(
    "blob-stalls-patiently",
    lambda answer: answer.having(sent=0, ending=Ending.HANG),
    fails("network-stalled", r"stop|stall|slow", _AGAIN),
    "the same, with the settings everybody has",
    "a firewall that looks into large answers",
)
_sends(
    "blob-drips",
    lambda answer: answer.having(pace=(8, 0.5)),
    fails("network-stalled", r"stop|stall|slow", _AGAIN),
    "sends 16 bytes of a layer each second",
    "a link that hardly works",
    settings=IMPATIENT,
)
_sends(
    "blob-slow",
    lambda answer: answer.having(pace=(32768, 0.2)),
    SUCCEEDS,
    "sends a layer slowly, but steadily",
    "a slow link",
    settings=IMPATIENT,
)


# ------------------------------------------------------------------ lengths and framing

_sends(
    "blob-chunked", lambda answer: answer.having(framing=Framing.CHUNKED), SUCCEEDS, "a layer in chunks", "it is legal"
)
_sends(
    "blob-until-close",
    lambda answer: answer.having(framing=Framing.CLOSE),
    SUCCEEDS,
    "a layer that ends with the connection",
    "it is legal",
)
_sends(
    "blob-http-1.0",
    lambda answer: answer.having(version="HTTP/1.0", framing=Framing.CLOSE),
    SUCCEEDS,
    "a layer by HTTP/1.0",
    "it is legal",
)
_sends(
    "blob-until-close-short",
    lambda answer: answer.having(framing=Framing.CLOSE, sent=_HALF, ending=Ending.CLOSE),
    SUCCEEDS,
    "half a layer that ends with the connection, once: only its size tells",
    "a hiccup that HTTP does not show",
    times=1,
)
_sends(
    "blob-until-close-always-short",
    lambda answer: answer.having(framing=Framing.CLOSE, body=answer.body[:_HALF], status=200),
    fails(
        "size-short blob-wrong-size network-truncated digest-mismatch",
        r"incomplete|size|before the end",
        r"again|proxy|push",
    ),
    "half a layer, every time, from its beginning",
    "the storage, or a proxy, has half of it",
)
_sends(
    "blob-half-stored",
    lambda answer: answer.having(body=answer.body[:_HALF], status=200),
    fails("size-short blob-wrong-size", r"incomplete|size", r"again|proxy|push"),
    "half a layer, and says that this is all",
    "the storage has half of it",
)
_sends(
    "blob-chunks-broken",
    lambda answer: answer.having(framing=Framing.CHUNKED, sent=_HALF, ending=Ending.CLOSE),
    SUCCEEDS,
    "chunks that end too early, once",
    "a hiccup",
    times=1,
)
_sends(
    "blob-chunk-size-garbage",
    _always(Answer(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n", ending=Ending.CLOSE)),
    fails("network-truncated network-protocol", r"broke|HTTP|end", _AGAIN),
    "chunks whose sizes are no numbers",
    "a broken proxy",
)
_sends(
    "blob-longer",
    lambda answer: answer.having(body=answer.body + b"more", status=200),
    fails("size-long blob-wrong-size digest-mismatch", r"larger|longer|more|size", r"again|push|proxy"),
    "a layer with four bytes more than the manifest says",
    "the storage, or a proxy, has something else",
)
_sends(
    "blob-endless",
    lambda answer: Answer(body=bytes(65536), endless=True, framing=Framing.CHUNKED),
    fails(
        "size-long blob-wrong-size digest-mismatch layer-compression-corrupt layer-tar-invalid",
        r"larger|longer|more|size|digest|corrupt",
    ),
    "a layer without end",
    "an attack",
)
_sends(
    "blob-length-too-small",
    lambda answer: answer.having(announced=1000, ending=Ending.CLOSE),
    fails("size-short blob-wrong-size digest-mismatch", r"incomplete|size", r"again|proxy|push"),
    "announces 1000 bytes of a longer layer",
    "a broken proxy",
)
_sends(
    "blob-length-garbage",
    lambda answer: Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + answer.body, ending=Ending.CLOSE),
    either("network-protocol blob-wrong-size", r"HTTP|length"),
    "a Content-Length that is no number",
    "a broken proxy",
)
_sends(
    "blob-length-twice",
    lambda answer: answer.adding(("Content-Length", str(len(answer.body)))),
    either("network-protocol", r"HTTP|length"),
    "the same Content-Length twice",
    "a broken proxy",
)
_sends(
    "blob-length-contradiction",
    lambda answer: answer.adding(("Content-Length", "17")),
    either(
        "network-protocol blob-wrong-size network-truncated size-short",
        r"HTTP|length|size|end",
        never=(r"without an answer",),
    ),
    "two Content-Lengths that differ",
    "a broken proxy",
)


# ------------------------------------------------------------------ content

_sends(
    "blob-other-byte",
    lambda answer: answer.having(body=answer.body[:-100] + bytes([answer.body[-100] ^ 1]) + answer.body[-99:]),
    fails("digest-mismatch", r"digest", r"match", r"again|proxy|push"),
    "a layer with one wrong bit",
    "corrupt storage, or a proxy",
)
_sends(
    "blob-other-byte-first",
    lambda answer: answer.having(body=b"\0" + answer.body[1:]),
    fails("digest-mismatch layer-compression-corrupt layer-tar-invalid", r"digest|corrupt", r"again|proxy|push"),
    "a layer whose first byte is wrong",
    "corrupt storage, or a proxy",
)
_sends(
    "blob-other-byte-once",
    lambda answer: answer.having(body=answer.body[:-100] + b"!" + answer.body[-99:]),
    SUCCEEDS,
    "a layer with a wrong byte, once",
    "a proxy's cache",
    times=1,
)
_sends(
    "blob-zeros",
    lambda answer: answer.having(body=bytes(len(answer.body))),
    fails("digest-mismatch layer-compression-corrupt layer-tar-invalid", r"digest|corrupt", r"again|proxy|push"),
    "zeros in place of a layer, of the right length",
    "the storage lost it",
)
_sends(
    "blob-labelled-gzip",
    lambda answer: answer.adding(("Content-Encoding", "gzip")),
    SUCCEEDS,
    "the layer as it is, with Content-Encoding: gzip",
    "a server that takes the file's name for its encoding",
)
_sends(
    "blob-gzipped-again",
    lambda answer: answer.having(body=gzip.compress(answer.body)).adding(("Content-Encoding", "gzip")),
    either(
        "blob-wrong-size digest-mismatch size-long",
        r"size|digest|larger|compress",
        r"again|proxy|operator",
    ),
    "the layer compressed once more, with Content-Encoding: gzip",
    "a proxy that compresses everything",
)
_sends(
    "blob-error-document",
    _always(xml(200, "InternalError", "We encountered an internal error. Please try again.")),
    fails("blob-wrong-size size-short digest-mismatch blob-storage-failed", r"size|incomplete|digest|internal error"),
    "200, and an error in XML in place of the layer",
    "storage that reports errors too late",
)

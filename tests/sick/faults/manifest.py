"""Manifests: bytes that are no manifest, fields that are not what they should be, labels that lie."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.sick import registry
from tests.sick.answer import Answer, Ending, Framing, error, page, text
from tests.sick.request import Request
from tests.sick.scenario import IMPATIENT, SUCCEEDS, Expectation, Family, either, fails

FAMILY = Family("manifest")

DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
_BAD = "manifest-malformed"
_AUTHOR = r"author|operator|registry|proxy|again"
_NOT_JSON = fails("manifest-malformed", r"JSON", r"again|proxy|operator|report|author")


def _sends(
    name: str,
    spoil: Callable[[Answer], Answer],
    expect: Expectation,
    does: str,
    cause: str,
    times: int = 1 << 30,
    **more: Any,
) -> None:
    """What the healthy registry answers to manifest requests, spoilt; the first `times` times."""

    def handle(request: Request) -> Answer | None:
        if request.kind != "manifest" or request.count(request.method) > times:
            return None
        return spoil(registry.manifest(request))

    FAMILY.add(name, expect, does, cause, handle=handle, **more)


def _instead(
    name: str, data: bytes, expect: Expectation, does: str, cause: str = "something else was stored, or answers"
) -> None:
    """Other bytes, with the manifest's media type and without a digest."""
    _sends(name, lambda answer: answer.having(body=data).setting("Docker-Content-Digest"), expect, does, cause)


_sends(
    "manifest-packed",
    lambda answer: answer.having(body=gzip.compress(answer.body)),
    fails(_BAD, r"gzip-compressed, and its header does not say so", r"Content-Encoding", r"proxy", never=(r"�",)),
    "the manifest in gzip without Content-Encoding",
    "a proxy lost a header",
)
_sends(
    "manifest-truncated",
    lambda answer: answer.having(body=answer.body[: len(answer.body) // 2]),
    fails(
        "manifest-truncated",
        r"incomplete|truncat|middle|half|cut|digest",
        r"again",
        r"proxy|registry",
    ),
    "half a manifest, with the length of that half",
    "the registry, or a proxy, cuts manifests off",
)
_sends(
    "manifest-truncated-once",
    lambda answer: answer.having(body=answer.body[: len(answer.body) // 2]),
    SUCCEEDS,
    "half a manifest, once",
    "a hiccup",
    times=1,
)
_sends(
    "manifest-short",
    lambda answer: answer.having(sent=100, ending=Ending.CLOSE),
    fails("network-truncated manifest-truncated", r"before the end|incomplete|broke", r"again|proxy"),
    "100 bytes of the length it announced, then closes",
    "the registry, or a proxy, breaks off",
)
_sends(
    "manifest-short-once",
    lambda answer: answer.having(sent=100, ending=Ending.RESET),
    SUCCEEDS,
    "100 bytes of the length it announced, then resets; once",
    "a hiccup",
    times=1,
)
_sends(
    "manifest-stalls",
    lambda answer: answer.having(sent=100, ending=Ending.HANG),
    fails("network-stalled", r"stop|stall", r"again|proxy|firewall"),
    "100 bytes, then nothing more",
    "the registry, or a proxy, hangs",
    settings=IMPATIENT,
)
_sends(
    "manifest-chunks-broken",
    lambda answer: answer.having(framing=Framing.CHUNKED, sent=100, ending=Ending.CLOSE),
    fails("network-truncated manifest-truncated", r"before the end|incomplete|broke", r"again|proxy"),
    "a chunked manifest without its end",
    "the registry, or a proxy, breaks off",
)
_instead("manifest-empty", b"", fails("manifest-empty", r"empty|nothing", r"again|proxy|operator|report"), "nothing")
_instead("manifest-empty-object", b"{}", fails(_BAD, r"manifest", _AUTHOR), "an empty object")
_instead(
    "manifest-no-schema",
    b'{"status": "ok", "data": {"tag": "latest"}}',
    fails(_BAD, r"not a manifest|no manifest|schemaVersion", _AUTHOR),
    "JSON, but no manifest",
)
_instead("manifest-list", b"[]", fails(_BAD, r"manifest", _AUTHOR), "a JSON list")
_instead("manifest-string", b'"manifest"', fails(_BAD, r"manifest", _AUTHOR), "a JSON string")
_instead("manifest-null", b"null", fails(_BAD, r"manifest", _AUTHOR), "null")
_instead("manifest-text", b"manifest not available\n", _NOT_JSON, "plain text with a manifest's media type")
_instead("manifest-binary", bytes(range(256)) * 8, replace(_NOT_JSON, never=("��",)), "binary data")
_instead(
    "manifest-nan",
    b'{"schemaVersion": NaN, "layers": [Infinity]}',
    fails(f"{_BAD} manifest-unsupported", r"manifest"),
    "numbers that JSON does not have",
)
_instead(
    "manifest-deep",
    b"[" * 100_000,
    fails(_BAD, r"manifest"),
    "100,000 nested lists",
    "an attack",
)
_instead(
    "manifest-deep-object",
    b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    fails(_BAD, r"manifest"),
    "50,000 nested objects",
    "an attack",
)
_instead(
    "manifest-huge-number",
    b'{"schemaVersion": ' + b"9" * 100_000 + b"}",
    fails(f"{_BAD} manifest-unsupported", r"manifest|schema"),
    "a number of 100,000 digits",
    "an attack",
)
_sends(
    "manifest-page",
    lambda answer: page(200, "Welcome", "This is our registry's web page."),
    fails("registry-web-page", r"web page|HTML", r"proxy|portal|check"),
    "a web page",
    "a web server that answers every address",
)
_sends(
    "manifest-endless",
    lambda answer: Answer(body=b" " * 65536, headers=answer.headers, endless=True, announced=1 << 40),
    fails("manifest-too-large", r"larger|more than|limit", r"operator|report|check"),
    "announces a terabyte and sends",
    "no manifest is that large",
)
_sends(
    "manifest-endless-chunks",
    lambda answer: Answer(body=b" " * 65536, headers=answer.headers, endless=True, framing=Framing.CHUNKED),
    fails("manifest-too-large", r"larger|more than|limit", r"operator|report|check"),
    "sends without end, in chunks",
    "no manifest is that large",
)
_sends(
    "manifest-gzip-bomb",
    lambda answer: answer.having(body=gzip.compress(bytes(64 << 20), 9)).adding(("Content-Encoding", "gzip")),
    fails("manifest-too-large", r"larger|more than|limit", r"operator|report|check"),
    "a small body that decompresses to 64 MiB",
    "an attack",
)
_sends(
    "manifest-gzip",
    lambda answer: answer.having(body=gzip.compress(answer.body)).adding(("Content-Encoding", "gzip")),
    SUCCEEDS,
    "a compressed manifest that nobody asked for",
    "a proxy that compresses everything",
)
_sends(
    "manifest-204",
    lambda answer: Answer(204),
    fails("registry-unexpected manifest-empty", r"\b204\b|empty|nothing", r"again|operator|proxy|report"),
    "204: nothing",
    "a broken proxy",
)
_sends(
    "manifest-refuses-many-types",
    lambda answer: answer,
    SUCCEEDS,
    "answers HEAD and GET alike",
    "nothing is wrong",
)


@FAMILY.scenario("head-429", SUCCEEDS, "429 for every HEAD", "what counts requests counts those of one method apart")
def head_limited(request: Request) -> Answer | None:
    return error(429, "TOOMANYREQUESTS", "slow down") if request.method == "HEAD" else None


@FAMILY.scenario("unasked-206", SUCCEEDS, "206 for whole blobs that nobody asked a part of", "a cache in front of it")
def unasked(request: Request) -> Answer | None:
    answer = registry.serve(request)
    if answer.status != 200 or request.kind != "blob":
        return None
    end = len(answer.body)
    return answer.having(status=206).adding(("Content-Range", f"bytes 0-{end - 1}/{end}"))


@FAMILY.scenario("static", SUCCEEDS, "files on a web server: 404 for /v2/ and for lists", "a bucket serves as registry")
def static(request: Request) -> Answer | None:
    return None if request.kind in ("manifest", "blob") else text(404, "404 page not found\n")


@FAMILY.scenario("manifest-no-head", SUCCEEDS, "405 for HEAD", "some registries know GET only")
def no_head(request: Request) -> Answer | None:
    return error(405, "UNSUPPORTED", "method not allowed") if request.method == "HEAD" else None


# ------------------------------------------------------------------ labels


def _labelled(name: str, expect: Expectation, does: str, cause: str, **headers: str | None) -> None:
    """Other header fields; None takes one away."""

    def spoil(answer: Answer) -> Answer:
        for header, value in headers.items():
            answer = answer.setting(header.replace("_", "-"), *([] if value is None else [value]))
        return answer

    _sends(name, spoil, expect, does, cause)


_LABEL = "the body says what it is"
_labelled("type-text", SUCCEEDS, "Content-Type: text/plain", _LABEL, Content_Type="text/plain; charset=utf-8")
_labelled("type-json", SUCCEEDS, "Content-Type: application/json", _LABEL, Content_Type="application/json")
_labelled(
    "type-octets", SUCCEEDS, "Content-Type: application/octet-stream", _LABEL, Content_Type="application/octet-stream"
)
_labelled("type-absent", SUCCEEDS, "no Content-Type", _LABEL, Content_Type=None)
_labelled("type-garbage", SUCCEEDS, "a Content-Type that is none", _LABEL, Content_Type=";;;=,")
_labelled("type-list", SUCCEEDS, "calls a manifest a list", _LABEL, Content_Type=DOCKER_LIST)
_labelled(
    "type-schema1",
    SUCCEEDS,
    "calls it schema 1",
    _LABEL,
    Content_Type="application/vnd.docker.distribution.manifest.v1+prettyjws",
)
_labelled(
    "type-html", either("registry-web-page", r"HTML|web page"), "calls it text/html", _LABEL, Content_Type="text/html"
)
_labelled("digest-header-absent", SUCCEEDS, "no Docker-Content-Digest", "it is optional", Docker_Content_Digest=None)
_labelled(
    "digest-header-garbage",
    SUCCEEDS,
    "a digest that is none",
    "the bytes are what counts",
    Docker_Content_Digest="sha256-of-it",
)
_labelled(
    "digest-header-lies",
    either("manifest-digest-mismatch", r"digest", r"proxy|registry"),
    "asked by tag, names another digest than that of the bytes",
    "a proxy converts or caches wrongly",
    Docker_Content_Digest="sha256:" + "1" * 64,
)


def _parameters(answer: Answer) -> Answer:
    media_type = next(value for name, value in answer.headers if name == "Content-Type")
    return answer.setting("Content-Type", f'{media_type}; charset=utf-8; profile="x"')


_sends("type-with-parameters", _parameters, SUCCEEDS, "parameters after the media type", "they mean nothing here")


@FAMILY.scenario(
    "digest-other-bytes",
    fails("manifest-digest-mismatch", r"digest", r"match", r"proxy|registry"),
    "asked by digest, sends another manifest",
    "a proxy, or the registry's storage, is corrupt",
    digest=lambda repository: repository.manifests["latest"].digest,
)
def other_bytes(request: Request) -> Answer | None:
    if request.kind != "manifest":
        return None
    found = registry.manifest(request)
    return found.having(body=found.body.replace(b'"schemaVersion"', b' "schemaVersion"'))


FAMILY.add(
    "digest-good",
    SUCCEEDS,
    "asked by digest",
    "nothing is wrong",
    digest=lambda repository: repository.manifests["latest"].digest,
)

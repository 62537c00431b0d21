"""Manifests: bytes that are no manifest, fields that are not what they should be, labels that lie."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

from tests.sick import registry
from tests.sick.answer import Answer, Ending, Framing, body, error, page, text
from tests.sick.repository import Maker, Repository, healthy, of_manifest
from tests.sick.request import Request
from tests.sick.scenario import IMPATIENT, SUCCEEDS, Expectation, Family, either, fails

FAMILY = Family("manifest")

DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
_BAD = "image-manifest-invalid manifest-invalid"
_AUTHOR = r"author|operator|registry|proxy|again"
_NOT_JSON = fails(
    "manifest-not-json manifest-invalid manifest-truncated", r"JSON", r"again|proxy|operator|report|author"
)


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
    "manifest-truncated",
    lambda answer: answer.having(body=answer.body[: len(answer.body) // 2]),
    fails(
        "manifest-truncated digest-mismatch manifest-not-json",
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
_instead("manifest-empty-object", b"{}", fails(f"manifest-no-schema {_BAD}", r"manifest", _AUTHOR), "an empty object")
_instead(
    "manifest-no-schema",
    b'{"status": "ok", "data": {"tag": "latest"}}',
    fails(f"manifest-no-schema {_BAD}", r"not a manifest|no manifest|schemaVersion", _AUTHOR),
    "JSON, but no manifest",
)
_instead("manifest-list", b"[]", fails(f"manifest-no-schema {_BAD}", r"manifest", _AUTHOR), "a JSON list")
_instead("manifest-string", b'"manifest"', fails(f"manifest-no-schema {_BAD}", r"manifest", _AUTHOR), "a JSON string")
_instead("manifest-null", b"null", fails(f"manifest-no-schema {_BAD}", r"manifest", _AUTHOR), "null")
_instead("manifest-text", b"manifest not available\n", _NOT_JSON, "plain text with a manifest's media type")
_instead("manifest-binary", bytes(range(256)) * 8, _NOT_JSON, "binary data")
_instead(
    "manifest-nan",
    b'{"schemaVersion": NaN, "layers": [Infinity]}',
    fails(f"manifest-not-json manifest-no-schema {_BAD}", r"manifest"),
    "numbers that JSON does not have",
)
_instead(
    "manifest-deep",
    b"[" * 100_000,
    fails(f"manifest-not-json manifest-too-deep {_BAD} manifest-truncated", r"manifest"),
    "100,000 nested lists",
    "an attack",
)
_instead(
    "manifest-deep-object",
    b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    fails(f"manifest-not-json manifest-no-schema {_BAD}", r"manifest"),
    "50,000 nested objects",
    "an attack",
)
_instead(
    "manifest-huge-number",
    b'{"schemaVersion": ' + b"9" * 100_000 + b"}",
    fails(f"manifest-not-json manifest-no-schema manifest-schema {_BAD}", r"manifest|schema"),
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
    fails("registry-answer-too-large", r"larger|more than|limit", r"operator|report|check"),
    "announces a terabyte and sends",
    "no manifest is that large",
)
_sends(
    "manifest-endless-chunks",
    lambda answer: Answer(body=b" " * 65536, headers=answer.headers, endless=True, framing=Framing.CHUNKED),
    fails("registry-answer-too-large", r"larger|more than|limit", r"operator|report|check"),
    "sends without end, in chunks",
    "no manifest is that large",
)
_sends(
    "manifest-gzip-bomb",
    lambda answer: answer.having(body=gzip.compress(bytes(64 << 20), 9)).adding(("Content-Encoding", "gzip")),
    fails("registry-answer-too-large", r"larger|more than|limit", r"operator|report|check"),
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
    either("digest-mismatch", r"digest", r"proxy|registry"),
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
    fails("digest-mismatch", r"digest", r"match", r"proxy|registry"),
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


# ------------------------------------------------------------------ fields


def _edited(
    name: str,
    change: Callable[[dict[str, Any]], object],
    expect: Expectation,
    does: str,
    cause: str = "a broken tool pushed it",
) -> None:
    FAMILY.add(name, expect, does, cause, make=of_manifest(change))


def _set(**fields: Any) -> Callable[[dict[str, Any]], object]:
    return lambda manifest: manifest.update(fields)


def _drop(*names: str) -> Callable[[dict[str, Any]], object]:
    def change(manifest: dict[str, Any]) -> None:
        for name in names:
            del manifest[name]

    return change


def _layer(**fields: Any) -> Callable[[dict[str, Any]], object]:
    """Change the last layer's descriptor; None takes a field away."""

    def change(manifest: dict[str, Any]) -> None:
        descriptor = manifest["layers"][-1]
        descriptor.update(fields)
        for key in [key for key, value in descriptor.items() if value is None]:
            del descriptor[key]

    return change


_WRONG = fails(
    f"{_BAD} manifest-no-schema manifest-schema digest-malformed digest-unsupported",
    r"manifest|digest",
    r"author|operator|report|push",
)

_edited(
    "schema-absent",
    _drop("schemaVersion"),
    either(f"manifest-no-schema {_BAD}", r"schemaVersion|manifest"),
    "no schemaVersion, though it is a manifest",
)
_edited(
    "schema-text",
    _set(schemaVersion="2"),
    either(f"manifest-schema manifest-no-schema {_BAD}", r"schemaVersion|schema"),
    'schemaVersion is the text "2"',
)
_edited(
    "schema-3",
    _set(schemaVersion=3),
    fails(f"manifest-schema manifest-no-schema {_BAD}", r"schema", r"3|newer|version"),
    "schemaVersion 3",
    "a format of the future",
)
_edited("layers-null", _set(layers=None), either(_BAD, r"layers", r"author|push|report"), "layers is null")
_edited("layers-absent", _drop("layers"), fails(_BAD, r"layers|manifest"), "no layers")
_edited("layers-object", _set(layers={}), _WRONG, "layers is an object")
_edited("layers-text", _set(layers=["sha256:" + "0" * 64]), _WRONG, "layers are texts, not descriptors")
_edited(
    "layers-empty",
    _set(layers=[]),
    either(f"{_BAD} image-empty image-layer-count image-config-invalid", r"layer"),
    "no layer at all, though the config names two",
)
_edited("manifest-config-absent", _drop("config"), fails(_BAD, r"config", r"author|push|report"), "no config")
_edited("manifest-config-null", _set(config=None), fails(_BAD, r"config", r"author|push|report"), "config is null")
_edited("manifest-config-list", _set(config=[]), fails(_BAD, r"config", r"author|push|report"), "config is a list")
_edited("layer-no-digest", _layer(digest=None), _WRONG, "a layer without digest")
_edited("layer-digest-number", _layer(digest=17), _WRONG, "a digest that is a number")
_edited("layer-digest-short", _layer(digest="sha256:abc"), _WRONG, "a digest that is too short")
_edited("layer-digest-uppercase", _layer(digest="sha256:" + "A" * 64), _WRONG, "a digest in capitals")
_edited(
    "layer-digest-path", _layer(digest="sha256:../../../etc/passwd"), _WRONG, "a digest that is a path", "an attack"
)
_edited("layer-digest-md5", _layer(digest="md5:" + "0" * 32), _WRONG, "a digest that is not safe")
_edited("layer-size-negative", _layer(size=-1), _WRONG, "a negative size")
_edited("layer-size-text", _layer(size="1000"), either(_BAD, r"size"), "a size in quotation marks")
_edited("layer-size-fraction", _layer(size=1.5), _WRONG, "a size with a fraction")
_edited("layer-size-absent", _layer(size=None), either(_BAD, r"size"), "no size")
_edited(
    "layer-size-huge",
    _layer(size=1 << 80),
    fails(f"{_BAD} disk-full size-short layer-too-large", r"size|space|needed|larger|incomplete"),
    "a size of 2^80 bytes",
    "an attack",
)
_edited(
    "layer-size-too-small",
    _layer(size=100),
    fails("size-long blob-wrong-size", r"larger|size", r"author|push|again"),
    "a size smaller than the layer",
)
_edited(
    "layer-size-too-large",
    _layer(size=1 << 24),
    fails("size-short blob-wrong-size", r"incomplete|size|shorter", r"author|push|again"),
    "a size larger than the layer",
)
_edited("layer-type-absent", _layer(mediaType=None), SUCCEEDS, "no media type", "its bytes tell")
_edited(
    "layer-type-null",
    lambda manifest: manifest["layers"][-1].update(mediaType=None),
    either(_BAD, r"media"),
    "a media type that is null",
)
_edited(
    "media-type-inside-other",
    _set(mediaType="application/json"),
    either(_BAD, r"media"),
    "calls itself application/json",
)
_edited("media-type-inside-absent", _drop("mediaType"), SUCCEEDS, "no mediaType inside", "it is optional")
_edited(
    "fields-unknown",
    _set(annotations={"a": "b"}, subject=None, extra=[1, {"b": None}]),
    SUCCEEDS,
    "fields that nobody knows",
    "they are to be ignored",
)
_edited(
    "byte-order-mark",
    lambda manifest: b"\xef\xbb\xbf" + json.dumps(manifest).encode(),
    either(f"manifest-not-json {_BAD}", r"JSON|manifest"),
    "a byte order mark before the JSON",
)
_edited(
    "utf-16",
    lambda manifest: json.dumps(manifest).encode("utf-16"),
    either(f"manifest-not-json {_BAD}", r"JSON|manifest"),
    "UTF-16",
)
_edited(
    "keys-twice",
    lambda manifest: json.dumps(manifest).replace('"layers"', '"layers": [], "layers"', 1).encode(),
    SUCCEEDS,
    "a key that is there twice; the last counts",
)
_edited(
    "blanks-around",
    lambda manifest: b"\n\n  " + json.dumps(manifest, indent=8).encode() + b"\n\n",
    SUCCEEDS,
    "blanks around the JSON",
)


def _many_layers(name: str) -> Repository:
    """The same small layer 500 times."""
    from tests.layers import blocks
    from tests.sick.repository import THIS_PLATFORM, base_layer, image

    more = blocks.archive(blocks.file(b"again", b"again\n"))
    return Repository().add(image(name, [base_layer(name), *([more] * 500)], platform=THIS_PLATFORM), "latest")


_MANY: Maker = _many_layers
FAMILY.add("layers-many", SUCCEEDS, "501 layers, 500 of them the same", "nothing is wrong", make=_MANY)


@FAMILY.scenario("tag-moves", SUCCEEDS, "gives another image under the tag at each request", "somebody is pushing")
def moves(request: Request) -> Answer | None:
    if request.kind != "manifest" or request.reference != "latest":
        return None
    data = request.repository.manifests["latest"].data + b" " * request.count("tag")
    return body(data, request.repository.manifests["latest"].media_type)


@FAMILY.scenario(
    "accept-one-only",
    SUCCEEDS,
    "406 where several media types are asked for in one header; each alone is served",
    "a registry that does not read lists of types",
    make=healthy,
)
def one_type_only(request: Request) -> Answer | None:
    if request.kind != "manifest":
        return None
    wanted = [part for value in request.headers.get_all("Accept", []) for part in value.split(",")]
    manifest = request.repository.manifests.get(request.reference)
    if manifest and [part.split(";")[0].strip() for part in wanted] == [manifest.media_type]:
        return None
    return text(406, "cannot parse Accept header")

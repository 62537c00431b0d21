"""Manifests whose fields are not what they should be, and registries whose manifests change or depend on who asks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.layers import blocks
from tests.sick.answer import Answer, body, text
from tests.sick.repository import THIS_PLATFORM, Repository, base_layer, healthy, image, of_manifest
from tests.sick.request import Request
from tests.sick.scenario import SUCCEEDS, Expectation, Family, either, fails

FAMILY = Family("manifest")

_BAD = "manifest-malformed"


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


#: The media type is one that is known; what it says is not there.
_NOT_SO = (r"media type that is not supported",)
_WRONG = fails(
    f"{_BAD} manifest-unsupported",
    r"manifest|digest",
    r"author|operator|report|push",
    never=_NOT_SO,
)

_edited(
    "schema-absent",
    _drop("schemaVersion"),
    either(_BAD, r"has no schemaVersion", r"author", never=(r"looks like something else",)),
    "no schemaVersion, though it is a manifest",
)
_edited(
    "schema-text",
    _set(schemaVersion="2"),
    either(f"manifest-unsupported {_BAD}", r'schemaVersion "2" as a text', never=(*_NOT_SO, r"not known")),
    'schemaVersion is the text "2"',
)
_edited(
    "schema-3",
    _set(schemaVersion=3),
    fails(f"manifest-unsupported {_BAD}", r"schema", r"3|newer|version", never=_NOT_SO),
    "schemaVersion 3",
    "a format of the future",
)
_edited(
    "layers-null",
    _set(layers=None),
    either(f"{_BAD} manifest-unsupported", r"layers", r"author|push|report", never=_NOT_SO),
    "layers is null",
)
_edited("layers-absent", _drop("layers"), _WRONG, "no layers")
_edited("layers-object", _set(layers={}), _WRONG, "layers is an object")
_edited("layers-text", _set(layers=["sha256:" + "0" * 64]), _WRONG, "layers are texts, not descriptors")
_edited(
    "layers-empty",
    _set(layers=[]),
    either("image-no-layers", r"layer"),
    "no layer at all, though the config names two",
)
_edited(
    "manifest-config-absent",
    _drop("config"),
    fails(f"{_BAD} manifest-unsupported", r"config", r"author|push|report"),
    "no config",
)
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
    fails(_BAD, r"where a size of at most a petabyte must be"),
    "a size of 2^80 bytes",
    "an attack",
)
_edited(
    "layer-size-too-small",
    _layer(size=100),
    fails("blob-wrong-size", r"manifest states a wrong size", r"right layer", r"author", never=(r"proxy",)),
    "a size smaller than the layer",
)
_edited(
    "layer-size-too-large",
    _layer(size=1 << 24),
    fails("blob-wrong-size", r"manifest states a wrong size", r"right layer", r"author", never=(r"proxy",)),
    "a size larger than the layer",
)
_edited("layer-type-absent", _layer(mediaType=None), either(_BAD, r"media"), "no media type", "its bytes tell")
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
    either(_BAD, r"JSON|manifest"),
    "a byte order mark before the JSON",
)
_edited(
    "utf-16",
    lambda manifest: json.dumps(manifest).encode("utf-16"),
    either(_BAD, r"JSON|manifest"),
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

    more = blocks.archive(blocks.file(b"again", b"again\n"))
    return Repository().add(image(name, [base_layer(name), *([more] * 500)], platform=THIS_PLATFORM), "latest")


FAMILY.add("layers-many", SUCCEEDS, "501 layers, 500 of them the same", "nothing is wrong", make=_many_layers)


@FAMILY.scenario("tag-moves", SUCCEEDS, "gives another image under the tag at each request", "somebody is pushing")
def moves(request: Request) -> Answer | None:
    if request.kind != "manifest" or request.reference != "latest":
        return None
    data = request.repository.manifests["latest"].data + b" " * request.count("tag")
    return body(data, request.repository.manifests["latest"].media_type)


@FAMILY.scenario(
    "accept-one-only",
    either("manifest-media-type", r"exists", r"alone|format"),
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

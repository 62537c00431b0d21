"""What a registry sends is read as Docker and skopeo read it: names in any case, null, repeated and broken texts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from sregistry.answers import facts
from sregistry.assembly.config import read_config
from sregistry.oci import manifests, media_types
from tests.registry.scripted import Contents, Request, Server, tiny
from tests.registry.sessions import AMD64, pulled, session
from tests.support import images
from tests.support.images import Blob

IMAGE = tiny()
INDEX = images.index([IMAGE])


def respelt(document: Any, spell: Callable[[str], str]) -> Any:
    """A document with other names; those of platforms and digests are values and stay."""
    if isinstance(document, list):
        return [respelt(item, spell) for item in document]
    if isinstance(document, dict):
        return {spell(name): respelt(item, spell) for name, item in document.items()}
    return document


def serving(document: bytes, media_type: str, config: bytes | None = None) -> Contents:
    """`IMAGE` where the manifest (or index) behind the tag 1 is `document`; another config may be there."""
    held = Contents().add(IMAGE)
    if config is not None:
        held.blobs[Blob("", config).digest] = config
    return held.add_manifest(document, media_type, "1")


def with_config(raw: bytes, **manifest: Any) -> Contents:
    document = {**json.loads(IMAGE.manifest.data), "config": Blob(images.OCI_CONFIG, raw).descriptor, **manifest}
    return serving(images.encode(document), images.OCI_MANIFEST, raw)


@pytest.mark.parametrize("spell", [str.upper, str.lower, str.title])
def test_manifests_indexes_and_configs_in_any_case(spell: Callable[[str], str]) -> None:
    config = images.encode(respelt({**json.loads(IMAGE.config.data), "config": {"Env": ["A=1"], "Cmd": ["x"]}}, spell))
    document = {**json.loads(IMAGE.manifest.data), "config": Blob(images.OCI_CONFIG, config).descriptor}
    manifest = Blob(images.OCI_MANIFEST, images.encode(respelt(document, spell)))
    listed = {"schemaVersion": 2, "manifests": [{**manifest.descriptor, "platform": IMAGE.platform}]}
    held = serving(images.encode(respelt(listed, spell)), images.OCI_INDEX, config)
    held.add_manifest(manifest.data, images.OCI_MANIFEST)
    with Server(contents=held) as server, session() as one:
        image = one.resolve(server.reference(), AMD64)
    assert str(image.manifest_digest) == manifest.digest
    read = read_config(image.config)
    assert (read.environment, read.command) == (("A=1",), ("x",))


def test_a_config_that_repeats_itself_loses_nothing() -> None:
    inner = b'"config": {"Cmd": ["old"], "Env": ["A=1"]}, "Config": {"cmd": ["new"], "Env": ["A=2"], "User": null}'
    raw = IMAGE.config.data.rstrip()[:-1] + b", " + inner + b"}"
    with Server(contents=with_config(raw)) as server, session() as one:
        read = read_config(one.resolve(server.reference(), AMD64).config)
    assert (read.environment, read.command) == (("A=2",), ("new",))


def test_text_that_is_no_unicode_is_replaced_and_its_place_told() -> None:
    raw = IMAGE.config.data.rstrip()[:-1] + b', "config": {"Env": ["A=\xe9", "B=\\ud800"], "Cmd": ["x"]}}'
    with Server(contents=with_config(raw)) as server, session() as one:
        image = one.resolve(server.reference(), AMD64)
    assert read_config(image.config).environment == ("A=\ufffd", "B=\ufffd")
    assert "config.Env[0], config.Env[1]" in "".join(image.warnings)
    assert image.config_digest is not None
    assert str(image.config_digest) == Blob("", raw).digest


NOTHING = {"mediaType": "", "digest": "", "size": 0}


@pytest.mark.parametrize(
    "more",
    [
        {"manifests": None, "annotations": None, "subject": None},
        {"manifests": []},
        {"annotations": {"a": None}, "artifactType": None, "mediaType": None},
        {"mediaType": ""},
        {"schemaVersion": None},
        {"schemaVersion": 0},
        {"signatures": None, "fsLayers": None, "history": None},
    ],
)
def test_an_image_with_empty_fields_is_an_image(more: dict[str, Any]) -> None:
    document = {**json.loads(IMAGE.manifest.data), **more}
    assert manifests.parse(images.encode(document)).media_type == media_types.OCI_MANIFEST


@pytest.mark.parametrize(
    "more",
    [
        {"layers": None, "config": None, "annotations": None},
        {"layers": [], "config": None},
        {"layers": [], "config": {}},
        {"layers": None, "config": NOTHING},
        {"mediaType": None, "schemaVersion": None},
    ],
)
def test_an_index_with_empty_fields_is_an_index(more: dict[str, Any]) -> None:
    document = {**json.loads(INDEX.data), **more}
    assert manifests.parse(images.encode(document)).is_index


def test_descriptors_without_a_media_type_are_told_by_what_comes() -> None:
    bare = json.loads(IMAGE.manifest.data)
    for one in (bare["config"], *bare["layers"]):
        del one["mediaType"]
    manifest = Blob(images.OCI_MANIFEST, images.encode(bare))
    entry = {"digest": manifest.digest, "size": len(manifest.data), "platform": IMAGE.platform, "mediaType": None}
    held = serving(images.encode({"schemaVersion": 2, "manifests": [entry]}), images.OCI_INDEX)
    held.add_manifest(manifest.data, images.OCI_MANIFEST)
    with Server(contents=held) as server, session() as one:
        assert len(one.resolve(server.reference(), AMD64).layers) == len(IMAGE.layers)


@pytest.mark.parametrize("size", [None, 0])
def test_a_size_that_is_not_said_is_asked_for(size: int | None) -> None:
    document = json.loads(IMAGE.manifest.data)
    for one in (document["config"], *document["layers"]):
        one["size"] = size
    held = serving(images.encode(document), images.OCI_MANIFEST)
    with Server(contents=held) as server, session() as one:
        assert pulled(one, server.reference()) == [layer.blob.data for layer in IMAGE.layers]


@pytest.mark.parametrize("answer", [{"Token": "abc"}, {"ACCESS_TOKEN": "abc"}, {"token": None, "access_token": "abc"}])
def test_a_token_in_any_case(answer: dict[str, Any]) -> None:
    def script(request: Request) -> bool:
        if request.kind == "token":
            return request.reply(200, answer)
        if request.authorization != "Bearer abc":
            return request.challenge(f'Bearer realm="{request.server.url}/token",service="s"')
        return False

    with Server(script, Contents().add(IMAGE, "1")) as server, session() as one:
        one.resolve(server.reference(), AMD64)


@pytest.mark.parametrize("field", ["tags", "Tags", "TAGS"])
def test_a_list_of_tags_in_any_case(field: str) -> None:
    def script(request: Request) -> bool:
        return request.kind == "tag" and request.reply(200, {"Name": "team/tool", field: ["1", "2"]})

    with Server(script) as server, session() as one:
        assert one.tags(server.reference()).names == ["1", "2"]


def test_errors_in_any_case() -> None:
    body = b'{"Errors": [{"Code": "DENIED", "MESSAGE": "no\xff", "detail": null}]}'
    assert facts.errors(body) == [{"code": "DENIED", "message": "no\ufffd", "detail": None}]
    assert facts.errors(b'{"Error": {"Message": "gone"}}')[0]["message"] == "gone"

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.digests import Digest
from sregistry.errors import RegistryError, SregistryError
from sregistry.oci import contents, media_types
from sregistry.oci.manifests import Manifest, parse

DIGESTS = [f"sha256:{number:064x}" for number in range(9)]


def described(number: int, media_type: str = media_types.OCI_CONFIG, **more: Any) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": DIGESTS[number], "size": number + 1, **more}


def manifest(media_type: str = media_types.OCI_MANIFEST, **fields: Any) -> Manifest:
    return parse(json.dumps({"schemaVersion": 2, "mediaType": media_type, **fields}).encode(), media_type)


def numbers(found: tuple[Any, ...]) -> list[int]:
    return [DIGESTS.index(str(one.digest)) for one in found]


def test_config_and_layers_each_once() -> None:
    layer = "application/vnd.oci.image.layer.v1.tar+gzip"
    named = contents.of(
        manifest(config=described(0), layers=[described(1, layer), described(2, layer), described(1, layer)])
    )
    assert (numbers(named.blobs), named.manifests, named.foreign) == ([0, 1, 2], (), ())


def test_the_size_is_that_of_the_first_that_tells_it() -> None:
    silent = {**described(1), "size": 0}
    named = contents.of(manifest(config=described(0), layers=[silent, described(1)]))
    assert [one.size for one in named.blobs] == [1, 2]


def test_layers_elsewhere_are_those_that_are_foreign_and_say_where() -> None:
    foreign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    layers = [described(1, foreign, urls=["https://a.example/1"]), described(2, foreign)]
    layers.append(described(3, media_types.DOCKER_LAYER, urls=["https://a.example/3"]))
    named = contents.of(manifest(config=described(0), layers=layers))
    assert (numbers(named.blobs), numbers(named.foreign)) == ([0, 2, 3], [1])


def test_entries_of_an_index() -> None:
    entries = [described(0, media_types.OCI_MANIFEST), described(1, media_types.DOCKER_LIST), described(2, "")]
    entries.append(described(3, "application/vnd.buildkit.cacheconfig.v0"))
    named = contents.of(manifest(media_types.OCI_INDEX, manifests=entries))
    assert (numbers(named.manifests), numbers(named.blobs)) == ([0, 1, 2], [3])


def test_schema_1_and_the_withdrawn_artifacts() -> None:
    old = json.dumps({"schemaVersion": 1, "fsLayers": [{"blobSum": DIGESTS[1]}, {"blobSum": DIGESTS[1]}]}).encode()
    assert [(one.digest, one.size) for one in contents.of(parse(old)).blobs] == [(Digest.parse(DIGESTS[1]), 0)]
    assert numbers(contents.of(manifest(media_types.OCI_ARTIFACT, blobs=[described(4)])).blobs) == [4]
    assert contents.of(manifest(media_types.OCI_ARTIFACT)).blobs == ()


def test_the_subject() -> None:
    fields: dict[str, Any] = {"config": described(0), "layers": []}
    assert contents.subject(manifest(**fields)) is None
    assert contents.subject(manifest(**fields, subject=described(5, media_types.OCI_MANIFEST))) == DIGESTS[5]


@pytest.mark.parametrize("layers", ["none", [7], [{"digest": "md5:1"}], [{"digest": DIGESTS[0], "size": -1}]])
def test_what_breaks_the_rules_is_said_to(layers: Any) -> None:
    found = manifest(config=described(0), layers=[])
    found.document["layers"] = layers
    with pytest.raises(RegistryError) as caught:
        contents.of(found)
    assert caught.value.code == "manifest-malformed"


_VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.sampled_from([*DIGESTS, media_types.OCI_MANIFEST]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["mediaType", "digest", "size", "urls", "blobSum"]), inner, max_size=4)
    ),
    max_leaves=12,
)
_FIELDS = st.sampled_from(["config", "layers", "manifests", "fsLayers", "blobs", "subject", "mediaType", "history"])


@given(st.dictionaries(_FIELDS, _VALUES), st.sampled_from([1, 2]))
def test_any_document_is_read_or_refused(fields: dict[str, Any], version: int) -> None:
    try:
        found = parse(json.dumps({"schemaVersion": version, **fields}).encode())
        contents.of(found)
        contents.subject(found)
    except SregistryError:
        pass

"""The engine of copies, between places in memory that keep an account; tests/interop/test_copies.py has real ones."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sregistry.digests import Digest, DigestError
from sregistry.endpoints import catalog
from sregistry.endpoints.base import Holds, Writable
from sregistry.errors import Cancelled, RegistryError, SregistryError
from sregistry.oci import media_types
from sregistry.operations.context import Context
from sregistry.operations.copied import CopyResult
from sregistry.operations.copy import Choice, copy_one
from sregistry.operations.stopping import Stop
from sregistry.references import PathReference, Platform, parse
from sregistry.settings import Settings, load
from tests.operations import memory
from tests.operations.memory import Memory
from tests.support import images
from tests.support.images import Blob, Image, encode, image, index
from tests.support.tars import archive, file

AMD = image([archive(file("etc/name", b"amd")), archive(file("etc/shared", b"both"))])
ARM = image([archive(file("etc/name", b"arm")), archive(file("etc/shared", b"both"))], platform="linux/arm64")


def artifact(
    text: bytes, subject: Blob | None = None, kind: str = "application/vnd.example"
) -> tuple[Blob, Blob, Blob]:
    """A manifest that is no image, its config and its only layer."""
    config, layer = Blob(media_types.OCI_EMPTY, b"{}"), Blob(kind, text)
    document: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "artifactType": kind,
        "config": config.descriptor,
        "layers": [layer.descriptor],
    }
    if subject:
        document["subject"] = subject.descriptor
    return Blob(media_types.OCI_MANIFEST, encode(document)), config, layer


PROVENANCE = artifact(b'{"_type": "provenance"}', kind="application/vnd.in-toto+json")


def attested(*parts: Image) -> Blob:
    """An index of images and an attestation about the first, as BuildKit writes it."""
    about = PROVENANCE[0]
    annotations = {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": "sha256:0"}
    entry = {**about.descriptor, "platform": {"os": "unknown", "architecture": "unknown"}, "annotations": annotations}
    document = json.loads(index(parts).data)
    document["manifests"].append(entry)
    return Blob(media_types.OCI_INDEX, encode(document))


def with_index(place: Memory, name: str = "1") -> Digest:
    """Put in an index of two images and an attestation."""
    place.add_image(AMD)
    place.add_image(ARM)
    place.add(*PROVENANCE)
    return place.add(attested(AMD, ARM), name=name)


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[Memory]:
    monkeypatch.setitem(catalog.ENDPOINTS, "memory", "tests.operations.memory:Endpoint")  # type: ignore[arg-type]
    memory.PLACES["source"] = Memory()
    yield memory.PLACES["source"]
    memory.PLACES.clear()


@pytest.fixture
def target(source: Memory) -> Memory:
    memory.PLACES["target"] = Memory()
    return memory.PLACES["target"]


@pytest.fixture
def plain(tmp_path: Any) -> Settings:
    return load({"HOME": str(tmp_path)})


class Copying:
    """Copies from `source` to `target`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def __call__(
        self, name: str = "1", to: str = "1", *, stop: Stop | None = None, digest: Digest | None = None, **choice: Any
    ) -> CopyResult:
        context = Context(self.settings, stop=stop)
        here, there = PathReference("memory", "source", name), PathReference("memory", "target", to, digest)
        return copy_one(context, context, here, there, Choice(**choice))


@pytest.fixture
def copying(plain: Settings, target: Memory) -> Copying:
    return Copying(plain)


def test_everything_an_index_leads_to_is_copied_as_it_is(source: Memory, target: Memory, copying: Copying) -> None:
    digest = with_index(source)
    result = copying()
    assert (result.digest, target.names) == (digest, {"1": digest})
    assert {one.digest: one.raw for one in target.manifests.values()} == {
        one.digest: one.raw for one in source.manifests.values()
    }
    assert target.blobs == source.blobs
    assert (result.manifests, result.blobs, result.blobs_there, result.unchanged) == (4, 7, 0, False)
    assert result.sent == sum(map(len, source.blobs.values()))


def test_the_name_comes_last_and_children_before_their_parents(
    source: Memory, target: Memory, copying: Copying
) -> None:
    inner = attested(AMD, ARM)
    digest = with_index(source)
    outer = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_INDEX,
        "manifests": [inner.descriptor, AMD.manifest.descriptor],
    }
    source.add(Blob(media_types.OCI_INDEX, encode(outer)), name="nested")
    copying("nested", "here")
    stored = target.told("put_manifest")
    assert stored[-1] == "here"
    assert stored.index(str(digest)) == len(stored) - 2
    assert len(stored) == 5


def test_what_is_there_is_not_sent_again(source: Memory, target: Memory, copying: Copying) -> None:
    source.add_image(AMD, "1")
    target.add_image(ARM, "arm")
    result = copying()
    shared = AMD.layers[1].blob.digest
    assert (result.blobs, result.blobs_there) == (2, 1)
    assert shared not in target.told("put_blob")
    assert shared not in source.told("blob")


def test_a_copy_of_what_is_there_asks_for_the_entries_only(source: Memory, target: Memory, copying: Copying) -> None:
    with_index(source)
    copying()
    source.asked.clear()
    target.asked.clear()
    result = copying()
    assert result.unchanged
    assert source.asked == [("manifest", "1")]
    assert sorted(what for what, _ in target.asked) == ["has", "has", "has", "version"]
    assert (result.manifests, result.manifests_there) == (0, 4)


def test_an_image_that_is_there_is_one_question(source: Memory, target: Memory, copying: Copying) -> None:
    source.add_image(AMD, "1")
    copying()
    target.asked.clear()
    assert copying().unchanged
    assert target.asked == [("version", "1")]


def test_what_a_sparse_index_lacks_is_brought(source: Memory, target: Memory, copying: Copying) -> None:
    digest = with_index(source)
    target.add_image(AMD)
    target.add(attested(AMD, ARM), name="1")
    result = copying()
    assert (result.digest, result.unchanged, result.manifests) == (digest, False, 2)
    assert target.manifests.keys() == source.manifests.keys()


def test_every_blob_may_be_looked_for(source: Memory, target: Memory, copying: Copying) -> None:
    source.add_image(AMD, "1")
    copying()
    lost = Digest.parse(AMD.layers[0].blob.digest)
    del target.blobs[lost]
    assert copying().unchanged
    result = copying(every_blob=True)
    assert (result.blobs, result.blobs_there, result.unchanged) == (1, 2, False)
    assert lost in target.blobs


def test_blobs_are_mounted_within_one_place(source: Memory, target: Memory, copying: Copying) -> None:
    source.shared = target.shared = {}
    source.add_image(AMD, "1")
    result = copying()
    assert (result.blobs, result.blobs_mounted, result.sent) == (0, 3, 0)
    assert target.told("put_blob") == []


def test_for_one_platform_the_manifest_is_copied_without_the_index(
    source: Memory, target: Memory, copying: Copying
) -> None:
    with_index(source)
    result = copying(platform=Platform.parse("linux/arm64"))
    assert str(result.digest) == ARM.manifest.digest
    assert [str(digest) for digest in target.manifests] == [ARM.manifest.digest]


@pytest.mark.parametrize(("name", "code"), [("1", "image-no-platform"), ("amd", "image-other-platform")])
def test_a_platform_that_is_not_there(name: str, code: str, source: Memory, target: Memory, copying: Copying) -> None:
    with_index(source)
    source.add_image(AMD, "amd")
    with pytest.raises(SregistryError) as caught:
        copying(name, platform=Platform.parse("linux/s390x"))
    assert (caught.value.code, caught.value.facts["reference"]) == (code, f"memory:source:{name}")
    assert target.told("put_manifest") == []


def test_an_artifact_has_no_platform_and_is_copied(source: Memory, target: Memory, copying: Copying) -> None:
    source.add(*artifact(b"a chart"), name="1")
    copying(platform=Platform.parse("linux/arm64"))
    assert target.manifests.keys() == source.manifests.keys()


def test_layers_kept_elsewhere_stay_there(source: Memory, target: Memory, copying: Copying) -> None:
    foreign = Blob("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", b"windows")
    made = json.loads(AMD.manifest.data)
    made["layers"].insert(0, {**foreign.descriptor, "urls": ["https://example.org/layer"]})
    source.add(
        Blob(images.DOCKER_MANIFEST, encode({**made, "mediaType": images.DOCKER_MANIFEST})), *AMD.blobs, name="1"
    )
    result = copying()
    assert [str(digest) for digest in result.foreign] == [foreign.digest]
    assert foreign.digest not in source.told("blob")
    assert foreign.digest not in target.told("has")


def test_entries_that_are_no_manifests_are_blobs(source: Memory, target: Memory, copying: Copying) -> None:
    """As BuildKit writes its cache: layers and a config in an index."""
    parts = [Blob(images.OCI_LAYERS["gzip"], b"layer"), Blob("application/vnd.buildkit.cacheconfig.v0", b"{}")]
    document = {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": [one.descriptor for one in parts]}
    source.add(Blob(media_types.OCI_INDEX, encode(document)), *parts, name="1")
    assert copying().blobs == 2
    assert target.blobs == source.blobs


def test_sizes_that_schema_1_does_not_tell_are_asked_for(source: Memory, target: Memory, copying: Copying) -> None:
    layer = Blob(images.DOCKER_LAYER, gzip.compress(b"layer"))
    source.add(schema1(layer), layer, name="1")
    result = copying()
    assert result.sent == len(layer.data)
    assert result.media_type == media_types.SCHEMA1


def schema1(*layers: Blob) -> Blob:
    """An unsigned manifest of schema 1."""
    document = {
        "schemaVersion": 1,
        "name": "team/old",
        "tag": "1",
        "architecture": "amd64",
        "fsLayers": [{"blobSum": layer.digest} for layer in layers],
        "history": [{"v1Compatibility": json.dumps({"architecture": "amd64", "os": "linux"})} for _ in layers],
    }
    return Blob(media_types.SCHEMA1, encode(document))


def test_schema_1_where_it_is_not_taken(source: Memory, target: Memory, copying: Copying) -> None:
    layer = Blob(images.DOCKER_LAYER, gzip.compress(b"layer"))
    source.add(schema1(layer), layer, name="1")

    def refuse(what: str, name: str) -> None:
        if what == "put_manifest":
            raise RegistryError("registry-upload-refused", "no", status=400, said="manifest invalid")

    target.before = refuse
    with pytest.raises(RegistryError) as caught:
        copying()
    assert caught.value.code == "copy-schema1"
    assert caught.value.facts["said"] == "manifest invalid"
    assert "sregistry pull" in str(caught.value.diagnosis.as_dict())


# -- referrers -----------------------------------------------------------------------------------------


def test_referrers_come_along_where_that_is_wanted(source: Memory, target: Memory, copying: Copying) -> None:
    with_index(source)
    signature = artifact(b"signature", AMD.manifest)
    of_it = artifact(b"a note on the signature", signature[0])
    source.add(*signature)
    source.add(*of_it)
    assert copying().referrers == 0
    assert source.told("referrers") == []
    result = copying(referrers=True)
    assert result.referrers == 2
    assert target.manifests.keys() == source.manifests.keys()
    assert target.blobs == source.blobs
    assert copying(referrers=True).unchanged


def test_what_cosign_puts_under_tags_comes_along(source: Memory, target: Memory, copying: Copying) -> None:
    source.add_image(AMD, "1")
    tag = AMD.manifest.digest.replace(":", "-") + ".sig"
    source.add(*artifact(b"signature"), name=tag)
    copying(referrers=True)
    assert target.names == source.names
    assert copying(referrers=True).unchanged


# -- failures ------------------------------------------------------------------------------------------


def test_an_entry_that_is_not_there(source: Memory, target: Memory, copying: Copying) -> None:
    with_index(source)
    del source.manifests[Digest.parse(ARM.manifest.digest)]
    with pytest.raises(RegistryError) as caught:
        copying()
    assert caught.value.code == "manifest-child-unknown"
    assert caught.value.facts["digest"] == ARM.manifest.digest
    assert caught.value.facts["reference"] == "memory:source:1"
    assert target.told("put_manifest") == []


def test_indexes_without_an_end(source: Memory, target: Memory, copying: Copying) -> None:
    inner = AMD.manifest
    source.add_image(AMD)
    for _ in range(6):
        inner = Blob(
            media_types.OCI_INDEX,
            encode({"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": [inner.descriptor]}),
        )
        source.add(inner, name="1")
    with pytest.raises(RegistryError) as caught:
        copying()
    assert (caught.value.code, caught.value.facts["reference"]) == ("manifest-nested", "memory:source:1")


def test_a_target_with_another_digest_is_refused_before_anything_is_sent(
    source: Memory, target: Memory, copying: Copying
) -> None:
    source.add_image(AMD, "1")
    with pytest.raises(SregistryError) as caught:
        copying(digest=Digest.parse(ARM.manifest.digest))
    assert caught.value.code == "copy-other-digest"
    assert target.asked == []


def test_what_arrives_damaged_is_fetched_again(source: Memory, target: Memory, copying: Copying) -> None:
    source.add_image(AMD, "1")
    damaged = Digest.parse(AMD.layers[0].blob.digest)
    whole = source.blobs[damaged]

    def mend(what: str, name: str) -> None:
        if what == "blob" and name == str(damaged):
            source.blobs[damaged] = whole if source.told("blob").count(name) > 1 else whole[:-1] + b"!"

    source.before = mend
    copying()
    assert target.blobs[damaged] == whole

    source.before = lambda what, name: None
    source.blobs[damaged] = whole[:-1] + b"!"
    del target.blobs[damaged]
    with pytest.raises(DigestError) as caught:
        copying(every_blob=True)
    assert caught.value.facts["attempts"] == 2


def test_what_an_interrupted_copy_has_brought_is_not_sent_again(
    source: Memory, target: Memory, copying: Copying
) -> None:
    with_index(source)

    def refuse(what: str, name: str) -> None:
        if what == "put_manifest":
            raise RegistryError("registry-unavailable", "no")

    target.before = refuse
    with pytest.raises(RegistryError):
        copying()
    assert target.names == {}
    target.before = lambda what, name: None
    target.asked.clear()
    result = copying()
    assert (result.blobs, result.blobs_there) == (0, 7)
    assert target.told("put_blob") == []


def test_the_first_failure_ends_the_others(source: Memory, target: Memory, copying: Copying) -> None:
    source.add_image(AMD, "1")
    failing = AMD.layers[0].blob.digest
    failed = threading.Event()

    def fail(what: str, name: str) -> None:
        if what == "blob" and name == failing:
            failed.set()
            raise RegistryError("blob-unknown", "gone")

    source.before = fail
    with pytest.raises(RegistryError) as caught:
        copying()
    assert caught.value.code == "blob-unknown"
    assert target.told("put_manifest") == []


def test_a_copy_can_be_cancelled(source: Memory, target: Memory, copying: Copying) -> None:
    source.add_image(AMD, "1")
    stop = Stop()
    target.before = lambda what, name: stop.set() if what == "put_blob" else None
    with pytest.raises(Cancelled):
        copying(stop=stop)
    assert target.told("put_manifest") == []


def test_a_place_that_is_only_read_is_said_to_be(source: Memory, plain: Settings) -> None:
    context = Context(plain)
    with pytest.raises(SregistryError) as caught:
        copy_one(
            context,
            context,
            PathReference("memory", "source", "1"),
            PathReference("docker-archive", "saved.tar"),
            Choice(),
        )
    assert caught.value.code == "copy-read-only"


def test_the_schemes_that_are_said_to_take_copies_do(tmp_path: Path, plain: Settings) -> None:
    taking = []
    for scheme in catalog.ENDPOINTS:
        text = f"{scheme}://r.example/a:1" if scheme in ("docker", "oras") else f"{scheme}:{tmp_path}/a"
        endpoint = catalog.open_endpoint(scheme, Context(plain))
        if isinstance(endpoint, Holds) and isinstance(endpoint.repository(parse(text)), Writable):
            taking.append(scheme)
        endpoint.close()
    assert tuple(taking) == catalog.TAKING

"""Images put into folders and archives: what skopeo accepts, and what is left when something ends it."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from sregistry.digests import Digest, DigestError
from sregistry.endpoints.base import Refers, Sizes, Writable
from sregistry.endpoints.layouts.writing import OciFolder
from sregistry.errors import RegistryError, SregistryError
from sregistry.oci import manifests
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.media_types import OCI_ARTIFACT
from sregistry.references import parse
from tests.endpoints.layouts.here import Stream, code, descriptor, endpoint, found, layers, place, put
from tests.support import saved, tools
from tests.support.debian import skopeo_copy
from tests.support.images import OCI_INDEX, OCI_MANIFEST, Blob, Image, encode, image, index
from tests.support.tars import archive, file

SCHEMES = ("oci", "oci-archive", "dir")


def made(text: str, platform: str = "linux/amd64") -> Image:
    return image([archive(file("etc/text", text.encode())), archive(file("base", b"x" * 5000))], platform=platform)


ONE, TWO = made("one"), made("two")


def entries(path: Path) -> list[dict[str, Any]]:
    """The list of images of a layout."""
    listed: list[dict[str, Any]] = json.loads((path / "index.json").read_bytes())["manifests"]
    return listed


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_put_is_found_and_skopeo_reads_it(scheme: str, tmp_path: Path) -> None:
    reference = f"{scheme}:{tmp_path}/place" + ("" if scheme == "dir" else ":one")
    with place(reference, tmp_path) as target:
        put(target, ONE, target.reference.name or "")
    assert found(reference, tmp_path).image.manifest.raw == ONE.manifest.data
    assert layers(reference, tmp_path) == [layer.blob.data for layer in ONE.layers]
    raw = tools.require("skopeo", newest=True).run("inspect", "--raw", reference).stdout
    assert raw == ONE.manifest.data
    skopeo_copy(reference, f"dir:{tmp_path}/copied")
    assert not list(tmp_path.glob("**/.sregistry-*"))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_platform_is_kept_and_skopeo_copies_all(scheme: str, tmp_path: Path) -> None:
    reference = f"{scheme}:{tmp_path}/place" + ("" if scheme == "dir" else ":all")
    images = [made("amd"), made("arm", "linux/arm64")]
    listed = index(images)
    with place(reference, tmp_path) as target:
        assert isinstance(target, Writable)
        for one in images:
            put(target, one, one.manifest.digest)
        target.put_manifest(target.reference.name or "", manifests.parse(listed.data))
    assert found(reference, tmp_path).image.index_digest == listed.digest
    skopeo_copy(reference, f"dir:{tmp_path}/copied", "--all", "--preserve-digests")
    assert (tmp_path / "copied/manifest.json").read_bytes() == listed.data


@pytest.mark.parametrize("scheme", ["oci", "oci-archive"])
def test_other_images_stay_and_a_name_moves(scheme: str, tmp_path: Path) -> None:
    path = f"{scheme}:{tmp_path}/place"
    if scheme == "oci":
        skopeo_copy(f"oci:{saved.write(tmp_path / 'from', saved.layout({'old': ONE}))}:old", f"{path}:old")
    else:
        saved.archive(tmp_path / "place", saved.layout({"old": ONE}))
    for image_, name in ((TWO, "new"), (TWO, "old"), (ONE, "new"), (ONE, "new")):
        with place(f"{path}:{name}", tmp_path) as target:
            put(target, image_, name)
    assert found(f"{path}:old", tmp_path).image.manifest_digest == TWO.manifest.digest
    assert found(f"{path}:new", tmp_path).image.manifest_digest == ONE.manifest.digest
    with endpoint(path, tmp_path) as opened:
        assert list(opened.names(parse(path), None).names) == ["old", "new"]  # type: ignore[attr-defined]
    assert layers(f"{path}:new", tmp_path) == [layer.blob.data for layer in ONE.layers]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_without_a_name_the_image_without_a_name_is_replaced(scheme: str, tmp_path: Path) -> None:
    reference = f"{scheme}:{tmp_path}/place"
    for one in (ONE, TWO, TWO, ONE):
        with place(reference, tmp_path) as target:
            put(target, one)
        assert found(reference, tmp_path).image.manifest_digest == one.manifest.digest
        if scheme == "oci-archive" and one is ONE:
            assert TWO.layers[0].blob.data not in (tmp_path / "place").read_bytes()


def test_several_images_without_names_stay(tmp_path: Path) -> None:
    others = [made("three"), made("four")]
    files = saved.layout({"a": others[0], "b": others[1]})
    document = json.loads(files["index.json"])
    plain = [{key: one[key] for key in one if key != "annotations"} for one in document["manifests"]]
    saved.write(tmp_path / "x", {**files, "index.json": encode({**document, "manifests": plain})})
    with place(f"oci:{tmp_path}/x", tmp_path) as target:
        put(target, ONE)
        assert len(target.images()) == 3
    side = [{**one, "platform": {"os": "linux", "architecture": name}} for one, name in zip(plain, "ab", strict=True)]
    saved.write(tmp_path / "x", {"index.json": encode({**document, "manifests": side})})
    with place(f"oci:{tmp_path}/x", tmp_path) as target:
        put(target, ONE)
    assert found(f"oci:{tmp_path}/x", tmp_path).image.manifest_digest == ONE.manifest.digest


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_there_is_not_put_again(scheme: str, tmp_path: Path) -> None:
    reference = f"{scheme}:{tmp_path}/place"
    with place(reference, tmp_path) as target:
        assert isinstance(target, Writable)
        assert not target.has(descriptor(ONE.config))
        put(target, ONE)
        assert all(target.has(descriptor(blob)) for blob in (*ONE.blobs, ONE.manifest))
        wrong = Descriptor("", Digest.parse(ONE.config.digest), 3)
        assert not target.has(wrong)
        assert not target.has(descriptor(TWO.manifest))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_not_what_it_is_said_to_be_is_not_stored(scheme: str, tmp_path: Path) -> None:
    reference = f"{scheme}:{tmp_path}/place"
    with place(reference, tmp_path) as target:
        assert isinstance(target, Writable)
        blob = descriptor(ONE.config)
        for data in (b"other", ONE.config.data[:-1], ONE.config.data + b"x", ONE.config.data[:-1] + b"!"):
            with pytest.raises(DigestError) as caught:
                target.put_blob(blob, Stream(data))
            assert "layout" not in caught.value.facts, "it came from elsewhere"
            assert not target.has(blob)
        with pytest.raises(DigestError):
            target.put_manifest(TWO.manifest.digest, manifests.parse(ONE.manifest.data))
        put(target, ONE)
    assert layers(reference, tmp_path) == [layer.blob.data for layer in ONE.layers]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_source_that_breaks_leaves_nothing_and_the_old_image_stays(scheme: str, tmp_path: Path) -> None:
    class Broken(Stream):
        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(100)
            if not data:
                raise RegistryError("network-reset", "the connection was reset")
            return data

    reference = f"{scheme}:{tmp_path}/place"
    with place(reference, tmp_path) as target:
        put(target, ONE)
    with place(reference, tmp_path) as target, pytest.raises(RegistryError) as caught:
        assert isinstance(target, Writable)
        layer = TWO.layers[0].blob
        target.put_blob(descriptor(layer), Broken(layer.data[:-1]))
    assert (caught.value.code, "layout" in caught.value.facts) == ("network-reset", False)
    assert found(reference, tmp_path).image.manifest_digest == ONE.manifest.digest
    assert not list(tmp_path.glob("**/.sregistry-*"))


def test_an_archive_gets_its_name_when_the_image_is_complete(tmp_path: Path) -> None:
    reference = f"oci-archive:{tmp_path}/x.tar:one"
    with place(reference, tmp_path) as target:
        assert isinstance(target, Writable)
        for blob in ONE.blobs:
            target.put_blob(descriptor(blob), Stream(blob.data))
        target.put_manifest("sha256-beside.sig", manifests.parse(TWO.manifest.data))
        assert not (tmp_path / "x.tar").exists()
    assert list(tmp_path.iterdir()) == [], "without its image there is no archive"
    with place(reference, tmp_path) as target:
        put(target, ONE, "one")
        assert (tmp_path / "x.tar").is_file()


def test_the_same_image_gives_the_same_archive(tmp_path: Path) -> None:
    for name in ("a", "b"):
        with place(f"oci-archive:{tmp_path}/{name}", tmp_path) as target:
            put(target, ONE)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    tools.require("tar").run("-tf", tmp_path / "a")


def test_blobs_arrive_in_an_archive_from_many_threads(tmp_path: Path) -> None:
    images = [image([archive(file("data", bytes([number]) * 300_000))]) for number in range(12)]
    blobs = [blob for one in images for blob in one.blobs]
    reference = f"oci-archive:{tmp_path}/x.tar:0"
    with place(reference, tmp_path) as target:
        assert isinstance(target, Writable)
        with pytest.raises(DigestError):
            target.put_blob(descriptor(blobs[0]), Stream(b"short"))  # it comes again, or its room is closed up
        with pytest.raises(DigestError):
            target.put_blob(descriptor(Blob("", b"never again" * 700)), Stream(b"short"))
        threads = [
            threading.Thread(target=target.put_blob, args=(descriptor(blob), Stream(blob.data))) for blob in blobs
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for number, one in reversed(list(enumerate(images))):
            target.put_manifest(str(number), manifests.parse(one.manifest.data))
    for number, one in enumerate(images):
        assert layers(f"oci-archive:{tmp_path}/x.tar:{number}", tmp_path) == [one.layers[0].blob.data]
    assert tools.require("tar").run("-tf", tmp_path / "x.tar").stdout.count(b"blobs/") == 36 + 2


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_blob_without_a_size_is_taken(scheme: str, tmp_path: Path) -> None:
    with place(f"{scheme}:{tmp_path}/place", tmp_path) as target:
        assert isinstance(target, Writable)
        target.put_blob(Descriptor("", Digest.of(b"content"), 0), Stream(b"content"))
        target.put_blob(Descriptor("", Digest.of(b""), 0), Stream(b""))
        put(target, ONE)
        # What no image needs is left out of an archive.
        assert target.has(Descriptor("", Digest.of(b"content"), 7)) == (scheme != "oci-archive")


def test_a_blob_of_another_layout_gets_a_second_name(tmp_path: Path) -> None:
    saved.write(tmp_path / "from", saved.layout({"one": ONE}))
    layer, config = ONE.layers[0].blob, ONE.config
    with place(f"oci:{tmp_path}/from", tmp_path) as source, place(f"oci:{tmp_path}/to", tmp_path) as target:
        assert isinstance(target, Writable)
        assert target.mount(Digest.parse(layer.digest), source)
        assert target.has(descriptor(layer))
        name = f"blobs/{layer.digest.replace(':', '/')}"
        assert (tmp_path / "to" / name).samefile(tmp_path / "from" / name)
        damaged = tmp_path / "from/blobs" / config.digest.replace(":", "/")
        damaged.write_bytes(b"other")
        assert not target.mount(Digest.parse(config.digest), source)
        assert not target.mount(Digest.of(b"absent"), source)
        assert not target.has(descriptor(config))
    with place(f"dir:{tmp_path}/dir", tmp_path) as plain, place(f"oci:{tmp_path}/to", tmp_path) as source:
        assert isinstance(plain, Writable)
        assert plain.mount(Digest.parse(layer.digest), source)
        assert plain.has(descriptor(layer))


def test_where_a_file_cannot_have_two_names_it_is_copied(tmp_path: Path) -> None:
    saved.write(tmp_path / "from", saved.layout({"one": ONE}))
    layer = ONE.layers[0].blob
    name = f"blobs/{layer.digest.replace(':', '/')}"
    (tmp_path / "from" / name).chmod(0o600)
    with place(f"oci:{tmp_path}/from", tmp_path) as source, place(f"oci:{tmp_path}/to", tmp_path) as target:
        assert isinstance(target, Writable)
        assert target.mount(Digest.parse(layer.digest), source)
    assert not (tmp_path / "to" / name).samefile(tmp_path / "from" / name)
    assert (tmp_path / "to" / name).read_bytes() == layer.data


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_refers_to_an_image_is_listed_and_is_no_image(scheme: str, tmp_path: Path) -> None:
    empty = Blob("application/vnd.oci.empty.v1+json", b"{}")
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": "application/vnd.example.sbom",
        "config": empty.descriptor,
        "layers": [empty.descriptor],
        "subject": ONE.manifest.descriptor,
        "annotations": {"key": "value"},
    }
    attached = Blob(OCI_MANIFEST, encode(document))
    reference = f"{scheme}:{tmp_path}/place"
    for once_more in (False, True):
        with place(reference, tmp_path) as target:
            assert isinstance(target, Writable)
            if not once_more:
                put(target, ONE)
            target.put_blob(descriptor(empty), Stream(empty.data))
            target.put_manifest(attached.digest, manifests.parse(attached.data))
    assert found(reference, tmp_path).image.manifest_digest == ONE.manifest.digest
    with place(reference, tmp_path) as source:
        assert isinstance(source, Refers)
        assert isinstance(source, Sizes)
        digest = Digest.parse(ONE.manifest.digest)
        assert [one.digest for one in source.referrers(digest)] == [attached.digest]
        assert source.referrers(Digest.of(b"other")) == []
        assert source.size(digest if scheme != "dir" else Digest.parse(ONE.config.digest)) > 0


def test_many_at_once_put_images_into_one_layout(tmp_path: Path) -> None:
    def work(number: int) -> None:
        with place(f"oci:{tmp_path}/place:{number}", tmp_path) as target:
            put(target, made(f"image {number}"), str(number))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = {entry["annotations"]["org.opencontainers.image.ref.name"] for entry in entries(tmp_path / "place")}
    assert names == {str(number) for number in range(8)}


def test_fields_that_are_not_known_here_stay(tmp_path: Path) -> None:
    saved.write(tmp_path / "place", saved.layout({"old": ONE}))
    path = tmp_path / "place/index.json"
    document = {**json.loads(path.read_bytes()), "annotations": {"of": "the layout"}, "unknown": [1, {"a": None}]}
    document["manifests"][0]["unknown"] = "kept"
    path.write_bytes(encode(document))
    with place(f"oci:{tmp_path}/place:new", tmp_path) as target:
        put(target, TWO, "new")
    after = json.loads(path.read_bytes())
    assert (after["annotations"], after["unknown"]) == (document["annotations"], document["unknown"])
    assert after["manifests"][0] == document["manifests"][0]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_nothing_is_put_among_other_things(scheme: str, tmp_path: Path) -> None:
    target = tmp_path / "place"
    if scheme == "oci-archive":
        saved.archive(target, {"etc/passwd": b"root"})
    else:
        saved.write(target, {"thesis.tex": b"years of work"})
    before = sorted(path.name for path in tmp_path.rglob("*"))
    with place(f"{scheme}:{target}", tmp_path) as repository, pytest.raises(SregistryError) as caught:
        put(repository, ONE)
    assert caught.value.code == "layout-other"
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
    assert code(f"{scheme}:{target}", tmp_path) == "layout-other"


@pytest.mark.parametrize("scheme", ["oci", "oci-archive"])
def test_a_manifest_of_schema_1_is_refused(scheme: str, tmp_path: Path) -> None:
    old = manifests.parse(encode({"schemaVersion": 1, "fsLayers": [], "history": [], "signatures": []}))
    with place(f"{scheme}:{tmp_path}/place", tmp_path) as target, pytest.raises(RegistryError) as caught:
        assert isinstance(target, Writable)
        target.put_manifest("", old)
    assert caught.value.code == "manifest-schema1"


def test_what_only_a_name_changes_needs_no_blob_again(tmp_path: Path) -> None:
    reference = f"oci-archive:{tmp_path}/x.tar"
    with place(f"{reference}:one", tmp_path) as target:
        put(target, ONE, "one")
    with place(f"{reference}:two", tmp_path) as target:
        assert isinstance(target, Writable)
        assert all(target.has(descriptor(blob)) for blob in ONE.blobs)
        target.put_manifest("two", manifests.parse(ONE.manifest.data))
    assert layers(f"{reference}:two", tmp_path) == layers(f"{reference}:one", tmp_path)


def test_what_another_process_has_taken_away_is_missed(tmp_path: Path) -> None:
    reference = f"oci-archive:{tmp_path}/x.tar:one"
    with place(reference, tmp_path) as target:
        put(target, ONE, "one")
    with pytest.raises(SregistryError) as caught, place(reference, tmp_path) as target:
        assert isinstance(target, Writable)
        assert all(target.has(descriptor(blob)) for blob in ONE.blobs)
        saved.archive(tmp_path / "x.tar", saved.layout({"one": TWO}))
        target.put_manifest("one", manifests.parse(ONE.manifest.data))
    assert caught.value.code == "layout-content-missing"
    assert found(reference, tmp_path).image.manifest_digest == TWO.manifest.digest


def test_many_images_go_into_one_archive_in_few_goes(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    images, written = [made(f"image {number}") for number in range(20)], set[tuple[int, int]]()
    with endpoint(f"oci-archive:{path}", tmp_path) as opened:
        for number, one in enumerate(images):
            put(opened.repository(parse(f"oci-archive:{path}:{number}")), one, str(number))
            written.add((path.stat().st_ino, path.stat().st_size))
        broken = opened.repository(parse(f"oci-archive:{path}:broken"))
        assert isinstance(broken, Writable)
        broken.put_blob(descriptor(Blob("", b"of an image that never came")), Stream(b"of an image that never came"))
    assert len(written) <= 6
    for number, one in enumerate(images):
        assert found(f"oci-archive:{path}:{number}", tmp_path).image.manifest_digest == one.manifest.digest
        assert layers(f"oci-archive:{path}:{number}", tmp_path) == [layer.blob.data for layer in one.layers]
    assert b"never came" not in path.read_bytes()
    assert path.read_bytes().count(ONE.layers[1].blob.data) == 1, "what they share is there once"


def test_docker_archives_are_not_written(tmp_path: Path) -> None:
    with place(f"docker-archive:{tmp_path}/x.tar", tmp_path) as target:
        assert not isinstance(target, Writable)


def nested(levels: int) -> list[Blob]:
    """Indexes, each with the one before in it."""
    found = [Blob(OCI_MANIFEST, ONE.manifest.data)]
    for _ in range(levels):
        document = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [found[-1].descriptor]}
        found.append(Blob(OCI_INDEX, encode(document)))
    return found[1:]


def untyped() -> list[Blob]:
    """An index whose entry has no type."""
    entry = {key: value for key, value in ONE.manifest.descriptor.items() if key != "mediaType"}
    return [Blob(OCI_INDEX, encode({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry]}))]


def withdrawn() -> list[Blob]:
    """An artifact of the type that the specification had for a while: it names blobs, and neither config nor layers."""
    listed = [blob.descriptor for blob in ONE.blobs]
    return [Blob(OCI_ARTIFACT, encode({"mediaType": OCI_ARTIFACT, "artifactType": "a/b", "blobs": listed}))]


@pytest.mark.parametrize("parents", [nested(1), nested(1500), untyped(), withdrawn()])
def test_an_archive_keeps_all_that_any_kind_of_manifest_leads_to(parents: list[Blob], tmp_path: Path) -> None:
    with place(f"oci-archive:{tmp_path}/place:one", tmp_path) as target:
        assert isinstance(target, Writable)
        put(target, ONE, ONE.manifest.digest)
        for one in parents[:-1]:
            target.put_manifest(one.digest, manifests.parse(one.data, one.media_type))
        target.put_manifest("one", manifests.parse(parents[-1].data, parents[-1].media_type))
    with place(f"oci-archive:{tmp_path}/place", tmp_path) as source:
        for blob in ONE.blobs:
            with source.blob(descriptor(blob)) as stream:
                assert stream.read() == blob.data


def test_what_cosign_puts_beside_an_image_is_found_and_is_no_image(tmp_path: Path) -> None:
    beside = f"{ONE.manifest.digest.replace(':', '-')}.sig"
    with place(f"oci:{tmp_path}/place", tmp_path) as target:
        put(target, TWO, beside)
        put(target, ONE, "one")
        assert isinstance(target, OciFolder)
        assert target.images() == ["one"]
    assert found(f"oci:{tmp_path}/place", tmp_path).image.manifest_digest == ONE.manifest.digest
    assert found(f"oci:{tmp_path}/place:{beside}", tmp_path).image.manifest_digest == TWO.manifest.digest

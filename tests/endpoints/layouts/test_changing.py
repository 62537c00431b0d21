"""Names given and taken in OCI layouts; what nothing needs any more goes, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sregistry.digests import Digest
from sregistry.endpoints.base import Meaning
from sregistry.endpoints.layouts.writing import OciFolder
from sregistry.errors import SregistryError
from sregistry.oci import manifests
from tests.endpoints.layouts.here import found, place, put
from tests.support import tools
from tests.support.images import OCI_MANIFEST, Blob, Image, encode, image, index
from tests.support.tars import archive, file

SHARED = archive(file("base", b"x" * 5000))
ONE = image([archive(file("etc/text", b"one")), SHARED])
TWO = image([archive(file("etc/text", b"two")), SHARED])


class Layout:
    """A layout with images by name."""

    def __init__(self, folder: Path, **named: Image) -> None:
        self.folder = folder / "layout"
        self.home = folder
        for name, one in named.items():
            self.put(one, name)

    def put(self, one: Image, name: str) -> None:
        with place(f"oci:{self.folder}:{name}", self.home) as target:
            put(target, one, name)

    def attach(self, about: Image) -> Blob:
        """A signature of an image."""
        text = Blob("text/plain", b"signed " + about.manifest.digest.encode())
        empty = Blob("application/vnd.oci.empty.v1+json", b"{}")
        subject = {"mediaType": OCI_MANIFEST, "digest": about.manifest.digest, "size": len(about.manifest.data)}
        document = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "artifactType": "application/x-signature"}
        document |= {"config": empty.descriptor, "layers": [text.descriptor], "subject": subject}
        for blob in (text, empty):
            self.blob(blob.digest).write_bytes(blob.data)
        made = manifests.parse(encode(document))
        with place(f"oci:{self.folder}", self.home) as target:
            assert isinstance(target, OciFolder)
            target.put_manifest(str(made.digest), made)
        return text

    def change(self, reference: str, action: str, *arguments: Any, **more: Any) -> Any:
        with place(f"oci:{self.folder}{reference}", self.home) as target:
            return getattr(target, action)(*arguments, **more)

    def blob(self, digest: object) -> Path:
        return self.folder / "blobs" / str(digest).replace(":", "/")

    @property
    def entries(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = json.loads((self.folder / "index.json").read_bytes())["manifests"]
        return listed

    @property
    def names(self) -> list[str | None]:
        return [one.get("annotations", {}).get("org.opencontainers.image.ref.name") for one in self.entries]

    @property
    def blobs(self) -> set[str]:
        return {f"sha256:{path.name}" for path in (self.folder / "blobs/sha256").iterdir()}


def of(*made: Image) -> set[str]:
    """The digests of all that images consist of."""
    return {blob.digest for one in made for blob in (*one.blobs, one.manifest)}


def test_an_image_gets_another_name_and_skopeo_reads_it(tmp_path: Path) -> None:
    layout = Layout(tmp_path, one=ONE, two=TWO)
    assert layout.change(":one", "tag", "stable") == ONE.manifest.digest
    assert layout.names == ["one", "two", "stable"]
    before = layout.entries
    assert layout.change(":one", "tag", "stable") == ONE.manifest.digest
    assert layout.entries == before
    raw = tools.require("skopeo", newest=True).run("inspect", "--raw", f"oci:{layout.folder}:stable").stdout
    assert raw == ONE.manifest.data


def test_a_name_that_moves_leaves_the_other_image_by_its_digest(tmp_path: Path) -> None:
    layout = Layout(tmp_path, one=ONE, two=TWO)
    layout.change(":two", "tag", "one")
    assert found(f"oci:{layout.folder}:one", tmp_path).image.manifest_digest == TWO.manifest.digest
    assert found(f"oci:{layout.folder}@{ONE.manifest.digest}", tmp_path).image.manifest_digest == ONE.manifest.digest
    layout.change(f"@{ONE.manifest.digest}", "tag", "back")
    assert found(f"oci:{layout.folder}:back", tmp_path).image.manifest_digest == ONE.manifest.digest


def test_an_image_without_a_name_gets_one(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.put(ONE, "")
    layout.change("", "tag", "one")
    assert layout.names == ["one"]


def test_what_stands_beside_a_name_stays(tmp_path: Path) -> None:
    layout = Layout(tmp_path, one=ONE)
    entry = layout.entries[0]
    more = {"platform": {"os": "linux", "architecture": "amd64"}, "x-other": 1}
    named = {"io.containerd.image.name": "docker.io/library/tool:one", "x": "y"}
    listed = [{**entry, **more, "annotations": {**entry["annotations"], **named}}]
    (layout.folder / "index.json").write_bytes(encode({"schemaVersion": 2, "x-top": 2, "manifests": listed}))
    layout.change(":one", "tag", "two")
    assert json.loads((layout.folder / "index.json").read_bytes())["x-top"] == 2
    assert layout.entries[0] == listed[0]
    assert layout.entries[1] == {
        **entry,
        **more,
        "annotations": {"org.opencontainers.image.ref.name": "two", "x": "y"},
    }


def test_only_what_no_other_image_needs_is_deleted(tmp_path: Path) -> None:
    layout = Layout(tmp_path, one=ONE, two=TWO)
    layout.change(":one", "delete")
    assert (layout.names, layout.blobs) == (["two"], of(TWO))
    assert found(f"oci:{layout.folder}:two", tmp_path).image.manifest_digest == TWO.manifest.digest
    with pytest.raises(SregistryError) as caught:
        layout.change(":one", "delete")
    assert caught.value.code == "layout-name-unknown"
    layout.change(":two", "delete")
    assert (layout.names, layout.blobs) == ([], set())


def test_a_name_goes_alone_and_by_a_digest_all_go(tmp_path: Path) -> None:
    layout = Layout(tmp_path, one=ONE, two=TWO)
    layout.change(":one", "tag", "same")
    digest = Digest.parse(ONE.manifest.digest)
    assert layout.change(":one", "meaning") == Meaning(digest, ["same"])
    assert layout.change(f"@{digest}", "meaning") == Meaning(digest, ["one", "same"])
    layout.change(":one", "delete")
    assert (layout.names, layout.blobs) == (["two", "same"], of(ONE, TWO))
    layout.change(":same", "tag", "again")
    layout.change(f"@{digest}", "delete")
    assert (layout.names, layout.blobs) == (["two"], of(TWO))


def test_what_is_attached_goes_with_its_image_and_not_before(tmp_path: Path) -> None:
    layout = Layout(tmp_path, one=ONE, two=TWO)
    layout.change(":one", "tag", "same")
    mine, other = layout.attach(ONE), layout.attach(TWO)
    layout.change(":one", "delete")
    assert mine.digest in layout.blobs
    layout.change(":same", "delete")
    assert mine.digest not in layout.blobs
    assert other.digest in layout.blobs
    assert layout.names == ["two", None]


def test_an_image_for_several_platforms_goes_with_all_of_them(tmp_path: Path) -> None:
    layout = Layout(tmp_path, one=ONE)
    both = [ONE, image([archive(file("etc/text", b"arm"))], platform="linux/arm64")]
    with place(f"oci:{layout.folder}:all", tmp_path) as target:
        for one in both:
            put(target, one, one.manifest.digest)
        target.put_manifest("all", manifests.parse(index(both).data))  # type: ignore[attr-defined]
    layout.change(":all", "tag", "every")
    layout.change(":all", "delete")
    assert layout.blobs > of(*both)
    layout.change(":every", "delete")
    assert (layout.names, layout.blobs) == (["one"], of(ONE))


@pytest.mark.parametrize("fault", ["damaged", "gone"])
def test_where_it_is_not_known_what_is_needed_no_blob_goes(fault: str, tmp_path: Path) -> None:
    layout = Layout(tmp_path, one=ONE, two=TWO)
    if fault == "damaged":
        layout.blob(TWO.manifest.digest).write_bytes(b"{}")
        layout.change(":one", "delete")
        assert layout.blobs == of(ONE, TWO)
    else:
        layout.blob(TWO.manifest.digest).unlink()
        layout.change(":one", "delete")
        assert ONE.manifest.digest not in layout.blobs
    assert layout.names == ["two"]


def test_the_platforms_of_one_image_that_are_listed_themselves_get_no_other_name(tmp_path: Path) -> None:
    layout = Layout(tmp_path, one=ONE, two=TWO)
    listed = [
        {**entry, "annotations": {}, "platform": {"os": "linux", "architecture": name}}
        for entry, name in zip(layout.entries, ("amd64", "arm64"), strict=True)
    ]
    (layout.folder / "index.json").write_bytes(encode({"schemaVersion": 2, "manifests": listed}))
    with pytest.raises(SregistryError) as caught:
        layout.change("", "tag", "new")
    assert caught.value.code == "layout-several"
    layout.change("", "delete")
    assert (layout.entries, layout.blobs) == ([], set())

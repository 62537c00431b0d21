"""Folders that skopeo has written (``dir:``)."""

from __future__ import annotations

from pathlib import Path

import pytest

from sregistry.digests import Digest
from sregistry.endpoints.base import Refers
from sregistry.errors import SregistryError
from sregistry.references import Platform
from tests.endpoints.layouts.here import code, found, layers, place, refused
from tests.endpoints.layouts.test_oci import assert_speaks_of_no_registry
from tests.support import saved
from tests.support.debian import skopeo_copy
from tests.support.images import Image, image, index
from tests.support.tars import archive, file


def made(text: str, platform: str = "linux/amd64") -> Image:
    return image([archive(file("etc/text", text.encode()))], platform=platform)


ONE, ARM = made("one"), made("one", "linux/arm64")


def test_every_platform_of_an_index_is_found(tmp_path: Path) -> None:
    listed = index([ONE, ARM])
    files = {**saved.layout({"1": ONE, "2": ARM}), f"blobs/{listed.digest.replace(':', '/')}": listed.data}
    files["index.json"] = saved.encode({"schemaVersion": 2, "manifests": [listed.descriptor]})
    skopeo_copy(f"oci:{saved.write(tmp_path / 'from', files)}", f"dir:{tmp_path}/place", "--all")
    reference = f"dir:{tmp_path}/place"
    for platform, one in (("linux/amd64", ONE), ("linux/arm64", ARM)):
        assert found(reference, tmp_path, Platform.parse(platform)).image.manifest_digest == one.manifest.digest
    assert found(f"{reference}@{listed.digest}", tmp_path).image.index_digest == listed.digest
    with place(reference, tmp_path) as repository:
        assert repository.manifest(ARM.manifest.digest).raw == ARM.manifest.data
        assert repository.images() == []


def test_a_folder_without_a_version_is_read(tmp_path: Path) -> None:
    saved.write(tmp_path / "place", saved.directory(ONE))
    (tmp_path / "place/version").unlink()
    assert layers(f"dir:{tmp_path}/place", tmp_path) == [ONE.layers[0].blob.data]


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("version", b"Directory Transport Version: 2.0\n", "layout-version"),
        ("version", b"something else", "layout-version"),
        ("version", b"x" * 5000, "layout-too-large"),
        ("manifest.json", b"", "layout-invalid"),
        ("manifest.json", b"[]", "layout-invalid"),
        ("manifest.json", None, "layout-other"),
        (ONE.config.digest.partition(":")[2], None, "layout-content-missing"),
        (ONE.layers[0].blob.digest.partition(":")[2], b"other", "digest-mismatch"),
    ],
)
def test_folders_that_cannot_be_used(tmp_path: Path, name: str, data: bytes | None, expected: str) -> None:
    path = saved.write(tmp_path / "place", saved.directory(ONE))
    (path / name).unlink()
    if data is not None:
        data = data.ljust(len(ONE.layers[0].blob.data), b" ") if expected == "digest-mismatch" else data
        (path / name).write_bytes(data)
    error = refused(f"dir:{path}", tmp_path)
    assert (error.code, error.facts["layout"]) == (expected, str(path))
    assert_speaks_of_no_registry(error)


def test_the_image_has_no_name(tmp_path: Path) -> None:
    with place(f"dir:{saved.write(tmp_path / 'place', saved.directory(ONE))}", tmp_path) as repository:
        assert isinstance(repository, Refers)
        assert not repository.referrers(Digest.of(b"x"))
    with place(f"dir:{tmp_path}/place", tmp_path) as repository, pytest.raises(SregistryError) as caught:
        repository.manifest("sha256-tag.sig")
    assert caught.value.code == "layout-name-unknown"
    assert code(f"dir:{tmp_path}/place@{Digest.of(b'x')}", tmp_path) == "layout-content-missing"

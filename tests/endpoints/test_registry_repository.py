"""A repository of Debian's docker-registry is written to: what is there is not sent, what was broken off goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from sregistry.digests import Digest, DigestError
from sregistry.endpoints.base import Sizes, Writable
from sregistry.endpoints.docker import RegistryRepository
from sregistry.endpoints.sending import Held, put
from sregistry.http.options import Limits
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.manifests import parse as parse_manifest
from sregistry.references import parse
from sregistry.registry.session import Session
from sregistry.store.upload_sessions import UploadSessions
from tests.registry.sessions import Log, options
from tests.support import images, tars
from tests.support.images import encode
from tests.support.registry import DockerRegistry

DATA = hashlib.shake_128(b"blob").digest(100_000)
BLOB = Descriptor("application/octet-stream", Digest.of(DATA), len(DATA))
IMAGE = images.image([tars.archive(tars.file("hello", b"world"))])


def stream(data: bytes = DATA) -> Held:
    return Held(data)


class StoppedError(Exception):
    """What a listener raises."""


@pytest.fixture
def open_repository(docker_registry: DockerRegistry, tmp_path: Path) -> Callable[..., RegistryRepository]:
    """Gives a repository in a session of its own, with what it has sent."""

    def make(name: str = "team/new", log: Log | None = None) -> RegistryRepository:
        one = Session(options(limits=Limits(chunk=20_000)), on_exchange=log)
        reference = parse(f"docker://{docker_registry.address}/{name}:1")
        return RegistryRepository(one, reference, UploadSessions(tmp_path / "cache"))

    return make


def test_it_is_writable(open_repository: Callable[..., RegistryRepository]) -> None:
    repository = open_repository()
    assert isinstance(repository, Writable)
    assert isinstance(repository, Sizes)


def test_a_blob_is_sent_once(open_repository: Callable[..., RegistryRepository]) -> None:
    log, told = Log(), list[int]()
    repository = open_repository(log=log)
    assert not repository.has(BLOB)
    assert put(repository, BLOB, stream, told.append) is True
    assert sum(told) == BLOB.size
    assert put(repository, BLOB, stream, told.append) is False
    assert sum(told) == BLOB.size
    assert [one.method for one in log] == ["HEAD", "HEAD", "POST", *5 * ["PATCH"], "PUT", "HEAD"]
    with repository.blob(BLOB) as found:
        assert found.read() == DATA


def test_a_blob_of_another_repository_is_mounted(open_repository: Callable[..., RegistryRepository]) -> None:
    other, log = open_repository("team/other"), Log()
    put(other, BLOB, stream)
    repository = open_repository(log=log)
    assert put(repository, BLOB, stream, mount_from=other) is False
    assert [one.method for one in log] == ["HEAD", "POST"]
    assert repository.has(BLOB)
    assert not repository.mount(Digest.of(b"nowhere"), other)


def test_what_is_not_what_it_should_be_is_not_stored(open_repository: Callable[..., RegistryRepository]) -> None:
    repository = open_repository()
    with pytest.raises(DigestError):
        repository.put_blob(BLOB, stream(DATA[:-1] + b"x"))
    assert not repository.has(BLOB)


def test_an_upload_that_was_broken_off_goes_on_in_the_next_process(
    open_repository: Callable[..., RegistryRepository], tmp_path: Path
) -> None:
    log = Log()
    with pytest.raises(StoppedError):
        open_repository(log=log).put_blob(BLOB, stream(), _stop)
    (kept,) = (tmp_path / "cache/uploads").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    put(open_repository(log=log), BLOB, stream)
    assert [one.method for one in log].count("PATCH") == 5
    assert open_repository().has(BLOB)
    assert not list((tmp_path / "cache/uploads").iterdir())


def test_an_upload_that_the_registry_has_given_up_begins_anew(
    open_repository: Callable[..., RegistryRepository], tmp_path: Path
) -> None:
    with pytest.raises(StoppedError):
        open_repository().put_blob(BLOB, stream(), _stop)
    for path in (tmp_path / "cache/uploads").iterdir():
        path.write_text(path.read_text().replace("uploads/", "uploads/0"))
    put(open_repository(), BLOB, stream)
    assert open_repository().has(BLOB)


def _stop(size: int) -> None:
    raise StoppedError


def test_a_manifest_comes_after_what_it_names(open_repository: Callable[..., RegistryRepository]) -> None:
    repository, manifest = open_repository(), parse_manifest(IMAGE.manifest.data)
    described = Descriptor(manifest.media_type, manifest.digest, len(manifest.raw))
    assert not repository.has(described)
    for blob in IMAGE.blobs:
        digest = Digest.parse(blob.digest)
        repository.put_blob(Descriptor("", digest, len(blob.data)), Held(blob.data))
    assert repository.put_manifest("1", manifest) == manifest.digest
    assert repository.put_manifest("", manifest) == manifest.digest
    assert repository.has(described)
    assert repository.manifest("1").raw == manifest.raw


def test_what_has_a_subject_is_listed_among_its_referrers(
    open_repository: Callable[..., RegistryRepository], docker_registry: DockerRegistry
) -> None:
    subject = Digest.parse(docker_registry.push("team/new", "1", IMAGE))
    repository = open_repository()
    about = {"mediaType": images.OCI_MANIFEST, "digest": str(subject), "size": len(IMAGE.manifest.data)}
    for kind in ("application/spdx+json", "text/plain", "text/plain"):
        document = {
            **json.loads(IMAGE.manifest.data),
            "artifactType": kind,
            "subject": about,
            "annotations": {"a": kind},
        }
        repository.put_manifest("", parse_manifest(encode(document)))
    with closing(repository.session):
        found = repository.referrers(subject)
    assert [(one.artifact_type, one.annotations) for one in found] == [
        ("application/spdx+json", {"a": "application/spdx+json"}),
        ("text/plain", {"a": "text/plain"}),
    ]

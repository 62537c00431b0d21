"""The whole protocol against Debian's docker-registry: open, behind TLS and a password, with tokens, as a mirror."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sregistry.auth.credentials import Credential
from sregistry.auth.docker_config import BASIC
from sregistry.digests import Digest
from sregistry.http.options import Limits
from sregistry.http.secret import Secret
from sregistry.oci import media_types
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.manifests import parse as parse_manifest
from sregistry.references import RegistryReference, parse
from sregistry.registry import pages
from sregistry.registry.api import Call
from sregistry.registry.session import Session
from sregistry.registry.uploads import Uploader
from tests.registry.sessions import AMD64, Log, fails, options, pulled, session
from tests.support import images, tars
from tests.support.registry import Certificates, DockerRegistry
from tests.support.tokens import TokenServer

IMAGE = images.image([tars.archive(tars.file("hello", b"world\n")), tars.archive(tars.file("more", b"x" * 9999))])
STORED = [layer.blob.data for layer in IMAGE.layers]
LOGIN = {"username": "reader", "password": Secret("correct horse")}
WRITER = {"username": "writer", "password": Secret("correct horse")}


def reference(registry: DockerRegistry, rest: str = "team/tool:1") -> RegistryReference:
    return parse(f"docker://{registry.address}/{rest}")


# ---------------------------------------------------------------- open


def test_an_open_registry(docker_registry: DockerRegistry) -> None:
    digest = docker_registry.push("team/tool", "1", IMAGE)
    with session() as one:
        ping = one.ping(reference(docker_registry))
        assert (ping.status, ping.api_version, ping.challenges) == (200, "registry/2.0", [])
        assert pulled(one, reference(docker_registry)) == STORED
        assert pulled(one, reference(docker_registry, f"team/tool@{digest}")) == STORED
        found = one.head_manifest(reference(docker_registry))
        assert found is not None
        assert (str(found.digest), found.media_type) == (digest, images.OCI_MANIFEST)
        size = one.head_blob(reference(docker_registry), Digest.parse(IMAGE.layers[1].blob.digest))
        assert size == len(STORED[1])


def test_what_is_not_there(docker_registry: DockerRegistry) -> None:
    docker_registry.push("team/tool", "1", IMAGE)
    with session() as one:
        fails("tag-unknown", lambda: one.resolve(reference(docker_registry, "team/tool:2"), AMD64))
        fails("repository-unknown", lambda: one.tags(reference(docker_registry, "team/other:1")))
        absent = Digest("sha256", "0" * 64)
        fails("manifest-unknown", lambda: one.resolve(reference(docker_registry, f"team/tool@{absent}"), AMD64))
        assert one.head_manifest(reference(docker_registry, "team/tool:2")) is None
        assert one.head_blob(reference(docker_registry), absent) is None


def test_an_index_and_each_media_type_alone(docker_registry: DockerRegistry) -> None:
    other = images.image(IMAGE.layers, platform="linux/arm64")
    docker_registry.pusher("team/tool").push_index("team/tool", "all", [other, IMAGE], docker=False)
    wanted = reference(docker_registry, "team/tool:all")
    with session() as one:
        image = one.resolve(wanted, AMD64)
        assert (str(image.manifest_digest), str(image.platform)) == (IMAGE.manifest.digest, "linux/amd64")
        assert one.get_manifest(wanted, [media_types.OCI_INDEX]).is_index
        error = fails("manifest-media-type", lambda: one.get_manifest(wanted, [media_types.DOCKER_MANIFEST]))
    assert error.facts["status"] == 404


def test_a_tag_that_has_moved_is_mentioned_and_the_digest_used(docker_registry: DockerRegistry) -> None:
    before = docker_registry.push("team/tool", "1", IMAGE)
    now = docker_registry.push("team/tool", "1", images.image(IMAGE.layers[:1]))
    with session() as one:
        image = one.resolve(reference(docker_registry, f"team/tool:1@{before}"), AMD64)
        assert str(image.manifest_digest) == before
        assert [warning for warning in image.warnings if now in warning]
        assert one.resolve(reference(docker_registry, f"team/tool:1@{now}"), AMD64).warnings == []


# ---------------------------------------------------------------- lists


def test_tags(docker_registry: DockerRegistry) -> None:
    names = {f"v{number}" for number in range(5)}
    for name in names:
        docker_registry.push("team/tool", name, IMAGE)
    with session() as one:
        found = one.tags(reference(docker_registry))
        assert (set(found.names), found.complete) == (names, True)
        cut = one.tags(reference(docker_registry), limit=3)
        assert (len(cut.names), cut.complete) == (3, False)
        assert set(cut.names) < names


def test_the_catalog_comes_in_pages(docker_registry: DockerRegistry) -> None:
    names = ["a/one", "b/two", "c/three", "d/four", "e/five"]
    for name in names:
        docker_registry.push(name, "1", IMAGE)
    wanted = reference(docker_registry)
    with session() as one:
        assert one.catalog(wanted) == names
        assert one.catalog(wanted, limit=2) == names[:2]
        api = one.places(wanted)[-1].api
        call = Call("GET", "/v2/_catalog?n=2", "catalog")
        answers = pages.fetch(api, call, one.patience(), pages=10)
        assert [pages.names(answer, "repositories") for answer in answers] == [names[:2], names[2:4], names[4:]]
        fails("registry-pages", lambda: list(pages.fetch(api, call, one.patience(), pages=2)))


def test_referrers_of_a_registry_without_their_api_are_found_under_the_tag(docker_registry: DockerRegistry) -> None:
    subject = Digest.parse(docker_registry.push("team/tool", "1", IMAGE))
    kinds = ("application/spdx+json", "application/vnd.dev.cosign.simplesigning.v1+json")
    with session() as one:
        assert one.referrers(reference(docker_registry), subject) == []
    # The registry checks that what an index lists is there, so both entries are the image itself.
    listed = [{**IMAGE.manifest.descriptor, "artifactType": kind} for kind in kinds]
    index = images.encode({"schemaVersion": 2, "mediaType": images.OCI_INDEX, "manifests": listed})
    docker_registry.pusher("team/tool").push_manifest(
        "team/tool", f"sha256-{subject.hex}", images.Blob(images.OCI_INDEX, index)
    )
    with session() as one:
        found = one.referrers(reference(docker_registry), subject)
        assert [item.artifact_type for item in found] == list(kinds)
        assert len(one.referrers(reference(docker_registry), subject, kinds[0])) == 1


# ---------------------------------------------------------------- password, TLS


def test_a_private_authority_has_to_be_named(password_registry: DockerRegistry, certificates: Certificates) -> None:
    password_registry.push("team/tool", "1", IMAGE)
    wanted = reference(password_registry)
    with session(plain_http=False) as one:
        error = fails("tls-unknown-ca", lambda: one.resolve(wanted, AMD64))
    assert error.facts["certificate"]["names"] == ["localhost", "127.0.0.1"]
    with session(plain_http=False, cacert=certificates.authority) as one:
        error = fails("auth-required", lambda: one.resolve(wanted, AMD64))
        assert error.facts["challenge"]["scheme"] == "basic"
    with session(plain_http=False, cacert=certificates.authority, **LOGIN) as one:
        assert pulled(one, wanted) == STORED
    with session(plain_http=False, tls_verify=False, **LOGIN) as one:
        assert pulled(one, wanted) == STORED


def test_the_authority_may_be_kept_in_certs_d(
    password_registry: DockerRegistry, certificates: Certificates, tmp_path: Path
) -> None:
    password_registry.push("team/tool", "1", IMAGE)
    folder = tmp_path / ".config/containers/certs.d" / password_registry.address
    folder.mkdir(parents=True)
    (folder / "ca.crt").write_bytes(certificates.authority.read_bytes())
    with session(plain_http=False, home=tmp_path, **LOGIN) as one:
        assert pulled(one, reference(password_registry)) == STORED


def test_a_wrong_login_names_its_source_and_never_itself(
    password_registry: DockerRegistry, certificates: Certificates, tmp_path: Path
) -> None:
    password_registry.push("team/tool", "1", IMAGE)
    (tmp_path / ".docker").mkdir()
    auth = base64.b64encode(b"reader:canary-password").decode()
    config = {"auths": {password_registry.address: {"auth": auth}}}
    (tmp_path / ".docker/config.json").write_text(json.dumps(config))
    log = Log()
    with Session(options(plain_http=False, cacert=certificates.authority, home=tmp_path), on_exchange=log) as one:
        error = fails("auth-refused", lambda: one.resolve(reference(password_registry), AMD64))
    assert error.facts["credential_source"] == "~/.docker/config.json (auths)"
    assert "canary" not in f"{error!r} {error.facts} {log}"
    assert auth not in f"{error.facts} {log}"


def test_a_login_can_be_tried(password_registry: DockerRegistry, certificates: Certificates) -> None:
    def tried(password: str) -> None:
        with session(plain_http=False, cacert=certificates.authority) as one:
            one.check_login(password_registry.address, Credential(BASIC, "reader", Secret(password), "the test"))

    tried("correct horse")
    fails("auth-refused", lambda: tried("wrong horse"))


# ---------------------------------------------------------------- tokens


@pytest.fixture
def private(start_registry: Callable[..., DockerRegistry]) -> Iterator[DockerRegistry]:
    """A registry with tokens, where nobody may do anything without a login."""
    with TokenServer({"writer": "correct horse"}) as tokens:
        yield start_registry(tokens=tokens)


def asked(registry: DockerRegistry) -> list[dict[str, Any]]:
    assert registry.tokens is not None
    return registry.tokens.asked


def test_one_anonymous_token_is_enough_for_a_pull(token_registry: DockerRegistry) -> None:
    token_registry.push("team/tool", "1", IMAGE)
    with session() as one:
        assert pulled(one, reference(token_registry)) == STORED
    assert asked(token_registry) == [{"method": "GET", "user": "", "scopes": ["repository:team/tool:pull"]}]


def test_each_repository_has_a_token_of_its_own(token_registry: DockerRegistry) -> None:
    for name in ("team/tool", "team/other"):
        token_registry.push(name, "1", IMAGE)
    with session() as one:
        for name in ("team/tool", "team/other", "team/tool"):
            pulled(one, reference(token_registry, f"{name}:1"))
    scopes = [request["scopes"] for request in asked(token_registry)]
    assert scopes == [["repository:team/tool:pull"], ["repository:team/other:pull"]]


def test_an_anonymous_token_that_may_do_nothing_is_a_missing_login(private: DockerRegistry) -> None:
    private.push("team/tool", "1", IMAGE)
    with session() as one:
        fails("auth-required", lambda: one.resolve(reference(private), AMD64))


def test_a_password_buys_a_token(private: DockerRegistry) -> None:
    private.push("team/tool", "1", IMAGE)
    with session(**WRITER) as one:
        assert pulled(one, reference(private)) == STORED
    assert {request["user"] for request in asked(private)} == {"writer"}
    with session(username="writer", password=Secret("wrong")) as one:
        error = fails("auth-refused", lambda: one.resolve(reference(private), AMD64))
    assert error.facts["purpose"] == "token"


def test_an_identity_token_buys_a_token_by_post(private: DockerRegistry, tmp_path: Path) -> None:
    private.push("team/tool", "1", IMAGE)
    assert private.tokens is not None
    entry = {"auth": base64.b64encode(b"00000000-0000-0000-0000-000000000000:").decode()}
    entry["identitytoken"] = private.tokens.refresh_token("writer")
    (tmp_path / "auth.json").write_text(json.dumps({"auths": {private.address: entry}}))
    with session(authfile=tmp_path / "auth.json") as one:
        assert pulled(one, reference(private)) == STORED
    assert asked(private) == [{"method": "POST", "user": "writer", "scopes": ["repository:team/tool:pull"]}]


def test_a_registry_token_is_sent_as_it_is(private: DockerRegistry, tmp_path: Path) -> None:
    private.push("team/tool", "1", IMAGE)
    assert private.tokens is not None
    token = private.tokens.issue("writer", ["repository:team/tool:pull"])
    (tmp_path / "auth.json").write_text(json.dumps({"auths": {private.address: {"registrytoken": token}}}))
    with session(authfile=tmp_path / "auth.json") as one:
        assert pulled(one, reference(private)) == STORED
    assert asked(private) == []


# ---------------------------------------------------------------- mirrors


def test_a_pull_through_cache_in_front_of_a_registry(
    docker_registry: DockerRegistry, mirror_registry: DockerRegistry, tmp_path: Path
) -> None:
    docker_registry.push("team/tool", "1", IMAGE)
    conf = tmp_path / "registries.conf"
    conf.write_text(
        f'[[registry]]\nprefix = "registry.example.org/science"\nlocation = "{docker_registry.address}/team"\n'
        f'insecure = true\n[[registry.mirror]]\nlocation = "{mirror_registry.address}/team"\ninsecure = true\n'
    )
    wanted = parse("docker://registry.example.org/science/tool:1")
    log = Log()
    with Session(options(registries_conf=conf, plain_http=None), on_exchange=log) as one:
        assert pulled(one, wanted) == STORED
    assert {exchange.address for exchange in log if exchange.status} == {mirror_registry.address}
    assert f"/v2/team/tool/blobs/{IMAGE.layers[0].blob.digest}" in docker_registry.log


def test_a_mirror_that_is_down_is_passed_over(docker_registry: DockerRegistry, tmp_path: Path) -> None:
    docker_registry.push("team/tool", "1", IMAGE)
    conf = tmp_path / "registries.conf"
    conf.write_text(
        f'[[registry]]\nlocation = "{docker_registry.address}"\ninsecure = true\n'
        '[[registry.mirror]]\nlocation = "127.0.0.1:1"\ninsecure = true\n'
    )
    with session(registries_conf=conf) as one:
        assert pulled(one, reference(docker_registry)) == STORED
        assert [warning.code for warning in one.warnings] == ["registry-mirror-failed"]


# ---------------------------------------------------------------- writing


def uploader(registry: DockerRegistry, one: Session, repository: str = "team/new") -> Uploader:
    return one.uploader(reference(registry, f"{repository}:1"))


def test_an_image_is_uploaded_and_pulled_again(token_registry: DockerRegistry) -> None:
    with session(**WRITER) as one:
        up = uploader(token_registry, one)
        for blob in IMAGE.blobs:
            up.put_blob(Digest.parse(blob.digest), blob.data)
        digest = up.put(parse_manifest(IMAGE.manifest.data), "1")
        assert str(digest) == IMAGE.manifest.digest
        assert pulled(one, reference(token_registry, "team/new:1")) == STORED
    assert ["repository:team/new:pull,push"] in [request["scopes"] for request in asked(token_registry)]


def test_a_stream_is_uploaded_in_chunks(docker_registry: DockerRegistry) -> None:
    data = hashlib.shake_128(b"chunks").digest(100_000)
    digest = Digest.of(data)
    log = Log()
    with Session(options(limits=Limits(chunk=30_000)), on_exchange=log) as one:
        uploader(docker_registry, one).put_stream(Descriptor("", digest, len(data)), io.BytesIO(data))
        assert [exchange.method for exchange in log].count("PATCH") == 4
        assert one.head_blob(reference(docker_registry, "team/new:1"), digest) == len(data)
        before = len(log)
        uploader(docker_registry, one).put_blob(digest, data)
    assert [exchange.method for exchange in log[before:]] == ["HEAD"], "what is there is not sent again"


def test_other_bytes_than_promised_are_refused(docker_registry: DockerRegistry) -> None:
    with session() as one:
        up = uploader(docker_registry, one)
        fails("digest-mismatch", lambda: up.put_blob(Digest.of(b"promised"), b"sent"))
        digest, deadline = Digest.of(b"promised"), time.monotonic() + 10
        begun = up.begin(digest, deadline)
        fails("registry-upload-corrupt", lambda: up.finish(begun.location, digest, b"sent", 4, deadline))
        assert not up.has(digest)


def test_a_registry_that_is_read_only_says_so(start_registry: Callable[..., DockerRegistry]) -> None:
    storage = {"storage": {"inmemory": {}, "maintenance": {"readonly": {"enabled": True}}}}
    with session() as one:
        fails(
            "registry-read-only", lambda: uploader(start_registry(extra=storage), one).put_blob(Digest.of(b"x"), b"x")
        )


def test_a_cache_of_another_registry_is_read_only(mirror_registry: DockerRegistry) -> None:
    with session() as one:
        fails("registry-read-only", lambda: uploader(mirror_registry, one).put_blob(Digest.of(b"x"), b"x"))


def test_who_may_read_only_is_told_that_the_login_may_not_push(token_registry: DockerRegistry) -> None:
    with session(**LOGIN) as one:
        error = fails("registry-upload-denied", lambda: uploader(token_registry, one).put_blob(Digest.of(b"x"), b"x"))
    assert (error.facts["repository"], error.facts["purpose"]) == ("team/new", "upload")


def test_a_blob_is_mounted_from_another_repository(token_registry: DockerRegistry) -> None:
    token_registry.push("team/tool", "1", IMAGE)
    digest = Digest.parse(IMAGE.layers[0].blob.digest)
    with session(**WRITER) as one:
        up = uploader(token_registry, one)
        assert up.mount(digest, "team/tool") is True
        assert one.head_blob(reference(token_registry, "team/new:1"), digest) == len(STORED[0])
        assert up.mount(Digest.of(b"nowhere"), "team/tool") is False


def test_without_a_login_nothing_is_written(token_registry: DockerRegistry) -> None:
    with session() as one:
        fails("auth-required", lambda: uploader(token_registry, one).put_blob(Digest.of(b"x"), b"x"))


def test_manifests_and_blobs_are_deleted(docker_registry: DockerRegistry) -> None:
    digest = docker_registry.push("team/tool", "1", IMAGE)
    wanted = reference(docker_registry)
    with session() as one:
        up = one.uploader(wanted)
        up.delete_manifest(digest)
        assert one.head_manifest(wanted) is None
        fails("manifest-unknown", lambda: up.delete_manifest(digest))
        layer = Digest.parse(IMAGE.layers[0].blob.digest)
        up.delete_blob(layer)
        assert one.head_blob(wanted, layer) is None


def test_a_registry_that_deletes_nothing_says_so(start_registry: Callable[..., DockerRegistry]) -> None:
    storage = {"storage": {"inmemory": {}, "delete": {"enabled": False}}}
    registry = start_registry(extra=storage)
    digest = registry.push("team/tool", "1", IMAGE)
    with session() as one:
        fails("registry-unsupported", lambda: one.uploader(reference(registry)).delete_manifest(digest))

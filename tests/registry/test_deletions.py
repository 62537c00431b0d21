"""Tags and images deleted in registries that do it, in those that delete images only, and in those that refuse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sregistry.digests import Digest
from sregistry.http.secret import Secret
from sregistry.registry import deletions
from sregistry.registry.uploads import Uploader
from tests.registry.scripted import Contents, Request, Script, Server, tiny
from tests.registry.sessions import fails, session

IMAGE, OTHER = tiny(), tiny("other")
DIGEST = Digest.parse(IMAGE.manifest.digest)


def contents(*more: str) -> Contents:
    return Contents().add(IMAGE, "1", "latest", *more).add(OTHER, "2")


@contextmanager
def place(script: Script, held: Contents | None = None) -> Iterator[tuple[Server, Uploader]]:
    with Server(script, held or contents()) as server, session() as one:
        yield server, one.uploader(server.reference())


def deleted(server: Server) -> list[str]:
    return [one.name for one in server.seen if one.method == "DELETE"]


def deletes(request: Request) -> bool:
    """Whatever is there."""
    if request.method != "DELETE":
        return False
    if request.server.contents.manifests.pop(request.name, None) is None:
        return request.error(404, "MANIFEST_UNKNOWN", "manifest unknown")
    return request.reply(202)


def deletes_digests(request: Request) -> bool:
    """As docker-registry 2.8."""
    if request.method == "DELETE" and ":" not in request.name:
        return request.error(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
    return deletes(request)


def deletes_nothing(request: Request) -> bool:
    return request.method == "DELETE" and request.error(405, "UNSUPPORTED", "The operation is unsupported.")


def test_a_tag_is_deleted_alone() -> None:
    with place(deletes) as (server, at):
        deletions.delete_tag(at, "1")
        assert deleted(server) == ["1"]
        assert set(server.contents.manifests) >= {"latest", str(DIGEST)}
        fails("tag-unknown", lambda: deletions.delete_tag(at, "1"))


def test_an_image_is_deleted_by_its_digest() -> None:
    with place(deletes_digests) as (server, at):
        deletions.delete_image(at, DIGEST)
        assert deleted(server) == [str(DIGEST)]
        fails("manifest-unknown", lambda: deletions.delete_image(at, DIGEST))


def test_a_tag_that_cannot_be_deleted_alone_stays_and_so_does_its_image() -> None:
    with place(deletes_digests) as (server, at):
        error = fails("registry-tag-bound", lambda: deletions.delete_tag(at, "1"))
        assert (error.facts["status"], error.facts["repository"]) == (400, "team/tool")
        assert set(server.contents.manifests) >= {"1", str(DIGEST)}
        assert deleted(server)[-1] == "sha256:" + "0" * 64  # asked about nothing
        fails("tag-unknown", lambda: deletions.delete_tag(at, "absent"))


def test_a_registry_that_answers_202_to_everything_else_is_no_other() -> None:
    def script(request: Request) -> bool:
        if request.method != "DELETE":
            return False
        return request.reply(202) if ":" in request.name else request.error(405, "UNSUPPORTED", "no tags")

    with place(script) as (_, at):
        fails("registry-tag-bound", lambda: deletions.delete_tag(at, "1"))


def test_a_registry_that_deletes_nothing() -> None:
    with place(deletes_nothing) as (_, at):
        fails("registry-delete-disabled", lambda: deletions.delete_tag(at, "1"))
        fails("registry-delete-disabled", lambda: deletions.delete_image(at, DIGEST))


def test_a_login_that_may_not() -> None:
    def script(request: Request) -> bool:
        return request.method == "DELETE" and request.error(403, "DENIED", "requested access is denied")

    with place(script) as (server, at):
        fails("auth-denied", lambda: deletions.delete_tag(at, "1"))
        with session(username="ada", password=Secret("secret-of-ada")) as one:
            error = fails("registry-delete-denied", lambda: deletions.delete_tag(one.uploader(server.reference()), "1"))
        assert "secret-of-ada" not in str(error.facts)


def test_the_other_tags_of_an_image() -> None:
    with place(deletes) as (server, at):
        assert deletions.same(at, DIGEST, "1") == ["latest"]
        assert deletions.same(at, DIGEST, None) == ["1", "latest"]
        assert deletions.same(at, Digest.parse(OTHER.manifest.digest), "2") == []
        assert "GET" not in {one.method for one in server.seen if one.kind == "manifest"}


@pytest.mark.parametrize("fault", ["many", "no list", "no heads", "no digest"])
def test_what_is_not_told_is_not_known(fault: str) -> None:
    def script(request: Request) -> bool:
        if fault == "no list" and request.kind == "tag":
            return request.error(403, "DENIED", "no")
        if request.kind == "manifest" and request.name == "latest":
            if fault == "no heads":
                return request.error(403, "DENIED", "no")
            return fault == "no digest" and request.reply(200)
        return False

    more = [f"v{number}" for number in range(deletions.MOST_TAGS)] if fault == "many" else []
    with place(script, contents(*more)) as (server, at):
        assert deletions.same(at, DIGEST, "1") is None
        assert fault != "many" or not server.paths("manifest")

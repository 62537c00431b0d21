"""Uploads where the registry has its own ideas; what a real one does is in test_real_registry.py."""

from __future__ import annotations

import io

import pytest

from sregistry.digests import Digest
from sregistry.registry.session import Session
from sregistry.registry.uploads import Uploader
from tests.registry.scripted import Request, Script, Server
from tests.registry.sessions import fails, session
from tests.support import images

DATA = b"0123456789" * 10
DIGEST = Digest.of(DATA)
PLACE = "/v2/team/tool/blobs/uploads/id?state=1"


def taking(fault: Script = lambda request: False, location: str = PLACE) -> Script:
    """A registry that takes every upload, except where `fault` answers."""

    def script(request: Request) -> bool:
        if fault(request):
            return True
        match request.method:
            case "HEAD":
                return request.reply(404)
            case "POST":
                return request.reply(202, Location=location)
            case "PATCH":
                return request.reply(202, Location=PLACE)
            case "PUT":
                return request.reply(201)
        return False

    return script


def uploader(server: Server, one: Session) -> Uploader:
    return one.uploader(server.reference())


@pytest.mark.parametrize("location", [PLACE, "{url}" + PLACE, "id?state=1"])
def test_the_place_may_be_told_in_any_form(location: str) -> None:
    with Server() as server, session() as one:
        server.script = taking(location=location.format(url=server.url))
        uploader(server, one).put_blob(DIGEST, DATA)
        put = server.seen[-1]
    assert put.parameters == {"state": ["1"], "digest": [str(DIGEST)]}
    assert put.body == DATA


def test_chunks_say_where_they_belong() -> None:
    with Server(taking()) as server, session() as one:
        uploader(server, one).put_stream(DIGEST, io.BytesIO(DATA), chunk=40)
    chunks = [seen for seen in server.seen if seen.method == "PATCH"]
    assert [chunk.headers["Content-Range"] for chunk in chunks] == ["0-39", "40-79", "80-99"]
    assert b"".join(chunk.body for chunk in chunks) == DATA


def test_the_login_does_not_follow_an_upload_to_another_host() -> None:
    with Server(taking(), host="127.0.0.2") as storage, Server() as server:

        def private(request: Request) -> bool:
            return request.authorization is None and request.challenge('Basic realm="here"')

        server.script = taking(private, location=f"{storage.url}{PLACE}")
        environ = {"APPTAINER_DOCKER_USERNAME": "me", "APPTAINER_DOCKER_PASSWORD": "canary"}
        with session(environ=environ) as one:
            uploader(server, one).put_blob(DIGEST, DATA)
    assert [(seen.method, seen.authorization) for seen in storage.seen] == [("PUT", None)]


def test_no_place_is_an_error() -> None:
    def nowhere(request: Request) -> bool:
        return request.method == "POST" and request.reply(202)

    with Server(taking(nowhere)) as server, session() as one:
        fails("registry-unexpected", lambda: uploader(server, one).put_blob(DIGEST, DATA))


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "DIGEST_INVALID", "registry-upload-corrupt"),
        (413, "UNKNOWN", "registry-upload-too-large"),
        (416, "BLOB_UPLOAD_INVALID", "registry-upload-refused"),
        (403, "DENIED", "auth-denied"),
        (405, "UNSUPPORTED", "registry-upload-refused"),
    ],
)
def test_a_refusal_says_what_is_refused(status: int, code: str, expected: str) -> None:
    def refuse(request: Request) -> bool:
        return request.method == "PUT" and request.error(status, code, "no")

    with Server(taking(refuse)) as server, session() as one:
        assert fails(expected, lambda: uploader(server, one).put_blob(DIGEST, DATA)).facts["status"] == status


def test_a_busy_registry_is_asked_again() -> None:
    def busy(request: Request) -> bool:
        return request.method == "PATCH" and request.number("patch") == 1 and request.reply(503)

    with Server(taking(busy)) as server, session() as one:
        uploader(server, one).put_stream(DIGEST, io.BytesIO(DATA))
    assert [seen.body for seen in server.seen if seen.method == "PATCH"] == [DATA, DATA]


@pytest.mark.parametrize("status", [202, 401, 404])
def test_what_cannot_be_mounted_leaves_no_half_upload(status: int) -> None:
    """Whether the registry lets us cancel it or not."""

    def cancelled(request: Request) -> bool:
        return request.method == "DELETE" and request.error(status, "UNAUTHORIZED", "no")

    with Server(taking(cancelled)) as server, session() as one:
        assert uploader(server, one).mount(DIGEST, "team/other") is False
    assert server.seen[0].parameters == {"mount": [str(DIGEST)], "from": ["team/other"]}
    assert server.seen[-1].method == "DELETE"


def test_a_manifest_goes_with_its_media_type() -> None:
    with Server(taking()) as server, session() as one:
        assert uploader(server, one).put_manifest("1", b"{}", images.OCI_MANIFEST) == Digest.of(b"{}")
    assert (server.seen[-1].path, server.seen[-1].headers["Content-Type"]) == (
        "/v2/team/tool/manifests/1",
        images.OCI_MANIFEST,
    )

"""Uploads where the registry has its own ideas; what a real one does is in test_real_registry.py."""

from __future__ import annotations

import io

import pytest

from sregistry.digests import Digest, DigestError
from sregistry.http.options import Limits
from sregistry.oci.descriptors import Descriptor
from sregistry.registry.sending import Kept
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
    with Server(taking()) as server:
        chunked(server, 40)
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
        (507, "UNKNOWN", "registry-quota"),
        (403, "QUOTA_EXCEEDED", "registry-quota"),
        (403, "DENIED", "auth-denied"),
        (404, "BLOB_UPLOAD_UNKNOWN", "registry-upload-lost"),
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
        return request.method == "PATCH" and request.number("patch") == 2 and request.reply(503)

    with Server(taking(busy)) as server:
        chunked(server, 40)
    assert [seen.body for seen in server.seen if seen.method == "PATCH"] == [
        *(DATA[:40], DATA[40:80], DATA[40:80], DATA[80:])
    ]


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_what_cannot_be_mounted_has_to_be_sent(status: int) -> None:
    def refused(request: Request) -> bool:
        return "mount" in request.parameters and request.error(status, "UNKNOWN", "no")

    with Server(taking(refused)) as server, session() as one:
        assert uploader(server, one).mount(DIGEST, "team/other") is False
    assert server.seen[0].parameters == {"mount": [str(DIGEST)], "from": ["team/other"]}


def test_an_upload_that_was_begun_instead_of_a_mount_is_used() -> None:
    with Server(taking()) as server, session() as one:
        up = uploader(server, one)
        assert up.mount(DIGEST, "team/other") is False
        up.put_blob(DIGEST, DATA)
    assert [seen.method for seen in server.seen] == ["POST", "HEAD", "PUT"]


class Appending:
    """A registry that appends what comes, as docker-registry does, and says what it has got."""

    def __init__(self) -> None:
        self.got = b""
        self.fault: Script = lambda request: False
        self.least = 0

    def __call__(self, request: Request) -> bool:
        if self.fault(request):
            return True
        match request.method:
            case "POST":
                self.got = b""
                return request.reply(202, Location=PLACE, OCI_Chunk_Min_Length=str(self.least))
            case "PATCH":
                self.got += request.body
                return request.reply(202, Location=PLACE, Range=f"0-{max(0, len(self.got) - 1)}")
            case "GET" if "uploads" in request.path:
                return request.reply(204, Location=PLACE, Range=f"0-{max(0, len(self.got) - 1)}")
            case "PUT":
                self.got += request.body
                return request.reply(201)
            case "HEAD":
                return request.reply(404)
        return False


def chunked(server: Server, chunk: int, *, kept: Kept | None = None, data: bytes = DATA) -> list[int]:
    """Send the data in chunks; what was told of it."""
    told: list[int] = []
    with session(limits=Limits(chunk=chunk)) as one:
        blob = Descriptor("", Digest.of(data), len(data))
        uploader(server, one).put_stream(blob, io.BytesIO(data), on_bytes=told.append, kept=kept)
    return told


def sent(server: Server) -> list[tuple[str, bytes]]:
    return [(seen.method, seen.body) for seen in server.seen if seen.method in ("PATCH", "PUT")]


def test_what_was_appended_before_the_connection_broke_is_not_sent_again() -> None:
    registry = Appending()

    def broken(request: Request) -> bool:
        if request.method == "PATCH" and request.number("patch") == 2:
            registry.got += request.body[:15]
            return request.hang_up()
        return False

    registry.fault = broken
    with Server(registry) as server:
        told = chunked(server, 40)
    assert registry.got == DATA
    assert sum(told) == len(DATA)
    assert sent(server)[2] == ("PATCH", DATA[55:80])


def test_an_answer_that_was_lost_is_not_a_chunk_that_was_lost() -> None:
    registry = Appending()

    def broken(request: Request) -> bool:
        if request.method == "PATCH" and request.number("patch") == 2:
            registry.got += request.body
            return request.hang_up()
        return False

    registry.fault = broken
    with Server(registry) as server:
        chunked(server, 40)
    assert registry.got == DATA


def test_a_chunk_has_the_size_that_the_registry_wants_at_least() -> None:
    registry = Appending()
    registry.least = 70
    with Server(registry) as server:
        chunked(server, 40)
    assert sent(server) == [("PATCH", DATA[:70]), ("PATCH", DATA[70:]), ("PUT", b"")]


@pytest.mark.parametrize("status", [400, 404, 405, 416, 501])
def test_a_registry_that_takes_no_chunks_gets_the_blob_in_one_piece(status: int) -> None:
    registry = Appending()
    registry.fault = lambda request: request.method == "PATCH" and request.error(status, "UNSUPPORTED", "no chunks")
    with Server(registry) as server, session(limits=Limits(chunk=40)) as one:
        for _ in range(2):
            uploader(server, one).put_stream(Descriptor("", DIGEST, len(DATA)), io.BytesIO(DATA))
    assert registry.got == DATA
    assert sent(server) == [("PATCH", DATA[:40]), ("PUT", DATA), ("PUT", DATA)]


def test_a_registry_that_takes_one_chunk_only_is_found_out() -> None:
    registry = Appending()
    registry.fault = lambda request: (
        request.method == "PATCH" and request.number("patch") == 2 and request.error(416, "BLOB_UPLOAD_INVALID", "no")
    )
    with Server(registry) as server, session(limits=Limits(chunk=40)) as one:
        up, blob = uploader(server, one), Descriptor("", DIGEST, len(DATA))
        fails("registry-upload-lost", lambda: up.put_stream(blob, io.BytesIO(DATA)))
        up.put_stream(blob, io.BytesIO(DATA))
    assert sent(server)[-1] == ("PUT", DATA)


@pytest.mark.parametrize("data", [DATA[:-1], DATA + b"x", b"x" + DATA[1:]])
@pytest.mark.parametrize("whole", [False, True])
def test_what_is_not_what_it_should_be_is_not_completed(data: bytes, whole: bool) -> None:
    registry = Appending()
    with Server(registry) as server, session(limits=Limits(chunk=40)) as one:
        up = uploader(server, one)
        up.api.whole_uploads = whole
        with pytest.raises(DigestError):
            up.put_stream(Descriptor("", DIGEST, len(DATA)), io.BytesIO(data))
    assert "PUT" not in [seen.method for seen in server.seen if len(seen.body) == len(DATA) or not whole]


def test_a_listener_that_raises_leaves_a_whole_chunk_behind() -> None:
    registry = Appending()

    def stop(size: int) -> None:
        raise KeyError

    with Server(registry) as server, session(limits=Limits(chunk=40)) as one, pytest.raises(KeyError):
        uploader(server, one).put_stream(Descriptor("", DIGEST, len(DATA)), io.BytesIO(DATA), on_bytes=stop)
    assert registry.got == DATA[:40]


class Memory:
    """What another process would find."""

    def __init__(self, location: str | None = None) -> None:
        self.location = location

    def keep(self, location: str) -> None:
        self.location = location

    def drop(self) -> None:
        self.location = None


def test_another_process_goes_on() -> None:
    registry, memory = Appending(), Memory()
    with Server(registry) as server, session(limits=Limits(chunk=40)) as one:

        def gone(request: Request) -> bool:
            return registry.got == DATA[:40] and request.method == "PATCH" and request.error(403, "DENIED", "no")

        registry.fault = gone
        blob = Descriptor("", DIGEST, len(DATA))
        fails("auth-denied", lambda: uploader(server, one).put_stream(blob, io.BytesIO(DATA), kept=memory))
        registry.fault = lambda request: False
        server.seen.clear()
        told = chunked(server, 40, kept=memory)
    assert memory.location is None
    assert sum(told) == len(DATA)
    assert sent(server) == [("PATCH", DATA[40:80]), ("PATCH", DATA[80:]), ("PUT", b"")]


@pytest.mark.parametrize("status", [400, 404, 405])
def test_an_upload_that_the_registry_has_forgotten_begins_anew(status: int) -> None:
    registry, memory = Appending(), Memory()
    with Server(registry) as server:
        memory.location = server.url + PLACE.replace("id", "old")
        registry.fault = lambda request: "old" in request.path and request.error(status, "BLOB_UPLOAD_UNKNOWN", "no")
        chunked(server, 40, kept=memory)
    assert registry.got == DATA


def test_other_bytes_of_a_former_process_are_given_up() -> None:
    registry, memory = Appending(), Memory()
    registry.got = b"x" * 40
    registry.fault = lambda request: request.method == "PUT" and request.error(400, "DIGEST_INVALID", "no")
    with Server(registry) as server:
        memory.location = server.url + PLACE
        fails("registry-upload-lost", lambda: chunked(server, 40, kept=memory))
    assert memory.location is None


def test_a_manifest_goes_with_its_media_type() -> None:
    with Server(taking()) as server, session() as one:
        assert uploader(server, one).put_manifest("1", b"{}", images.OCI_MANIFEST) is False
    assert (server.seen[-1].path, server.seen[-1].headers["Content-Type"]) == (
        "/v2/team/tool/manifests/1",
        images.OCI_MANIFEST,
    )

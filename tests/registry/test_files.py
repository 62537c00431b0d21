"""Files on the web: one look tells all, and what is resumed is the same version, verified to its end."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from sregistry.diagnosis import explain
from sregistry.diagnosis.render import terminal
from sregistry.digests import Digest
from sregistry.registry.files import HEAD, FileSource, FileStream, Seen, Version, look
from sregistry.registry.session import Session
from tests.registry.scripted import Request, Server
from tests.registry.sessions import fails, session

DATA = bytes(range(256)) * 1200
ETAG = '"v1"'


@dataclass
class Shelf:
    """A file server of any kind, good or bad.

    Attributes:
        ranges: it knows them.
        lengths: it says how long an answer is.
        heeds: it knows If-Range.
        breaks: after how many bytes each of its answers breaks off, one after the other.
        moments: what it serves instead, beginning with the request of that number.
    """

    data: bytes = DATA
    fields: dict[str, object] = field(default_factory=lambda: {"ETag": ETAG})
    ranges: bool = True
    lengths: bool = True
    heeds: bool = True
    breaks: list[int] = field(default_factory=list)
    moments: dict[int, tuple[bytes, str]] = field(default_factory=dict)

    def __call__(self, request: Request) -> bool:
        if moment := self.moments.get(request.number("all")):
            self.data, self.fields["ETag"] = moment
        start, _, end = request.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
        same = request.headers.get("If-Range") in (None, self.fields.get("ETag"))
        partly = self.ranges and "Range" in request.headers and (same or not self.heeds)
        first, last = (int(start), int(end or len(self.data) - 1)) if partly else (0, len(self.data) - 1)
        body = self.data[first : last + 1]
        fields = dict(self.fields) | ({"Content-Length": len(body)} if self.lengths else {"Connection": "close"})
        if partly:
            fields["Content-Range"] = f"bytes {first}-{first + len(body) - 1}/{len(self.data)}"
        request.head(206 if partly else 200, fields)
        if first + len(body) > HEAD and self.breaks:
            body = body[: self.breaks.pop(0)]
        request.write(body)
        return request.hang_up() if not self.lengths or len(body) < last + 1 - first else True


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def server(shelf: Shelf) -> Iterator[Server]:
    with Server(shelf) as running:
        yield running


@pytest.fixture
def here() -> Iterator[Session]:
    with session() as made:
        yield made


def opened(
    here: Session, server: Server, seen: Seen, digest: Digest | None = None, kept: bytes | None = None
) -> FileStream:
    source = FileSource(here, f"{server.url}/tool.sif", seen.version, digest)
    return FileStream(source, None if kept is None else io.BytesIO(kept))


def test_one_look_tells_size_version_and_beginning(here: Session, server: Server) -> None:
    seen = look(here, f"{server.url}/tool.sif")
    assert (seen.version, seen.head) == (Version(ETAG, "", len(DATA)), DATA[:HEAD])
    assert [request.headers["Range"] for request in server.seen] == [f"bytes=0-{HEAD - 1}"]
    assert "Authorization" not in server.seen[0].headers


def test_a_server_without_ranges_is_looked_at_no_further(here: Session, server: Server, shelf: Shelf) -> None:
    shelf.ranges = False
    seen = look(here, f"{server.url}/tool.sif")
    assert (seen.version.size, seen.head) == (len(DATA), DATA[:HEAD])


def test_a_redirect_is_followed(here: Session, server: Server, shelf: Shelf) -> None:
    def script(request: Request) -> bool:
        return request.redirect("/there.sif", 302) if request.path == "/tool.sif" else shelf(request)

    server.script = script
    seen = look(here, f"{server.url}/tool.sif")
    assert seen.version.size == len(DATA)


def test_the_same_version_is_the_same_digest() -> None:
    versions = [
        Version(ETAG, "", 1), Version(ETAG, "", 2), Version('"v2"', "", 1), Version("", "Sat, 28 Nov 2026", 1),
        Version("", "Sun, 29 Nov 2026", 1),
    ]  # fmt: skip
    digests = [version.digest for version in versions]
    assert len(set(map(str, digests))) == len(versions)
    assert all(digest and digest.algorithm == "etag" for digest in digests)
    assert Version(f"W/{ETAG}", "another date", 1).digest == versions[0].digest
    assert Version("", "", 1).digest is None


@pytest.mark.parametrize(
    ("one", "other", "fits"),
    [
        (Version(ETAG, "Sat", 1), Version(f"W/{ETAG}", "Sun", 1), True),
        (Version(ETAG, "Sat", None), Version(ETAG, "Sat", 1), True),
        (Version("", "", 1), Version("", "", None), True),
        (Version(ETAG, "Sat", 1), Version(ETAG, "Sat", 2), False),
        (Version(ETAG, "Sat", 1), Version('"v2"', "Sat", 1), False),
        (Version("", "Sat", 1), Version("", "Sun", 1), False),
    ],
)
def test_a_size_that_is_not_told_each_time_is_no_change(one: Version, other: Version, fits: bool) -> None:
    assert one.fits(other) == other.fits(one) == fits


def test_what_is_asked_for_after_a_break() -> None:
    assert Version(ETAG, "Sat", 1).condition == {"if-range": ETAG}
    assert Version(f"W/{ETAG}", "Sat", 1).condition == {"if-range": "Sat"}
    assert Version(f"W/{ETAG}", "", 1).condition == {}


@pytest.mark.parametrize("ranges", [True, False])
def test_a_download_that_breaks_off_goes_on(here: Session, server: Server, shelf: Shelf, ranges: bool) -> None:
    shelf.ranges = ranges
    seen = look(here, f"{server.url}/tool.sif")
    shelf.breaks = [100_000, 150_000 if ranges else 250_000]
    with opened(here, server, seen) as stream:
        assert stream.read() == DATA
    asked = [request.headers.get("Range") for request in server.seen[1:]]
    assert asked == [None, "bytes=100000-", f"bytes={250_000}-"]
    assert all(request.headers["If-Range"] == ETAG for request in server.seen[2:])


def test_it_goes_on_after_what_is_here(here: Session, server: Server) -> None:
    seen = look(here, f"{server.url}/tool.sif")
    with opened(here, server, seen, Digest.of(DATA), DATA[:200_000]) as stream:
        assert stream.read() == DATA[200_000:]
    assert server.seen[-1].headers["Range"] == "bytes=200000-"


def test_what_is_here_wholly_is_not_asked_for(here: Session, server: Server) -> None:
    seen = look(here, f"{server.url}/tool.sif")
    with opened(here, server, seen, Digest.of(DATA), DATA) as stream:
        assert stream.read() == b""
    assert len(server.seen) == 1


def test_what_is_here_is_verified_as_well(here: Session, server: Server) -> None:
    seen = look(here, f"{server.url}/tool.sif")
    with opened(here, server, seen, Digest.of(DATA), b"x" * 1000) as stream:
        error = fails("digest-mismatch", stream.read)
    assert error.facts["what"] == "file"


@pytest.mark.parametrize("heeds", [True, False])
def test_another_version_is_never_put_behind_the_first(
    here: Session, server: Server, shelf: Shelf, heeds: bool
) -> None:
    shelf.heeds = heeds
    seen = look(here, f"{server.url}/tool.sif")
    shelf.breaks, shelf.moments = [100_000], {3: (DATA[::-1], '"v2"')}
    with opened(here, server, seen) as stream:
        fails("web-changed", stream.read)


def test_without_a_validator_a_break_is_the_end(here: Session, server: Server, shelf: Shelf) -> None:
    shelf.fields = {}
    seen = look(here, f"{server.url}/tool.sif")
    assert seen.version.digest is None
    shelf.breaks = [100_000]
    with opened(here, server, seen) as stream:
        error = fails("network-truncated", stream.read)
    assert "file" not in error.facts


def test_a_digest_is_validator_enough(here: Session, server: Server, shelf: Shelf) -> None:
    shelf.fields = {}
    seen = look(here, f"{server.url}/tool.sif")
    shelf.breaks = [100_000]
    with opened(here, server, seen, Digest.of(DATA)) as stream:
        assert stream.read() == DATA


def test_a_file_of_unknown_size_ends_where_its_connection_does(here: Session, server: Server, shelf: Shelf) -> None:
    shelf.ranges = shelf.lengths = False
    seen = look(here, f"{server.url}/tool.sif")
    assert seen.version.size is None
    with opened(here, server, seen, Digest.of(DATA)) as stream:
        assert stream.read() == DATA
    shelf.breaks = [100_000]
    with opened(here, server, seen, Digest.of(DATA)) as stream:
        fails("digest-mismatch", stream.read)


def test_an_empty_file_has_an_empty_beginning(here: Session, server: Server) -> None:
    server.script = lambda request: request.reply(416, Content_Range="bytes */0")
    assert look(here, f"{server.url}/tool.sif").version.size == 0


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (401, "web-denied", "asks for a login"),
        (403, "web-denied", "refuses the file"),
        (404, "web-not-found", "has no such file"),
        (410, "web-not-found", "any more"),
        (429, "web-limited", "wants fewer requests"),
        (408, "web-failed", "fails: it answers 408"),
        (500, "web-failed", "fails: it answers 500"),
        (503, "web-failed", "fails: it answers 503"),
        (400, "web-refused", "answers 400"),
        (416, "web-refused", "answers 416"),
    ],
)
def test_what_the_status_says(here: Session, server: Server, status: int, code: str, said: str) -> None:
    server.script = lambda request: request.page(status, "Some server")
    address = f"{server.url}/tool.sif"
    error = fails(code, lambda: look(here, address)).with_facts(reference=address)
    text = terminal.render(explain(error), width=None)
    assert said in text
    assert f"→ {status}" in text
    others = text.replace("sregistry", "").replace("the local registry", "").split()
    assert not {"registry", "registry's", "tag", "repository", "manifest", "layer", "layers"} & set(others)


def test_what_fails_is_asked_again_and_a_refusal_is_not(here: Session, server: Server, shelf: Shelf) -> None:
    server.script = lambda request: request.error(503, "X", "busy") if request.number("n") < 3 else shelf(request)
    assert look(here, f"{server.url}/tool.sif").version.size == len(DATA)
    assert len(server.seen) == 3
    server.script = lambda request: request.error(403, "X", "no")
    fails("web-denied", lambda: look(here, f"{server.url}/tool.sif"))
    assert len(server.seen) == 4


def test_a_server_that_asks_to_come_later_is_obeyed(here: Session, server: Server, shelf: Shelf) -> None:
    def script(request: Request) -> bool:
        return request.error(429, "X", "slowly", Retry_After=1) if request.number("n") < 2 else shelf(request)

    server.script = script
    assert look(here, f"{server.url}/tool.sif").version.size == len(DATA)


def test_a_signature_is_in_no_error(here: Session, server: Server) -> None:
    server.script = lambda request: request.reply(403, f"no {request.query}".encode(), "text/plain")
    error = fails("web-denied", lambda: look(here, f"{server.url}/tool.sif?sig=canary-in-the-mine"))
    assert "canary" not in str(error) + repr(error.facts)

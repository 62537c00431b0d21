"""Redirects: followed where that is safe, with what may be taken along."""

from __future__ import annotations

import pytest

from sregistry.http import redact, redirects
from sregistry.http.transport import Request, Response, Transport
from tests.registry.scripted import Request as Seen
from tests.registry.scripted import Script, Server, behave
from tests.registry.sessions import fails, options


def to(target: str, status: int = 307) -> Script:
    return lambda request: request.path == "/v2/start" and request.redirect(target, status)


def follow(server: Server, method: str = "GET", **more: object) -> Response:
    transport = Transport(options(), redact.Scrubber())
    request = Request(method, f"{server.url}/v2/start", {"authorization": "Basic abc", "x-team": "x"}, **more)  # type: ignore[arg-type]
    try:
        response = redirects.follow(
            transport, request, limit=5, secret_headers={"authorization", "x-team"}, insecure=bool
        )
        response.document(1 << 16, 5.0)
        return response
    finally:
        transport.close()


def test_the_same_host_gets_the_same_headers() -> None:
    with Server(to("/v2/")) as server:
        assert follow(server).status == 200
    assert [seen.authorization for seen in server.seen] == ["Basic abc"] * 2


def test_another_host_or_port_gets_no_secrets() -> None:
    with Server() as other, Server(to(f"{other.url}/v2/?signature=1")) as server:
        response = follow(server)
    assert (response.status, response.redirects) == (200, [other.host])
    assert [(seen.authorization, seen.headers["X-Team"]) for seen in other.seen] == [(None, None)]
    assert "signature=***" in response.facts()["url"]


def test_secrets_do_not_come_back_after_a_detour() -> None:
    """Who sends us back to the registry chose the address, so it is not to be trusted with the login there."""
    with Server() as registry:

        def back(request: Seen) -> bool:
            return request.redirect(f"{registry.url}/v2/")

        with Server(back) as detour:
            registry.script = to(f"{detour.url}/")
            follow(registry)
    assert [seen.authorization for seen in registry.seen] == ["Basic abc", None]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_every_kind_of_redirect(status: int) -> None:
    with Server(to("/v2/", status)) as server:
        assert follow(server).status == 200


def test_without_a_location_it_is_an_answer() -> None:
    with Server(lambda request: request.reply(302)) as server:
        assert follow(server).status == 302


@pytest.mark.parametrize("target", ["ftp://h/x", "http://[bad", "http://h:99999/", "https://", "javascript:alert(1)"])
def test_an_address_that_cannot_be_followed(target: str) -> None:
    with Server(to(target)) as server:
        fails("registry-redirects", lambda: follow(server))


def test_a_circle_and_an_endless_chain() -> None:
    with Server(to("/v2/start")) as server:
        assert "circle" in fails("registry-redirects", lambda: follow(server)).message
    with Server(lambda request: request.redirect(f"/v2/start?{request.number('all')}")) as server:
        error = fails("registry-redirects", lambda: follow(server))
    assert error.facts["limit"] == 5
    assert len(server.seen) == 6


def test_an_upload_is_sent_on_only_where_it_stays_an_upload() -> None:
    with Server(to("/v2/", 302)) as server:
        assert follow(server, "PUT", body=b"x").status == 302
    with Server(to("/v2/", 307)) as server:
        follow(server, "PUT", body=b"x")
    assert [(seen.method, seen.body) for seen in server.seen] == [("PUT", b"x")] * 2


def test_a_secret_in_a_body_goes_to_no_other_host() -> None:
    with Server(behave) as other, Server(to(f"{other.url}/token")) as server:
        fails("registry-redirects", lambda: follow(server, "POST", body=b"refresh_token=x", secret_answer=True))
        assert other.seen == []


def test_https_is_not_left_for_http_unless_that_is_allowed() -> None:
    assert redirects.same_origin("http://h/", "https://h/")
    assert not redirects.same_origin("https://h/", "http://h/")
    assert not redirects.same_origin("https://h/", "https://h:444/")
    assert redirects.same_origin("https://h/", "https://H:443/x")
    assert not redirects.same_origin("https://h.example.org/", "https://h.example.org.evil.org/")


#: Written by signers, and signed as they are written.
SIGNED = (
    "/%7Edata/a+b/(c)'d;e/x%2fy%2F%25?X-Sig=a%2Bb%2f%3D%3d+c%20d%7E~!*'();:@,$&e=%252F&empty=&=x&g&h=%C3%A9&a=2&a=1"
)


def arrives(location: str) -> tuple[str, str]:
    """The path that is asked for, and the value of ``Host``, where a redirect leads to `location` of another server."""
    with Server(lambda request: request.reply(200)) as storage:
        with Server(to(location.replace("HOST", storage.host))) as server:
            follow(server)
        seen = storage.seen[0]
        return seen.handler.path, seen.headers["Host"].replace(storage.host, "HOST")


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        (f"http://HOST{SIGNED}", SIGNED),
        (f'http://HOST{SIGNED}&i=[1]|{{2}}^\\"<>`', SIGNED + '&i=[1]|{2}^\\"<>`'),
        ("http://HOST/a/./b/../c//d?x=/../y", "/a/./b/../c//d?x=/../y"),
        ("http://HOST/%zz%", "/%zz%"),
        ("HTTP://HOST/A?", "/A?"),
        ("http://HOST", "/"),
        ("http://HOST?a=b%2f", "/?a=b%2f"),
        ("//HOST/b%2f", "/b%2f"),
        ("http://HOST/a#part", "/a"),
        ("http://me:pw@HOST/a", "/a"),
        ("http://HOST/a b?c d", "/a%20b?c%20d"),
        ("http://HOST/\xc3\xa9\xff?\xe9", "/%C3%A9%FF?%E9"),
        ("http://HOST/" + "a%2f" * 12_000, "/" + "a%2f" * 12_000),
    ],
)
def test_an_address_is_asked_for_byte_for_byte(location: str, asked: str) -> None:
    assert arrives(location) == (asked, "HOST")


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("/v2/b%2f;c?d=%2f", "/v2/b%2f;c?d=%2f"),
        ("b%2f?d=%2f", "/v2/b%2f?d=%2f"),
        ("../b//c", "/b//c"),
        ("../../..", "/"),
        ("./", "/v2/"),
        ("?d=%2f", "/v2/start?d=%2f"),
    ],
)
def test_an_address_at_the_same_host(location: str, asked: str) -> None:
    with Server(
        lambda request: request.path == "/v2/start" and not request.query and request.redirect(location)
    ) as one:
        follow(one)
    assert one.seen[1].handler.path == asked


def test_an_address_through_a_proxy_is_byte_for_byte_too() -> None:
    def proxied(request: Seen) -> bool:
        return request.redirect(f"http://storage.test{SIGNED}") if "start" in request.path else request.reply(200)

    with Server(proxied) as proxy:
        environ = {"http_proxy": proxy.url, "no_proxy": ""}
        transport = Transport(options(environ=environ), redact.Scrubber())
        redirects.follow(transport, Request("GET", "http://h.test/start"), limit=1, secret_headers=(), insecure=bool)
        transport.close()
    assert proxy.seen[1].handler.path == f"http://storage.test{SIGNED}"


def test_what_is_signed_is_in_no_log_of_the_library_below(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    arrives("http://HOST/a?X-Sig=c4n4ry")
    assert "c4n4ry" not in caplog.text

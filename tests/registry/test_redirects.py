"""Redirects: followed where that is safe, with what may be taken along."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from sregistry.registry import redact, redirects
from sregistry.registry.transport import Request, Response, Transport
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
            transport, request, limit=5, secret_headers={"authorization", "x-team"}, allow_plain=True
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
    assert redirects.same_origin(urlsplit("http://h/"), urlsplit("https://h/"))
    assert not redirects.same_origin(urlsplit("https://h/"), urlsplit("http://h/"))
    assert not redirects.same_origin(urlsplit("https://h/"), urlsplit("https://h:444/"))
    assert redirects.same_origin(urlsplit("https://h/"), urlsplit("https://H:443/x"))
    assert not redirects.same_origin(urlsplit("https://h.example.org/"), urlsplit("https://h.example.org.evil.org/"))

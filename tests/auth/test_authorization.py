"""Challenges are answered: which token for what, kept how long, sent to whom."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

from sregistry.auth import tokens as tokens_module
from sregistry.auth.authorization import scopes
from sregistry.http.secret import Secret
from sregistry.references import parse
from sregistry.registry.session import Session
from tests.registry.scripted import Contents, Request, Script, Server, behave, tiny
from tests.registry.sessions import AMD64, Log, fails, layers, options, pulled, session
from tests.support.images import encode

IMAGE = tiny()
HELD = Contents().add(IMAGE, "1")
LOGIN = {"username": "somebody", "password": Secret("canary")}


def guarded(lifetime: float = 300, realm: str = "", **answer: Any) -> Script:
    """A registry that takes bearer tokens, each for one repository, and gives them at ``/token``."""

    def script(request: Request) -> bool:
        if request.kind == "token":
            scope = (request.parameters.get("scope") or [""])[0]
            document = {"token": f"{scope}#{request.number('tokens')}", "expires_in": lifetime, **answer}
            return request.reply(200, document)
        repository = request.path.removeprefix("/v2/").rpartition("/")[0].rpartition("/")[0]
        scope = f"repository:{repository}:pull"
        sent = (request.authorization or "").removeprefix("Bearer ")
        if sent.partition("#")[0] == scope and sent not in request.server.counts:
            return False
        where = realm or f"http://{request.headers['Host']}/token"
        return request.challenge(f'Bearer realm="{where}",service="here",scope="{scope}"')

    return script


def tokens(server: Server) -> list[dict[str, list[str]]]:
    return [one.parameters for one in server.seen if one.kind == "token"]


def test_one_challenge_and_one_token_for_a_whole_pull() -> None:
    with Server(guarded(), HELD) as server, session() as one:
        pulled(one, server.reference())
    assert tokens(server) == [{"service": ["here"], "scope": ["repository:team/tool:pull"]}]
    assert [one.authorization for one in server.seen].count(None) == 2, "the first request, and that for the token"


def test_a_token_belongs_to_a_repository() -> None:
    with Server(guarded(), HELD) as server, session() as one:
        for name in ("team/a:1", "team/b:1", "team/a:1"):
            one.resolve(server.reference(name), AMD64)
    assert [item["scope"] for item in tokens(server)] == [["repository:team/a:pull"], ["repository:team/b:pull"]]


def test_an_expired_token_is_not_used_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(guarded(lifetime=1), HELD) as server, session() as one:
        image = one.resolve(server.reference(), AMD64)
        one_minute_later(monkeypatch)
        layers(one, image)
    assert len(tokens(server)) == 2
    assert "#2" in (server.seen[-1].authorization or "")


def one_minute_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Move the clock of tokens on."""

    class Later:
        monotonic = staticmethod(lambda: time.monotonic() + 60)

    monkeypatch.setattr(tokens_module, "time", Later)


@pytest.mark.parametrize("status", [401, 400])
def test_a_token_that_is_not_taken_any_more_is_renewed_in_the_middle_of_a_pull(status: int) -> None:
    inner = guarded()

    def script(request: Request) -> bool:
        if request.kind == "blob" and (request.authorization or "").endswith("#1"):
            return request.error(status, "UNAUTHORIZED", "token expired")
        return inner(request)

    with Server(script, HELD) as server, session() as one:
        assert pulled(one, server.reference()) == [layer.blob.data for layer in IMAGE.layers]
    assert len(tokens(server)) == 2


def test_a_fresh_token_that_is_not_taken_is_not_asked_for_again_and_again() -> None:
    def script(request: Request) -> bool:
        if request.kind == "token":
            return request.reply(200, {"token": f"t{request.number('tokens')}"})
        return request.challenge(f'Bearer realm="http://{request.headers["Host"]}/token",service="here"')

    with Server(script, HELD) as server, session() as one:
        fails("auth-required", lambda: one.resolve(server.reference(), AMD64))
    assert len(tokens(server)) <= 2


def test_the_password_goes_to_the_token_service_and_the_token_to_the_registry() -> None:
    with Server(guarded(), HELD) as server, session(**LOGIN) as one:
        pulled(one, server.reference())
    basic = "Basic " + base64.b64encode(b"somebody:canary").decode()
    assert {one.authorization for one in server.seen if one.kind == "token"} == {basic}
    assert basic not in {one.authorization for one in server.seen if one.kind != "token"}
    assert tokens(server)[0]["account"] == ["somebody"]


def test_neither_goes_to_the_host_to_which_the_registry_redirects() -> None:
    with Server(behave, HELD, host="127.0.0.2") as storage:
        inner = guarded()

        def script(request: Request) -> bool:
            if request.kind == "blob" and request.authorization:
                return request.redirect(f"{storage.url}/store/{request.name}")
            return inner(request)

        log = Log()
        with (
            Server(script, HELD) as server,
            Session(options(plain_http=True, **LOGIN), on_exchange=log) as one,
        ):
            assert pulled(one, server.reference()) == [layer.blob.data for layer in IMAGE.layers]
    assert {seen.authorization for seen in storage.seen} == {None}
    assert "canary" not in str(log)


def test_a_refresh_token_is_posted(tmp_path: Any) -> None:
    inner = guarded()

    def script(request: Request) -> bool:
        if request.kind == "token" and request.method == "POST":
            return request.reply(200, {"access_token": "repository:team/tool:pull#1", "expires_in": 300})
        return inner(request)

    with Server(script, HELD) as server:
        entry = {"auth": base64.b64encode(b"<token>:").decode(), "identitytoken": "canary refresh"}
        (tmp_path / "auth.json").write_text(json.dumps({"auths": {server.host: entry}}))
        with session(authfile=tmp_path / "auth.json") as one:
            pulled(one, server.reference())
        form = next(seen.body for seen in server.seen if seen.method == "POST").decode()
    assert form == (
        "grant_type=refresh_token&service=here&client_id=sregistry"
        "&scope=repository%3Ateam%2Ftool%3Apull&refresh_token=canary+refresh"
    )


def test_a_login_is_not_sent_from_https_to_a_token_service_in_plain_http(tmp_path: Any) -> None:
    import ssl

    import trustme

    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with Server() as plain, Server(guarded(realm=f"{plain.url}/token"), HELD, tls=context) as server:
        given = {"plain_http": False, "cacert": tmp_path / "ca.pem"}
        with session(**given, **LOGIN) as one:
            fails("auth-realm-insecure", lambda: one.resolve(server.reference(), AMD64))
        assert plain.seen == []


@pytest.mark.parametrize("realm", ["the token service", "ftp://h/token", "https://", "http://[bad/", "//h:bad/token"])
def test_an_address_that_is_none_is_not_asked(realm: str) -> None:
    with Server(guarded(realm=realm), HELD) as server, session() as one:
        error = fails("auth-unsupported", lambda: one.resolve(server.reference(), AMD64))
    assert error.facts["challenge"]["realm"]
    assert tokens(server) == []


def test_a_path_is_an_address_at_the_registry() -> None:
    with Server(guarded(realm="/token"), HELD) as server, session() as one:
        one.resolve(server.reference(), AMD64)
    assert len(tokens(server)) == 1


@pytest.mark.parametrize(
    "answer",
    [b"", b"[]", b"{}", b'{"token": null}', b'{"token": "a\\r\\nX: b"}', b'{"token": "\xc3\xa9"}', b"\xff"],
)
def test_an_answer_without_a_usable_token(answer: bytes) -> None:
    inner = guarded()

    def script(request: Request) -> bool:
        return request.reply(200, answer) if request.kind == "token" else inner(request)

    with Server(script, HELD) as server, session() as one:
        error = fails("auth-token-missing", lambda: one.resolve(server.reference(), AMD64))
    assert error.facts["purpose"] == "token"


def test_basic_is_sent_only_once_it_was_asked_for() -> None:
    def script(request: Request) -> bool:
        return request.authorization is None and request.challenge('Basic realm="here"')

    with Server(script, HELD) as server, session(**LOGIN) as one:
        pulled(one, server.reference())
    assert [one.authorization for one in server.seen].count(None) == 1


def test_http_headers_of_the_docker_config_go_to_the_registry_alone(tmp_path: Any) -> None:
    (tmp_path / "auth.json").write_bytes(encode({"HttpHeaders": {"X-Team": "canary", "User-Agent": "mine"}}))
    with Server(behave, HELD, host="127.0.0.2") as storage:

        def script(request: Request) -> bool:
            return request.kind == "blob" and request.redirect(f"{storage.url}/store/{request.name}")

        with Server(script, HELD) as server, session(authfile=tmp_path / "auth.json") as one:
            pulled(one, server.reference())
    assert {seen.headers["X-Team"] for seen in server.seen} == {"canary"}
    assert {tuple(seen.headers.get_all("User-Agent") or ()) for seen in server.seen} == {("mine",)}
    assert {seen.headers["X-Team"] for seen in storage.seen} == {None}


@pytest.mark.parametrize(
    ("asked", "own", "wanted"),
    [
        ([], ("repository:a:pull",), ("repository:a:pull",)),
        (["repository:a:pull,push"], ("repository:a:pull",), ("repository:a:pull",)),
        (["repository:library/a:pull"], ("repository:a:pull",), ("repository:library/a:pull",)),
        (["repository:a:pull"], ("repository:a:pull,push",), ("repository:a:pull,push",)),
        (["registry:catalog:*"], ("registry:catalog:*",), ("registry:catalog:*",)),
        (
            ["repository:a:pull", "repository:b:pull"],
            ("repository:a:pull",),
            ("repository:a:pull", "repository:b:pull"),
        ),
        (["nonsense"], ("repository:a:pull",), ("repository:a:pull",)),
        (["repository:a:pull"], (), ("repository:a:pull",)),
    ],
)
def test_no_more_is_asked_for_than_is_needed(asked: list[str], own: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    assert scopes(asked, own) == wanted


def test_two_registries_never_share_a_token() -> None:
    with Server(guarded(), HELD) as first, Server(guarded(), HELD, host="127.0.0.2") as second, session() as one:
        for server in (first, second):
            one.resolve(parse(f"docker://{server.host}/team/tool:1"), AMD64)
    assert len(tokens(first)) == len(tokens(second)) == 1

"""A password that a registry or its token service sends back, however it is written, is shown to nobody."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.registry.scripted import Request, Server
from tests.support.pulling import User
from tests.support.secrets import leaks, spellings

SECRET = "c4n<&\"4ry\\ä/ p+w%41'=?"
BASIC = "Basic " + base64.b64encode(f"ada:{SECRET}".encode()).decode()
#: All ways to write it that a header can hold.
IN_HEADERS = [text for _, text in spellings(SECRET) if text.isascii() and text.isprintable()]
EVERY = [text for _, text in spellings(SECRET)]

Reaction = Callable[[Request], bool]


def in_errors(request: Request) -> bool:
    errors = [{"code": "DENIED", "message": f"no {text}", "detail": {text: [text]}} for text in EVERY]
    place = request.number("all") * 7 % len(errors)
    return request.reply(403, {"errors": [*errors[place:], *errors[:place]]})


def in_a_page(request: Request) -> bool:
    text = EVERY[request.number("all") * 5 % len(EVERY)]
    page = f"<!DOCTYPE html><html><title>{text}</title><body><p>{text} {' '.join(EVERY)}</body></html>"
    return request.reply(403, page.encode(), "text/html")


def in_headers(request: Request) -> bool:
    text = IN_HEADERS[request.number("all") * 5 % len(IN_HEADERS)]
    names = {"X-RateLimit-c4n": text, "Server": text, "Via": text, "Warning": f'299 - "{text}"', "Retry-After": text}
    return request.reply(429, {"errors": [{"code": "TOOMANYREQUESTS", "message": text}]}, **names)


def in_a_challenge(request: Request) -> bool:
    text = IN_HEADERS[request.number("all") * 5 % len(IN_HEADERS)].replace("\\", "\\\\").replace('"', '\\"')
    shown = f'Bearer realm="https://127.0.0.1:1/{text}",service="{text}",error="denied",error_description="{text}"'
    return request.challenge(shown)


def in_a_redirect(request: Request) -> bool:
    text = IN_HEADERS[request.number("all") * 5 % len(IN_HEADERS)]
    return request.redirect(f"ftp://ada:{text}@x/{text}?a={text}#{text}")


def as_a_page_of_storage(request: Request) -> bool:
    text = " ".join(EVERY)
    body = f"<Error><Code>SignatureDoesNotMatch</Code><Message>{text}</Message></Error>"
    return request.reply(403, body.encode(), "application/xml")


def in_a_body_of_no_kind(request: Request) -> bool:
    return request.reply(418, ("x" * 390 + SECRET + " ".join(EVERY)).encode(), "text/plain")


REACTIONS: list[Reaction] = [
    in_errors,
    in_a_page,
    in_headers,
    in_a_challenge,
    in_a_redirect,
    as_a_page_of_storage,
    in_a_body_of_no_kind,
]


def shown(user: User, *arguments: str) -> str:
    """All that a command writes: to both streams, and into reports."""
    user.environment["SREGISTRY_RETRIES"] = "1"
    process = user.start(*arguments, "--username", "ada", "--password-stdin", stdin=subprocess.PIPE)
    out, err = process.communicate(SECRET.encode(), timeout=120)
    if "--json" in arguments:
        json.loads(out)
    reports = [path.read_bytes() for path in user.home.glob("*.md")]
    return b"\n".join([out, err, *reports]).decode("utf-8", "replace")


def check(text: str) -> None:
    assert leaks(text, {"password": SECRET}) == []
    assert not [form for form in EVERY if form in text]
    assert "Traceback" not in text


@pytest.mark.parametrize("react", REACTIONS)
def test_what_a_registry_sends_back_is_not_shown(react: Reaction, tmp_path: Path) -> None:
    def script(request: Request) -> bool:
        if request.authorization is None:
            return request.challenge('Basic realm="x"')
        return react(request)

    with Server(script) as server:
        reference = f"docker://{server.host}/team/tool:1"

        def attempt(words: list[str]) -> str:
            return shown(User(tmp_path / words[0]), *words, reference)

        commands = [
            ["pull", "--json", "--debug", "-o", "x.sif"],
            ["doctor", "--json", "--debug", "--report", "report.md"],
            ["search", "--debug"],
        ]
        with ThreadPoolExecutor(3) as pool:
            for text in pool.map(attempt, commands):
                check(text)
    assert BASIC in {request.authorization for request in server.seen}


@pytest.mark.parametrize("react", [in_errors, in_a_page, in_a_redirect, in_a_body_of_no_kind])
def test_what_a_token_service_sends_back_is_not_shown(react: Reaction, tmp_path: Path) -> None:
    with Server(react) as service:

        def script(request: Request) -> bool:
            return request.challenge(f'Bearer realm="{service.url}/token",service="x"')

        with Server(script) as server:
            reference = f"docker://{server.host}/team/tool:1"
            check(shown(User(tmp_path / "a"), "pull", "--json", "--debug", "-o", "x.sif", reference))
            check(shown(User(tmp_path / "b"), "inspect", reference))
    assert BASIC in {request.authorization for request in service.seen}
    assert {request.authorization for request in server.seen} == {None}


def test_what_a_registry_calls_its_tags_is_not_shown(tmp_path: Path) -> None:
    def script(request: Request) -> bool:
        if request.authorization is None:
            return request.challenge('Basic realm="x"')
        return request.kind == "tag" and request.reply(200, {"name": "team/tool", "tags": [*EVERY, "good"]})

    with Server(script) as server:
        for options in ([], ["--json"]):
            text = shown(User(tmp_path), "search", *options, f"docker://{server.host}/team/tool")
            check(text)
            assert "good" in text


def test_no_login_goes_along_to_another_host(tmp_path: Path) -> None:
    """Neither in a header nor in the address, whether it was sent before or is asked for there."""
    with Server(lambda request: request.challenge('Basic realm="give it to me"')) as other:

        def script(request: Request) -> bool:
            if request.authorization is None:
                return request.challenge('Basic realm="x"')
            return request.redirect(f"{other.url}/v2/team/tool/{request.kind}s/{request.name}")

        with Server(script) as server:
            check(shown(User(tmp_path), "pull", "--json", "-o", "x.sif", f"docker://{server.host}/team/tool:1"))
    assert BASIC in {request.authorization for request in server.seen}
    assert other.seen
    for request in other.seen:
        everything = f"{request.handler.path} {request.headers} {request.body!r}"
        assert leaks(everything, {"password": SECRET}) == []
        assert request.authorization is None

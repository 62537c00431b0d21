"""Headers as large as `http.client` takes them cost no more than a moment, whatever is in them and whoever asks."""

from __future__ import annotations

import json
import time

import pytest

from sregistry.answers import facts, rate
from sregistry.auth import challenge
from sregistry.diagnosis import explain
from sregistry.diagnosis.render import render_json, render_markdown
from sregistry.diagnosis.render.terminal import render
from sregistry.errors import SregistryError
from sregistry.http import redact
from sregistry.http.secret import Secret
from sregistry.registry import pages
from sregistry.registry.session import Session
from tests.registry.scripted import Contents, Request, Server, tiny
from tests.registry.sessions import Log, options, pulled

IMAGE = tiny()
HELD = Contents().add(IMAGE, "1")
#: Of a header line, less its name.
LONGEST = 65_400
NAMES = (
    "Link",
    "Www-Authenticate",
    "Warning",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "X-RateLimit-Reset",
    "Docker-RateLimit-Source",
    "Content-Type",
    "Content-Range",
    "Content-Encoding",
    "Retry-After",
    "Docker-Content-Digest",
    "Docker-Distribution-Api-Version",
    "Date",
    "Age",
    "Server",
    "Via",
    "Set-Cookie",
    "Location",
    "X-Squid-Error",
    "Proxy-Authenticate",
)
UNITS = (
    "a", " ", ",", "=", '"', "\\", "eyJ-", "eyJaaaaaaaaa.", "a=b,", 'a="b" ', "Bearer ", "Bearer a", "Basic ", "https://",
    "http://a:b@", "a:b@", "a@", "?a=b&", "&token=", "%25", "&amp;", "\\u0041", "<a>;", "<a>; rel=", '; rel = "', "1",
    "1;w=", "1 ", "bytes 1-2/", "Mon, 01 Jan 2024 00:00:00 ", "ghp_", "token: ", "sha256:", "\xe4", "\x1b[", "'",
    "(", ";",
)  # fmt: skip


def shown(error: SregistryError) -> str:
    """All that is made of an error."""
    found = explain(error)
    texts = [render(found), render_markdown(found), render_json(found), json.dumps(error.facts), str(error)]
    return "".join(texts)


def cost(unit: str, status: int) -> float:
    """Seconds for what a session does with an answer that has such headers."""
    value = (unit * (LONGEST // len(unit))).strip()
    fields = [(name, value) for name in NAMES] + [(f"X-{number}", value) for number in range(70)]

    def script(request: Request) -> bool:
        body = json.dumps({"errors": [{"code": "X", "message": value}]}).encode()
        request.handler.send_response(status)
        for name, text in (("Content-Length", str(len(body))), *fields):
            request.handler.send_header(name, text)
        request.handler.end_headers()
        request.write(b"" if request.method == "HEAD" else body)
        return True

    with Server(script, HELD) as server:
        log = Log()
        given = options(username="ada", password=Secret("c4n4ry\xe4/<p4ss"))
        with Session(given, on_exchange=log) as one:
            reference = server.reference()
            began = time.process_time()
            for action in (lambda: pulled(one, reference), lambda: one.tags(reference)):
                try:
                    action()
                except SregistryError as error:
                    shown(error)
            return (time.process_time() - began) / max(1, len(log))


@pytest.mark.parametrize("unit", ["a", '"', "eyJ-", "<a>; rel=", "\\u0041", "https://"])
@pytest.mark.parametrize("status", [401, 404, 307])
def test_no_answer_costs_more_than_a_second(unit: str, status: int) -> None:
    assert cost(unit, status) < 1


@pytest.mark.parametrize("unit", UNITS)
def test_no_reader_of_a_header_takes_long(unit: str) -> None:
    value = (unit * (LONGEST // len(unit))).strip()
    headers = dict.fromkeys(map(str.lower, NAMES), value)
    began = time.process_time()
    for one in challenge.parse([value]):
        one.facts()
    pages.next_page(value, "https://h/v2/x/tags/list")
    facts.of_headers(headers)
    rate.parse(headers)
    redact.headers(headers)
    redact.url(value)
    redact.patterns(value)
    redact.assignments(value)
    assert time.process_time() - began < 1

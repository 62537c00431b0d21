"""Lists in pages: followed by Link, at the same registry only, and never without end."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.http.options import Limits
from sregistry.registry import pages
from tests.registry.scripted import Request, Script, Server
from tests.registry.sessions import fails, session

BASE = "https://registry.example.org/v2/a/tags/list?n=2"


def paged(*answers: list[str] | None, link: str = '<{path}?page={next}>; rel="next"') -> Script:
    """A registry whose list of tags comes in these pages."""

    def script(request: Request) -> bool:
        if request.kind != "tag" and "_catalog" not in request.path:
            return False
        page = int(request.parameters.get("page", ["0"])[0])
        more = {"Link": link.format(path=request.path, next=page + 1)} if page + 1 < len(answers) else {}
        field = "tags" if request.kind == "tag" else "repositories"
        return request.reply(200, {"name": "a", field: answers[page]}, **more)

    return script


def test_pages_are_put_together_without_duplicates() -> None:
    with Server(paged(["b", "a"], ["a", "c"], None, ["d"])) as server, session() as one:
        found = one.tags(server.reference())
        assert (found.names, found.complete) == (["b", "a", "c", "d"], True)


def test_no_more_pages_are_asked_for_than_are_needed() -> None:
    with Server(paged(["a", "b"], ["c", "d"], ["e"])) as server, session() as one:
        found = one.tags(server.reference(), limit=3)
    assert (found.names, found.complete) == (["a", "b", "c"], False)
    assert len(server.seen) == 2


def test_the_catalog_in_pages() -> None:
    with Server(paged(["a/b"], ["c/d"])) as server, session() as one:
        assert one.catalog(server.reference()) == ["a/b", "c/d"]


def test_a_circle_ends_the_list() -> None:
    with Server(paged(["a"], ["b"], link="<{path}?page=0>; rel=next")) as server, session() as one:
        assert one.tags(server.reference()).names == ["a"]
    assert len(server.seen) <= 2


def test_a_list_without_end() -> None:
    def script(request: Request) -> bool:
        number = request.number("page")
        return request.reply(200, {"tags": [f"t{number}"]}, Link=f'</v2/a/tags/list?last={number}>; rel="next"')

    with Server(script) as server, session(limits=Limits(pages=7)) as one:
        fails("registry-pages", lambda: one.tags(server.reference()))
    assert len(server.seen) == 7


def test_a_link_to_another_host_is_not_followed() -> None:
    with Server() as other, Server(paged(["a"], ["b"], link=f"<{other.url}/v2/>; rel=next")) as server:
        with session() as one:
            assert one.tags(server.reference()).names == ["a"]
        assert other.seen == []


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ('</v2/a/tags/list?n=2&last=b>; rel="next"', "/v2/a/tags/list"),
        ("</v2/x>; rel=next", "/v2/x"),
        ('</v2/x>; title="a, b"; REL="prev next"', "/v2/x"),
        ('</v2/p>; rel="prev", </v2/x>; rel="next"', "/v2/x"),
        ("<x>;rel=next", "/v2/a/tags/x"),
        ("<https://registry.example.org/v2/x>; rel=next", "/v2/x"),
    ],
)
def test_links_that_lead_on(link: str, path: str) -> None:
    target = pages.next_page(link, BASE)
    assert target is not None
    assert urlsplit(target).path == path


@pytest.mark.parametrize(
    "link",
    [
        "",
        "</v2/x>",
        '</v2/x>; rel="prev"',
        "<http://registry.example.org/v2/x>; rel=next",
        "<//evil.example.org/x>; rel=next",
        "<https://registry.example.org:444/x>; rel=next",
        "<http://[bad>; rel=next",
        "</v2/x; rel=next",
    ],
)
def test_links_that_lead_nowhere(link: str) -> None:
    assert pages.next_page(link, BASE) is None


@pytest.mark.timeout(60)
def test_a_hostile_header_takes_no_time() -> None:
    for piece in ("<", "<a", '<a>; b="', "<a>; ", "<a>;;"):
        assert pages.next_page(piece * 20_000, BASE) is None


@given(st.text(st.sampled_from('<>;, ="relnxthps:/[]@.?'), max_size=60))
def test_no_link_leads_away(link: str) -> None:
    target = pages.next_page(link, BASE)
    assert target is None or urlsplit(target).hostname == "registry.example.org"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<html><title>Sign in</title></html>", "registry-web-page"),
        (b"tags: a", "registry-answer-malformed"),
        (b"[]", "registry-answer-malformed"),
        (b'{"name": "a"}', "registry-answer-malformed"),
        (b'{"tags": "a"}', "registry-answer-malformed"),
    ],
)
def test_what_is_no_list(body: bytes, code: str) -> None:
    with Server(lambda request: request.kind == "tag" and request.reply(200, body)) as server, session() as one:
        fails(code, lambda: one.tags(server.reference()))

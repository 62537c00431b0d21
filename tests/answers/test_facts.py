"""Error bodies of every dialect give the registry's own words; nothing makes reading fail."""

from __future__ import annotations

import email.utils
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.answers import facts


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"errors":[{"code":"DENIED","message":"no","detail":{"a":1}}]}', ("DENIED", "no")),
        ('{"errors":["plain words"]}', (None, "plain words")),
        ('{"details":"incorrect username or password"}', (None, "incorrect username or password")),
        ('{"error":"invalid_grant","error_description":"token expired"}', ("invalid_grant", "token expired")),
        ('{"error":{"code":403,"message":"forbidden"}}', ("403", "forbidden")),
        ('{"message":"Bad credentials","status":"401"}', (None, "Bad credentials")),
        (
            "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
            ("AccessDenied", "Request has expired"),
        ),
    ],
)
def test_the_registrys_words_are_found(body: str, expected: tuple[str | None, str]) -> None:
    listed = facts.of_body(body.encode(), "application/json")["errors"]
    assert (listed[0]["code"], listed[0]["message"]) == expected


def test_what_is_not_json_is_shown_by_its_head() -> None:
    found = facts.of_body(b"Your Authorization Token has expired\x00\n", "text/plain")
    assert found["body_head"] == "Your Authorization Token has expired�"


def test_a_page_is_known_by_its_bytes_and_has_a_title() -> None:
    found = facts.of_body(b"\n<!doctype HTML><html><title>\n Guest &amp;\n Net </title>", "application/json")
    assert found["page_title"] == "Guest & Net"
    assert not facts.is_html(b'{"a": "<html>"}', "text/html")


def test_the_clock_is_compared_unless_a_cache_answered() -> None:
    date = email.utils.formatdate(time.time() - 3600, usegmt=True)
    skew = facts.clock_skew({"date": date})
    assert skew is not None
    assert abs(skew - 3600) < 5
    assert facts.clock_skew({"date": date, "age": "3600"}) is None
    assert facts.clock_skew({"date": "yesterday"}) is None
    assert facts.clock_skew({"date": f"Mon, 01 Jan 2024 00:00:00 GMT, {date}"}) == skew


def test_lone_surrogates_do_not_get_through() -> None:
    listed = facts.errors(b'{"errors":[{"code":"X","message":"\\ud800","detail":["\\udfff"]}]}')
    json.dumps(listed, ensure_ascii=False).encode()


@given(st.binary(max_size=300), st.none() | st.text(max_size=20))
def test_any_body_can_be_read(body: bytes, content_type: str | None) -> None:
    found = facts.of_body(body, content_type)
    json.dumps(found, ensure_ascii=False).encode()
    facts.words(found)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_any_json_can_be_read(document: object) -> None:
    for body in (document, {"errors": document}, {"error": document, "message": document, "code": document}):
        found = facts.of_body(json.dumps(body).encode(), "application/json")
        json.dumps(found, ensure_ascii=False).encode()


@pytest.mark.timeout(60)
def test_a_hostile_page_takes_no_time() -> None:
    for piece in ("<title>", "<title", "<!--", "<Code>"):
        facts.of_body(b"<html>" + piece.encode() * 20_000, "text/html")

"""Challenges are read as leniently as registries write them, and reading never fails."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.auth.challenge import Challenge, parse

TOKEN = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12).filter(lambda text: text[0].isalpha())
VALUE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)


def one(*values: str) -> Challenge:
    found = parse(values)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    "text",
    [
        'Bearer realm="https://a/token",service="b",scope="repository:c/d:pull"',
        'Bearer  scope="repository:c/d:pull" , service="b",   realm="https://a/token"',
        'bearer Realm="https://a/token" service="b" scope="repository:c/d:pull"',
        'BEARER realm = "https://a/token", service = b, scope="repository:c/d:pull',
    ],
)
def test_order_case_spaces_and_missing_commas_do_not_matter(text: str) -> None:
    found = one(text)
    assert (found.scheme, found.get("realm"), found.get("service")) == ("bearer", "https://a/token", "b")
    assert found.scopes == ("repository:c/d:pull",)


def test_several_challenges_in_one_header_or_in_several() -> None:
    text = 'Negotiate dG9rZW4=, Basic realm="x, y", Bearer realm="https://a"'
    assert [found.scheme for found in parse([text])] == ["negotiate", "basic", "bearer"]
    assert [found.scheme for found in parse(['Basic realm="x"', 'Bearer realm="y"'])] == ["basic", "bearer"]
    assert parse([text])[0].token68 == "dG9rZW4="
    assert parse([text])[1].get("realm") == "x, y"


def test_scope_may_come_twice_or_hold_several() -> None:
    found = one('Bearer realm="r",scope="repository:a:pull",scope="repository:b:pull repository:c:pull"')
    assert found.scopes == ("repository:a:pull", "repository:b:pull", "repository:c:pull")


def test_escaped_quotes_and_an_unfinished_string() -> None:
    assert one(r'Basic realm="say \"hi\""').get("realm") == 'say "hi"'
    assert one('Bearer realm="https://a').get("realm") == "https://a"


def test_what_is_missing_is_none_and_facts_say_so() -> None:
    found = one('Bearer realm="https://a",service="",error="insufficient_scope"')
    assert found.get("service") is None
    assert found.facts()["error"] == "insufficient_scope"
    assert found.facts()["scope"] is None


@given(st.lists(st.text(), max_size=4))
def test_nothing_makes_it_fail(values: list[str]) -> None:
    for found in parse(values):
        assert found.scheme == found.scheme.lower()
        found.facts()


@given(st.text('Bearer realm="x", \t=\\', max_size=60))
def test_nothing_like_a_challenge_makes_it_fail(value: str) -> None:
    parse([value])


@given(TOKEN, st.dictionaries(TOKEN, VALUE, max_size=5))
def test_what_is_written_by_the_grammar_is_read_back(scheme: str, parameters: dict[str, str]) -> None:
    quoted = {name: value.replace("\\", "\\\\").replace('"', '\\"') for name, value in parameters.items()}
    text = f"{scheme} " + ", ".join(f'{name}="{value}"' for name, value in quoted.items())
    found = one(text)
    assert found.scheme == scheme
    assert {name: values[0] for name, values in found.parameters.items()} == parameters

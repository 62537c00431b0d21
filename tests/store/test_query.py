from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.store.errors import StoreError
from sregistry.store.query import Query, as_digest, parse_query

HEX = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "registry", "collection", "name", "tag", "digest"),
    [
        ("tool", None, None, "tool", None, None),
        ("tool:1", None, None, "tool", "1", None),
        ("team/tool:1", None, "team", "tool", "1", None),
        ("a/b/tool", None, "a/b", "tool", None, None),
        ("gcr.io/team/tool:1", "gcr.io", "team", "tool", "1", None),
        ("docker://gcr.io/team/tool:1", "gcr.io", "team", "tool", "1", None),
        ("localhost:5000/tool", "localhost:5000", None, "tool", None, None),
        ("index.docker.io/library/ubuntu", "docker.io", "library", "ubuntu", None, None),
        (f"team/tool@sha256:{HEX}", None, "team", "tool", None, f"sha256:{HEX}"),
        (f"team/tool:1@sha256:{HEX[:8]}", None, "team", "tool", "1", f"sha256:{HEX[:8]}"),
        (f"tool@{HEX[:12]}", None, None, "tool", None, f"sha256:{HEX[:12]}"),
        (f"sha256:{HEX[:12]}", None, None, None, None, f"sha256:{HEX[:12]}"),
    ],
)
def test_what_people_type(
    text: str, registry: str | None, collection: str | None, name: str | None, tag: str | None, digest: str | None
) -> None:
    assert parse_query(text) == Query(text, registry, collection, name, tag, digest)


def test_hex_digits_alone_may_be_a_name_or_a_digest() -> None:
    query = parse_query("deadbeef")
    assert query.name == "deadbeef"
    assert as_digest(query) == Query("deadbeef", digest="sha256:deadbeef")
    assert as_digest(parse_query("tool")) is None
    assert as_digest(parse_query("beef")) is None


@pytest.mark.parametrize("text", ["", "a/", "a:", "tool@", "tool@latest", "//a", "/a", "a//b"])
def test_what_can_mean_nothing_is_refused(text: str) -> None:
    with pytest.raises(StoreError) as caught:
        parse_query(text)
    assert caught.value.code == "store-query-malformed"


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        query = parse_query(text)
    except StoreError as error:
        assert error.code == "store-query-malformed"
    else:
        assert query.name or query.digest


def test_the_address_of_a_file_is_its_name_and_where_it_came_from() -> None:
    query = parse_query("https://files.example.org/lab/tool_1.2.sif?sig=canary")
    assert (query.registry, query.collection, query.name, query.tag) == (None, "library", "tool", "1.2")
    assert query.address == "https://files.example.org/lab/tool_1.2.sif?sig=…"
    assert parse_query("https://ghcr.io/a/b:1").registry == "ghcr.io"

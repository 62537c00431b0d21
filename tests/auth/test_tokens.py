"""What a token says of itself, without being verified."""

import base64
import json

import pytest

from sregistry.auth.tokens import granted
from sregistry.http.secret import Secret


def jwt(payload: object) -> Secret:
    parts = ({"alg": "none"}, payload)
    return Secret(".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + ".s")


def test_a_jwt_says_what_it_grants() -> None:
    access = [{"type": "repository", "name": "acme/tool", "actions": ["pull", "push"]}]
    assert granted(jwt({"access": access})) == ["repository:acme/tool:pull,push"]


def test_a_jwt_that_grants_nothing_says_so() -> None:
    assert granted(jwt({"access": []})) == []
    assert granted(jwt({"access": None})) == []


@pytest.mark.parametrize(
    "payload",
    [{}, [], "x", {"access": 1}, {"access": [{}]}, {"access": ["x"]}, {"access": [{"type": "a"}]}],
)
def test_another_jwt_says_nothing(payload: object) -> None:
    assert granted(jwt(payload)) is None


@pytest.mark.parametrize("text", ["", "opaque", "a.b.c", "....", "a.\u00e9.b", "x." + "W" * 100_000 + ".y"])
def test_an_opaque_token_says_nothing(text: str) -> None:
    assert granted(Secret(text)) is None

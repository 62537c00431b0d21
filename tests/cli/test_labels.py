from __future__ import annotations

import json

import pytest

from sregistry.operations.context import Context
from sregistry.operations.labels import labels
from sregistry.settings import Settings
from sregistry.store.store import Store
from tests.store.images import keep, pulled
from tests.support.pulling import User


@pytest.fixture
def labelled(store: Store) -> Store:
    keep(store, pulled("team/a:1", b"a", labels={"owner": "ada", "text": "one\ntwo\033[31m"}), b"a")
    keep(store, pulled("team/b:1", b"b", labels={"owner": "ada"}), b"b")
    return store


@pytest.mark.usefixtures("labelled")
def test_json_is_what_the_library_says(user: User, settings: Settings) -> None:
    said = json.loads(user.sregistry("labels", "--json").stdout)
    assert said == [label.facts() for label in labels(Context(settings))]
    one = json.loads(user.sregistry("labels", "--json", "--key", "owner", "--value", "ada").stdout)
    assert one == [{"key": "owner", "value": "ada", "images": 2}]


@pytest.mark.usefixtures("labelled")
def test_a_line_per_label_that_can_do_no_harm(user: User) -> None:
    assert user.sregistry("labels").stdout.decode().splitlines() == [
        "IMAGES  LABEL",
        "     2  owner=ada",
        "     1  text=one two\N{REPLACEMENT CHARACTER}[31m",
    ]


def test_nothing_is_said_to_be_nothing(user: User) -> None:
    done = user.sregistry("labels", "--key", "owner")
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"No image has such a label" in done.stderr


@pytest.mark.parametrize(
    ("encoding", "shown"), [("utf-8", "gr\u00f6\u00dfe=\u6f22".encode()), ("latin-1", b"gr\xf6\xdfe=\\u6f22")]
)
def test_letters_that_a_terminal_does_not_know_are_escaped(
    encoding: str, shown: bytes, user: User, store: Store
) -> None:
    keep(store, pulled("team/a:1", labels={"gr\u00f6\u00dfe": "\u6f22"}))
    user.environment["PYTHONIOENCODING"] = encoding
    assert user.sregistry("labels").stdout.splitlines()[1] == b"     1  " + shown

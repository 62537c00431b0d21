from __future__ import annotations

import json

import pytest

from sregistry.operations.context import Context
from sregistry.operations.images import images
from sregistry.settings import Settings
from sregistry.store.store import Store
from tests.store.images import add, keep, pulled


def names(settings: Settings, query: str | None = None, **given: object) -> list[str]:
    return [str(image.row.name) for image in images(Context(settings), query, **given)]  # type: ignore[arg-type]


def test_there_are_none_before_the_first(settings: Settings) -> None:
    assert images(Context(settings)) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tool", ["team/Tool:1", "team/tool:2"]),
        ("TOOL:2", ["team/tool:2"]),
        ("gcr.io", ["team/tool:2"]),
        ("team/", ["team/Tool:1", "team/tool:2"]),
        ("l", ["team/Tool:1", "team/tool:2"]),
        ("%", []),
        ("_", ["my_own/python:3"]),
        ("y_o", ["my_own/python:3"]),
        ("nothing", []),
    ],
)
def test_a_query_is_part_of_registry_or_name(query: str, found: list[str], store: Store, settings: Settings) -> None:
    add(store, "team/Tool:1", b"one")
    keep(store, pulled("team/tool:2", b"two"), b"two")
    add(store, "my_own/python:3", b"three")
    assert names(settings, query) == found


def test_a_query_may_be_part_of_a_digest(store: Store, settings: Settings) -> None:
    kept = add(store, "team/tool:1", b"one")
    add(store, "team/tool:2", b"two")
    for query in (str(kept.version), kept.version.hex[:12], kept.version.hex[3:12]):
        assert names(settings, query) == ["team/tool:1"]


def test_labels_narrow_a_list(store: Store, settings: Settings) -> None:
    keep(store, pulled("team/a:1", b"a", labels={"owner": "ada", "kind": "x"}), b"a")
    keep(store, pulled("team/b:1", b"b", labels={"owner": "ada"}), b"b")
    assert names(settings, labels={"owner": "ada"}) == ["team/a:1", "team/b:1"]
    assert names(settings, labels={"owner": "ada", "kind": "x"}) == ["team/a:1"]
    assert names(settings, "b:", labels={"owner": "ada"}) == ["team/b:1"]


def test_orders(store: Store, settings: Settings) -> None:
    small, large = add(store, "team/b:1", b"x"), add(store, "team/a:1", b"larger")
    store.note_use(small)
    assert names(settings) == ["team/a:1", "team/b:1"]
    assert names(settings, order="size") == ["team/a:1", "team/b:1"]
    assert names(settings, order="pulled") == [str(large.name), str(small.name)]
    assert names(settings, order="used") == [str(small.name), str(large.name)]


def test_a_file_that_somebody_removed_is_noticed(store: Store, settings: Settings) -> None:
    add(store, "team/a:1", b"a")
    add(store, "team/b:1", b"b").path.unlink()
    assert [(str(image.row.name), image.present) for image in images(Context(settings))] == [
        ("team/a:1", True),
        ("team/b:1", False),
    ]


def test_facts_are_json(store: Store, settings: Settings) -> None:
    kept = keep(store, pulled("team/tool:2"))
    (found,) = images(Context(settings))
    facts = json.loads(json.dumps(found.facts()))
    assert facts["uri"] == f"team/tool:2@{kept.version}"
    assert facts["path"] == str(kept.path)
    assert facts["present"] is True
    assert facts["last_used"] is None
    assert facts["pulled_at"].endswith("Z")

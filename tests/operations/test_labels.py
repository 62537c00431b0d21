from __future__ import annotations

import pytest

from sregistry.operations.context import Context
from sregistry.operations.labels import LabelCount, labels
from sregistry.settings import Settings
from sregistry.store.store import Store
from tests.store.images import keep, pulled


@pytest.fixture
def labelled(store: Store) -> Store:
    keep(store, pulled("team/a:1", b"a", labels={"owner": "ada", "kind": "x"}), b"a")
    keep(store, pulled("team/b:1", b"b", labels={"owner": "ada", "kind": "y"}), b"b")
    return store


@pytest.mark.usefixtures("labelled")
def test_labels_are_counted_over_all_images(settings: Settings) -> None:
    assert labels(Context(settings)) == [
        LabelCount("kind", "x", 1),
        LabelCount("kind", "y", 1),
        LabelCount("owner", "ada", 2),
    ]


@pytest.mark.usefixtures("labelled")
def test_only_a_key_or_a_value(settings: Settings) -> None:
    assert labels(Context(settings), key="kind") == [LabelCount("kind", "x", 1), LabelCount("kind", "y", 1)]
    assert labels(Context(settings), value="ada") == [LabelCount("owner", "ada", 2)]
    assert labels(Context(settings), key="kind", value="ada") == []


def test_there_are_none_before_the_first_image(settings: Settings) -> None:
    assert labels(Context(settings)) == []

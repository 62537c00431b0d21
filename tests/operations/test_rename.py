from __future__ import annotations

import pytest

from sregistry.errors import SregistryError
from sregistry.operations.context import Context
from sregistry.operations.rename import rename
from sregistry.settings import Settings
from sregistry.store.store import Store
from tests.store.images import add, files, keep, pulled


@pytest.mark.parametrize(
    ("new", "name"), [("blue/sky:2", "blue/sky:2"), ("blue/sky", "blue/sky:1"), ("sky", "library/sky:1")]
)
def test_an_image_gets_another_name(new: str, name: str, store: Store, settings: Settings) -> None:
    row = keep(store, pulled("team/tool:1"))
    before, after = rename(Context(settings), "team/tool:1", new)
    assert (str(before.name), str(after.name)) == ("team/tool:1", name)
    assert (after.version, after.reference) == (row.version, row.reference)
    assert files(store.paths.storage) == [after.stored]
    assert after.path.read_bytes() == b"content"


def test_its_own_name_changes_nothing(store: Store, settings: Settings) -> None:
    row = add(store, "team/tool:1")
    assert rename(Context(settings), "team/tool:1", "team/tool") == (row, row)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("team/tool:1", "team/tool:2", "store-name-taken"),
        ("team/tool:1", "no name!", "store-name-malformed"),
        ("team/none:1", "team/tool:3", "store-image-unknown"),
    ],
)
def test_refusals(old: str, new: str, code: str, store: Store, settings: Settings) -> None:
    before = [add(store, "team/tool:1"), add(store, "team/tool:2")]
    with pytest.raises(SregistryError) as caught:
        rename(Context(settings), old, new)
    assert caught.value.code == code
    assert store.images(None, {}, "name") == before


def test_names_that_differ_only_in_case_are_two(store: Store, settings: Settings) -> None:
    add(store, "team/tool:1")
    _, after = rename(Context(settings), "team/tool:1", "team/Tool:1")
    again = add(store, "team/tool:1")
    assert str(after.name) == "team/Tool:1"
    assert {str(row.name) for row in store.images("team/tool", {}, "name")} == {"team/tool:1", "team/Tool:1"}
    assert after.path.exists()
    assert again.path.exists()

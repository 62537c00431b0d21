from __future__ import annotations

from pathlib import Path

import pytest

from sregistry.errors import SregistryError
from sregistry.operations.context import Context
from sregistry.operations.mv import mv
from sregistry.operations.rm import find, irreplaceable, rm
from sregistry.settings import Settings
from sregistry.store.store import Store
from tests.store.images import add, files, keep, pulled


def names(store: Store) -> list[str]:
    return [str(row.name) for row in store.images(None, {}, "name")]


@pytest.mark.parametrize("text", ["team/tool:1", "tool:1", "{uri}", "{digest}", "{short}"])
def test_one_image_by_any_of_its_names(text: str, store: Store, settings: Settings) -> None:
    row = add(store, "team/tool:1")
    add(store, "team/tool:2", b"other")
    asked = text.format(uri=row.uri, digest=row.version, short=row.file_digest.hex[:8])
    removed = rm(Context(settings), find(Context(settings), [asked]))
    assert [(one.image, one.deleted) for one in removed] == [(row, True)]
    assert names(store) == ["team/tool:2"]
    assert len(files(store.paths.storage)) == 1


def test_an_ambiguous_name_is_refused_and_nothing_is_removed(store: Store, settings: Settings) -> None:
    first, second = add(store, "team/tool:1"), add(store, "team/tool:1", b"newer")
    with pytest.raises(SregistryError) as caught:
        find(Context(settings), ["team/tool:1"])
    assert caught.value.code == "store-ambiguous"
    assert {image["uri"] for image in caught.value.facts["images"]} == {first.uri, second.uri}
    assert caught.value.facts["verb"] == "rm"
    assert len(names(store)) == 2


def test_all_that_a_name_fits(store: Store, settings: Settings) -> None:
    for name in ("team/tool:1", "team/tool:2", "team/other:1", "blue/tool:1"):
        add(store, name, name.encode())
    rm(Context(settings), find(Context(settings), ["team/tool"], every=True))
    assert names(store) == ["blue/tool:1", "team/other:1"]


def test_several_names_are_all_or_nothing_and_an_image_is_removed_once(store: Store, settings: Settings) -> None:
    row = add(store, "team/tool:1")
    with pytest.raises(SregistryError):
        find(Context(settings), ["team/tool:1", "team/none:1"])
    assert names(store) == ["team/tool:1"]
    assert find(Context(settings), ["team/tool:1", row.uri]) == [row]


def test_a_file_that_was_moved_out_stays(store: Store, settings: Settings, tmp_path: Path) -> None:
    add(store, "team/tool:1")
    mv(Context(settings), "team/tool:1", tmp_path / "out.sif")
    assert [(one.deleted, one.stays) for one in rm(Context(settings), find(Context(settings), ["team/tool:1"]))] == [
        (False, True)
    ]
    assert (tmp_path / "out.sif").exists()
    assert names(store) == []


def test_an_image_without_file_is_forgotten(store: Store, settings: Settings, tmp_path: Path) -> None:
    add(store, "team/gone:1").path.unlink()
    add(store, "team/moved:1")
    mv(Context(settings), "team/moved:1", tmp_path / "out.sif")[1].path.unlink()
    removed = rm(Context(settings), find(Context(settings), ["team/gone:1", "team/moved:1"]))
    assert [(one.deleted, one.stays) for one in removed] == [(False, False)] * 2
    assert names(store) == []


def test_only_files_that_no_registry_has_would_be_lost(store: Store, settings: Settings, tmp_path: Path) -> None:
    lost = add(store, "team/mine:1")
    keep(store, pulled("team/pulled:1"))
    add(store, "team/moved:1")
    mv(Context(settings), "team/moved:1", tmp_path / "out.sif")
    add(store, "team/gone:1").path.unlink()
    assert irreplaceable(store.images(None, {}, "name")) == [lost]

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sregistry.errors import SregistryError
from sregistry.operations.context import Context
from sregistry.operations.mv import mv
from sregistry.settings import Settings
from sregistry.store.database.writes import Writes
from sregistry.store.errors import StoreError
from sregistry.store.store import Store
from tests.store.images import add, files, record


def code_of(name: str, target: Path, settings: Settings) -> str:
    with pytest.raises(SregistryError) as caught:
        mv(Context(settings), name, target)
    return caught.value.code


def test_to_a_file(store: Store, settings: Settings, tmp_path: Path) -> None:
    row = add(store, "team/tool:1")
    before, after = mv(Context(settings), "team/tool:1", tmp_path / "out.sif")
    assert (before, after.path) == (row, tmp_path / "out.sif")
    assert store.get("team/tool:1", "").path.read_bytes() == b"content"
    assert files(store.paths.storage) == []


def test_into_a_folder_the_file_is_called_after_the_image_and_then_keeps_its_name(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    add(store, "team/tool:1")
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    assert mv(Context(settings), "team/tool:1", tmp_path / "one")[1].path == tmp_path / "one/tool_1.sif"
    mv(Context(settings), "team/tool:1", tmp_path / "one/mine.sif")
    assert mv(Context(settings), "team/tool:1", tmp_path / "two")[1].path == tmp_path / "two/mine.sif"
    assert files(tmp_path / "one") == []


def test_to_where_it_is_already(store: Store, settings: Settings, tmp_path: Path) -> None:
    add(store, "team/tool:1")
    _, first = mv(Context(settings), "team/tool:1", tmp_path / "out.sif")
    assert mv(Context(settings), "team/tool:1", tmp_path / "out.sif") == (first, first)


def test_a_file_that_is_there_is_replaced_only_by_force(store: Store, settings: Settings, tmp_path: Path) -> None:
    add(store, "team/tool:1")
    (tmp_path / "out.sif").write_text("mine")
    with pytest.raises(SregistryError) as caught:
        mv(Context(settings), "team/tool:1", tmp_path / "out.sif")
    assert caught.value.code == "disk-output-exists"
    assert caught.value.facts["again"] == ["mv", "--force", "team/tool:1", str(tmp_path / "out.sif")]
    assert (tmp_path / "out.sif").read_text() == "mine"
    mv(Context(settings), "team/tool:1", tmp_path / "out.sif", force=True)
    assert (tmp_path / "out.sif").read_bytes() == b"content"


def test_refusals(store: Store, settings: Settings, tmp_path: Path) -> None:
    row = add(store, "team/tool:1")
    add(store, "team/tool:1", b"another")
    assert code_of("team/tool:1", tmp_path / "out.sif", settings) == "store-ambiguous"
    assert code_of(row.uri, tmp_path / "no/out.sif", settings) == "disk-output-folder"
    assert code_of(row.uri, store.paths.storage / "mine.sif", settings) == "store-place-managed"
    assert code_of(row.uri, tmp_path / "out\udcff.sif", settings) == "store-place-not-text"
    row.path.unlink()
    assert code_of(row.uri, tmp_path / "out.sif", settings) == "store-file-missing"
    assert not (tmp_path / "out.sif").exists()


def test_what_is_no_file_is_never_replaced(store: Store, settings: Settings, tmp_path: Path) -> None:
    row = add(store, "team/tool:1")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SregistryError) as caught:
        mv(Context(settings), "team/tool:1", tmp_path / "pipe", force=True)
    assert caught.value.code == "disk-output-special"
    assert (tmp_path / "pipe").is_fifo()
    assert row.path.exists()


def test_a_file_that_two_images_have_is_not_taken_from_the_other(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "shared.sif").write_bytes(b"content")
    store.register(tmp_path / "shared.sif", record("team/one:1"))
    store.register(tmp_path / "shared.sif", record("team/two:1"))
    mv(Context(settings), "team/one:1", tmp_path / "own.sif")
    assert (tmp_path / "shared.sif").exists()
    mv(Context(settings), "team/two:1", tmp_path / "other.sif")
    assert not (tmp_path / "shared.sif").exists()


def test_half_written_files_of_killed_processes_are_removed_from_the_folder(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    from sregistry.store.files import machine

    left = tmp_path / f".sregistry-{machine()}-999999999-0123abcd.partial"
    left.write_bytes(b"half")
    add(store, "team/tool:1")
    mv(Context(settings), "team/tool:1", tmp_path / "out.sif")
    assert not left.exists()


def test_a_database_that_refuses_leaves_what_is_there(
    store: Store, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = add(store, "team/tool:1")
    (tmp_path / "out.sif").write_text("mine")

    def refuse(*_: object) -> None:
        raise StoreError("store-database-read-only", "the database cannot be changed")

    monkeypatch.setattr(Writes, "move", refuse)
    with pytest.raises(StoreError):
        mv(Context(settings), "team/tool:1", tmp_path / "out.sif", force=True)
    assert (tmp_path / "out.sif").read_text() == "mine"
    assert row.path.exists()
    assert [path for path in tmp_path.iterdir() if path.suffix in {".partial", ".link"}] == []

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from sregistry import references
from sregistry.digests import Digest
from sregistry.references import Platform
from sregistry.references.platform import Wanted
from sregistry.store.database.writes import Writes
from sregistry.store.errors import DiskError, StoreError
from sregistry.store.names import ImageName
from sregistry.store.paths import StorePaths
from sregistry.store.store import USE_INTERVAL, Store
from tests.store.images import add, files, keep, pulled, record

HOST = "linux/amd64"


def test_an_empty_store_has_nothing_and_makes_nothing(store: Store) -> None:
    assert store.images(None, {}, "name") == []
    assert store.find(references.parse("gcr.io/team/tool"), None) is None
    assert store.finish_removals() == []
    assert not store.paths.storage.exists()


def test_a_pulled_image_is_found_again_with_all_that_is_known(store: Store) -> None:
    what = pulled("team/tool:1", labels={"maintainer": "you"}, config={"Cmd": ["sh"]}, index_digest=Digest.of(b"index"))
    row = keep(store, what)
    assert row.path.read_bytes() == b"content"
    assert row.path == store.paths.storage / "team/tool" / f"1@{Digest.of(b'content').hex[:12]}.sif"
    found = store.find(references.parse("gcr.io/team/tool:1"), Wanted.by_name(Platform.parse(HOST)))
    assert found == row
    assert found.uri == f"team/tool:1@{what.manifest_digest}"
    assert (found.client, found.registry, found.reference) == ("docker", "gcr.io", "docker://gcr.io/team/tool:1")
    details = store.details(row)
    assert details.labels == {"maintainer": "you"}
    assert details.config == {"Cmd": ["sh"]}
    assert list(details.layers) == list(what.layers)


def test_it_is_found_by_the_digest_of_its_manifest_and_of_the_index(store: Store) -> None:
    index = Digest.of(b"index")
    row = keep(store, pulled("team/tool:1", index_digest=index))
    for digest in (row.version, index):
        assert store.find(references.parse(f"gcr.io/team/tool@{digest}"), None) == row
    assert store.find(references.parse(f"gcr.io/team/tool@{Digest.of(b'other')}"), None) is None
    assert store.find(references.parse("quay.io/team/tool:1"), None) is None
    assert store.find(references.parse("gcr.io/team/tool:1"), Wanted.by_name(Platform.parse("linux/arm64"))) is None


def test_the_same_content_again_changes_the_row_and_adds_none(store: Store) -> None:
    keep(store, pulled("team/tool:1", labels={"a": "1", "b": "2"}))
    row = keep(store, pulled("team/tool:1", labels={"a": "3"}, index_digest=Digest.of(b"index")))
    assert store.images(None, {}, "name") == [row]
    assert store.details(row).labels == {"a": "3"}
    assert row.index_digest == Digest.of(b"index")


def test_the_same_image_in_another_file_replaces_the_file(store: Store) -> None:
    first = keep(store, pulled("team/tool:1"))
    again = pulled("team/tool:1", b"zstd", manifest_digest=first.manifest_digest)
    row = keep(store, again, b"zstd")
    assert row.id == first.id
    assert [str(row.path)] == [str(store.paths.storage / name) for name in files(store.paths.storage)]


def test_a_tag_that_moved_means_the_new_image_and_the_old_one_stays(store: Store) -> None:
    old = keep(store, pulled("team/tool:1", b"old"), b"old")
    new = keep(store, pulled("team/tool:1", b"new"), b"new")
    assert store.get("team/tool:1", HOST).id == new.id
    assert store.get(old.uri, HOST).id == old.id
    assert store.find(references.parse("gcr.io/team/tool:1"), None) == new


def test_a_pull_by_digest_does_not_change_what_the_tag_means(store: Store) -> None:
    row = keep(store, pulled("team/tool:1", b"one"), b"one")
    keep(store, pulled("team/tool:1", b"two", by_tag=False), b"two")
    assert store.get("team/tool:1", HOST) == row


def test_a_tag_seen_to_mean_an_image_still_is_noted(paths: StorePaths, database_url: str | None) -> None:
    now = [1000.0]
    store = Store(paths, database_url, clock=lambda: now[0])
    old = keep(store, pulled("team/tool:1", b"old"), b"old")
    now[0] = 2000.0
    keep(store, pulled("team/tool:1", b"new"), b"new")
    now[0] = 3000.0
    confirmed = store.confirm(old, Digest.of(b"index"))
    assert (confirmed.tagged_at, confirmed.pulled_at) == (3000.0, 1000.0)
    assert store.get("team/tool:1", HOST) == confirmed


def test_names_that_differ_only_in_case_are_different_images(store: Store) -> None:
    lower, upper = add(store, "team/tool:rc", b"1"), add(store, "Team/Tool:RC", b"2")
    assert store.get("team/tool:rc", HOST) == lower
    assert store.get("Team/Tool:RC", HOST) == upper
    assert lower.path.name.casefold() != upper.path.name.casefold()


def test_the_same_content_under_two_names_survives_the_removal_of_one(store: Store) -> None:
    first, second = add(store, "team/tool:1"), add(store, "team/tool:latest")
    store.remove([first])
    assert store.images(None, {}, "name") == [second]
    assert second.path.read_bytes() == b"content"


def test_two_images_with_one_file_keep_it_until_the_last_has_gone(store: Store) -> None:
    first = keep(store, pulled("team/tool:1"))
    second = keep(store, record("team/tool:1"))
    assert first.path == second.path
    store.remove([first])
    assert second.path.exists()
    renamed = store.rename(second, ImageName.parse("team/tool:2"))
    assert renamed.path.exists()
    store.remove([renamed])
    assert files(store.paths.storage) == []


def test_renaming_one_of_two_images_with_one_file_leaves_the_other_its_file(store: Store) -> None:
    first = keep(store, pulled("team/tool:1"))
    second = keep(store, record("team/tool:1"))
    renamed = store.rename(second, ImageName.parse("other/tool:1"))
    assert first.path.read_bytes() == renamed.path.read_bytes() == b"content"


def test_remove_leaves_no_file_and_no_folder(store: Store) -> None:
    row = keep(store, pulled("team/tool:1", labels={"a": "b"}))
    store.remove([row])
    assert store.images(None, {}, "name") == []
    assert store.reads.labels(None, None) == []
    assert files(store.paths.storage) == []
    assert not (store.paths.storage / "team").exists()


def test_rename_moves_the_file_and_keeps_the_rest(store: Store) -> None:
    row = keep(store, pulled("team/tool:1", labels={"a": "b"}))
    renamed = store.rename(row, ImageName.parse("other/name:2"))
    assert files(store.paths.storage) == [renamed.name.file_name(row.file_digest)]
    assert renamed.version == row.version
    assert store.details(renamed).labels == {"a": "b"}
    assert store.images("other/name", {}, "name") == [renamed]
    assert store.images("team/tool", {}, "name") == []


def test_rename_to_a_name_that_has_this_version_is_refused(store: Store) -> None:
    first, _ = add(store, "team/tool:1"), add(store, "team/tool:2")
    with pytest.raises(StoreError) as caught:
        store.rename(first, ImageName.parse("team/tool:2"))
    assert caught.value.code == "store-name-taken"
    assert first.path.exists()


def test_rename_of_an_image_whose_file_is_gone_changes_nothing(store: Store) -> None:
    row = add(store, "team/tool:1")
    row.path.unlink()
    with pytest.raises(StoreError) as caught:
        store.rename(row, ImageName.parse("team/tool:2"))
    assert caught.value.code == "store-file-missing"
    assert store.images(None, {}, "name") == [row]


def test_rename_of_an_image_that_was_removed_meanwhile(store: Store) -> None:
    row = add(store, "team/tool:1")
    store.remove([row])
    with pytest.raises(StoreError) as caught:
        store.rename(row, ImageName.parse("team/tool:2"))
    assert caught.value.code == "store-image-unknown"


def test_move_takes_the_file_out_of_the_folder_and_remove_leaves_it_there(store: Store, tmp_path: Path) -> None:
    row = add(store, "team/tool:1")
    moved = store.move(row, tmp_path / "here.sif")
    assert moved.path == tmp_path / "here.sif"
    assert not moved.managed
    assert files(store.paths.storage) == []
    again = store.move(moved, tmp_path / "there.sif")
    assert not (tmp_path / "here.sif").exists()
    assert store.rename(again, ImageName.parse("team/tool:2")).path == again.path
    store.remove(store.images(None, {}, "name"))
    assert (tmp_path / "there.sif").read_bytes() == b"content"


def test_move_of_a_file_that_is_gone(store: Store, tmp_path: Path) -> None:
    row = add(store, "team/tool:1")
    row.path.unlink()
    with pytest.raises(StoreError) as caught:
        store.move(row, tmp_path / "out.sif")
    assert caught.value.code == "store-file-missing"
    assert not (tmp_path / "out.sif").exists()


def test_a_file_that_stays_where_it_is_can_be_an_image(store: Store, tmp_path: Path) -> None:
    (tmp_path / "mine.sif").write_bytes(b"content")
    row = store.register(tmp_path / "mine.sif", record("team/tool:1"))
    assert store.get("team/tool:1", HOST).path == tmp_path / "mine.sif"
    kept = keep(store, record("team/tool:1"))
    assert kept.id == row.id
    assert (tmp_path / "mine.sif").exists()


def test_a_file_of_anywhere_is_copied_in(store: Store, tmp_path: Path) -> None:
    source = tmp_path / "source.sif"
    source.write_bytes(b"content")
    row = store.adopt(source, record("team/tool:1"))
    assert source.exists()
    assert row.path.read_bytes() == b"content"
    assert files(store.paths.storage) == [row.stored]


def test_a_row_that_cannot_be_written_takes_its_file_back(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    add(store, "team/other:1")
    monkeypatch.setattr("sregistry.store.database.writes.Writes.put", _refuse)
    with pytest.raises(KeyboardInterrupt):
        add(store, "team/tool:1", b"new")
    assert len(files(store.paths.storage)) == 1
    assert len(store.images(None, {}, "name")) == 1


def _refuse(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(("mode", "expected"), [(None, 0o640), (0o664, 0o664)])
def test_files_follow_the_umask_or_the_mode(paths: StorePaths, mode: int | None, expected: int) -> None:
    before = os.umask(0o027)
    try:
        store = Store(paths, mode=mode)
        row = add(store, "team/tool:1")
    finally:
        os.umask(before)
    for path in (row.path, paths.database_file):
        assert stat.S_IMODE(path.stat().st_mode) == expected
    assert stat.S_IMODE(row.path.parent.stat().st_mode) == (expected | (expected & 0o444) >> 2)


def test_use_is_noted_to_the_hour(paths: StorePaths, database_url: str | None) -> None:
    now = [10_000.0]
    store = Store(paths, database_url, clock=lambda: now[0])
    add(store, "team/tool:1")
    store.note_use(store.get("tool:1", HOST))
    now[0] += USE_INTERVAL / 2
    store.note_use(store.get("tool:1", HOST))
    assert store.get("tool:1", HOST).last_used == 10_000.0
    now[0] += USE_INTERVAL
    store.note_use(store.get("tool:1", HOST))
    assert store.get("tool:1", HOST).last_used == now[0]


def test_text_that_databases_dislike_is_kept_as_near_as_can_be(store: Store) -> None:
    labels = {"nul\0": "a\0b", "half": "\ud800", "long": "x" * 10_000, "k" * 5000: "v", "quote": "it's; DROP TABLE"}
    row = keep(store, pulled("team/tool:1", labels=labels, config={"Env": ["A=\0"]}))
    details = store.details(row)
    assert details.labels["long"] == "x" * 10_000
    assert details.labels["quote"] == "it's; DROP TABLE"
    assert details.labels["half"] == "?"
    assert details.config == {"Env": ["A=\0"]}
    assert store.images(None, {"nul\0": "a\0b"}, "name") == [row]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = Store(StorePaths(tmp_path / "file", tmp_path / "database"))
    with pytest.raises(DiskError) as caught:
        add(store, "team/tool:1")
    assert caught.value.facts["setting"] == "storage"


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, StoreError("store-database-read-only", "it is")])
def test_an_image_that_is_kept_again_is_not_lost_when_that_is_interrupted(
    store: Store, monkeypatch: pytest.MonkeyPatch, interruption: BaseException
) -> None:
    row = keep(store, pulled("team/tool:1"))

    def interrupted(*_: object) -> None:
        raise interruption

    with monkeypatch.context() as patch, pytest.raises((KeyboardInterrupt, StoreError)):
        patch.setattr(Writes, "put", interrupted)
        keep(store, pulled("team/tool:1"))
    assert row.path.read_bytes() == b"content"
    assert files(store.paths.partial) == []
    with monkeypatch.context() as patch, pytest.raises((KeyboardInterrupt, StoreError)):
        patch.setattr(Writes, "put", interrupted)
        keep(store, pulled("team/other:1"))
    assert files(store.paths.storage) == [str(row.path.relative_to(store.paths.storage))]

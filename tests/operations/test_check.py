from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from sregistry.digests import Digest
from sregistry.errors import SregistryError
from sregistry.operations.add import add as add_file
from sregistry.operations.check import CheckResult, Problem, check, pull_again
from sregistry.operations.context import Context
from sregistry.operations.get import get
from sregistry.operations.local import open_cache, open_store
from sregistry.operations.pull import pull
from sregistry.packs.format import HEADER
from sregistry.settings import Settings, load
from sregistry.store.files import machine
from sregistry.store.names import ImageName
from sregistry.store.store import Store
from tests.layers.blocks import noise
from tests.store.images import add, files, keep, pulled
from tests.support.images import image
from tests.support.other_user import as_user
from tests.support.registry import DockerRegistry
from tests.support.sifs import foreign_sif, make_sif, small_image
from tests.support.tars import archive, file


def kinds(result: CheckResult) -> list[str]:
    return [problem.kind for problem in result.problems]


def only(result: CheckResult) -> Problem:
    assert len(result.problems) == 1, result.problems
    return result.problems[0]


def forget(store: Store, name: str) -> Path:
    """Delete the row of an image and leave its file, as a process killed between the two does; return the file."""
    (row,) = store.matching(name)
    with store.database.write() as connection:
        for table in ("labels", "details"):
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE image_id = {row.id}")
        connection.exec_driver_sql(f"DELETE FROM images WHERE id = {row.id}")
    return row.path


def test_nothing_there(settings: Settings) -> None:
    assert check(Context(settings), repair=True).facts() == {
        "images": 0,
        "size": 0,
        "cached_layers": 0,
        "quick": False,
        "problems": [],
        "left": 0,
    }
    assert not settings.database.exists()


def test_a_look_makes_no_database(settings: Settings) -> None:
    settings.storage.mkdir(parents=True)
    (settings.storage / "note.txt").write_text("mine")
    assert kinds(check(Context(settings))) == ["unknown-file"]
    assert files(settings.database) == ["images/note.txt"]


def test_all_is_well(store: Store, settings: Settings) -> None:
    add(store, "team/tool:1")
    add(store, "team/tool:2", b"other")
    seen: list[tuple[int, int]] = []
    result = check(Context(settings), on_file=lambda done, total: seen.append((done, total)))
    assert (result.images, result.size, result.problems) == (2, 12, [])
    assert seen == [(1, 2), (2, 2)]


def test_a_missing_file_is_named_with_what_brings_it_back(store: Store, settings: Settings) -> None:
    row = keep(store, pulled("team/tool:1", index_digest=Digest.of(b"index")))
    row.path.unlink()
    problem = only(check(Context(settings), repair=True))
    assert (problem.kind, problem.image, problem.repaired) == ("missing", row, None)
    assert problem.reference == f"docker://gcr.io/team/tool:1@{Digest.of(b'index')}"
    add(store, "team/mine:1").path.unlink()
    assert [problem.reference for problem in check(Context(settings)).problems].count(None) == 1


def test_damage_is_found_by_reading_and_a_file_cut_short_without(store: Store, settings: Settings) -> None:
    changed, cut = add(store, "team/tool:1"), add(store, "team/tool:2", b"other")
    changed.path.write_bytes(b"CONTENT")
    cut.path.write_bytes(b"o")
    assert [problem.image for problem in check(Context(settings), quick=True).problems] == [cut]
    result = check(Context(settings), repair=True)
    assert {problem.image for problem in result.left} == {changed, cut}
    assert set(kinds(result)) == {"damaged"}
    assert changed.path.read_bytes() == b"CONTENT"


def test_a_file_under_another_name_of_ours_is_put_back(store: Store, settings: Settings) -> None:
    """As a rename leaves it that is killed before its row is written."""
    row = add(store, "team/tool:1")
    other = store.paths.storage / ImageName.parse("blue/sky:2").file_name(row.file_digest)
    other.parent.mkdir(parents=True)
    row.path.rename(other)
    assert sorted(kinds(check(Context(settings)))) == ["lost-row", "missing"]
    problem = only(check(Context(settings), repair=True))
    assert problem.repaired == f"its file was found at {other}"
    assert files(store.paths.storage) == [row.stored]
    assert check(Context(settings)).problems == []


def test_two_images_of_one_content_both_get_their_files_back(store: Store, settings: Settings) -> None:
    for number in (1, 2):
        row = add(store, f"team/tool:{number}")
        row.path.rename(row.path.with_name(f"stray-{number}"))
    assert [bool(problem.repaired) for problem in check(Context(settings), repair=True).problems] == [True, True]
    assert check(Context(settings)).problems == []


def test_a_lost_row_is_written_again_from_what_the_file_says(store: Store, settings: Settings, tmp_path: Path) -> None:
    before = add_file(Context(settings), make_sif(tmp_path / "x.sif", labels={"team": "blue"})).image
    path = forget(store, "made/here:1")
    assert only(check(Context(settings))).kind == "lost-row"
    assert only(check(Context(settings), repair=True)).repaired == f"is the image {before.uri} again"
    (row,) = store.matching("made/here:1")
    assert (row.path, row.version, row.reference) == (path, before.version, before.reference)
    assert store.details(row).labels["team"] == "blue"
    assert check(Context(settings)).problems == []


def test_a_row_that_is_found_again_does_not_take_the_tag_from_a_newer_image(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    old = add_file(Context(settings), foreign_sif(tmp_path / "x.sif", "old"), name="team/tool:1").image
    forget(store, "team/tool:1")
    new = add_file(Context(settings), foreign_sif(tmp_path / "x.sif", "new"), name="team/tool:1").image
    check(Context(settings), repair=True)
    assert {row.uri for row in store.matching("team/tool:1")} == {old.uri, new.uri}
    assert get(Context(settings), "team/tool:1").uri == new.uri


def test_files_that_are_not_ours_stay(store: Store, settings: Settings, tmp_path: Path) -> None:
    row = add(store, "team/tool:1")
    mine = store.paths.storage / "team/notes.txt"
    mine.write_text("mine")
    lies = row.path.with_name("2@000000000000.sif")
    shutil.copy(make_sif(tmp_path / "x.sif"), lies)
    no_sif = store.paths.storage / ImageName.parse("team/tool:3").file_name(Digest.of(b"text"))
    no_sif.write_bytes(b"text")
    result = check(Context(settings), repair=True)
    assert {problem.path for problem in result.left} == {mine, lies, no_sif}
    assert set(kinds(result)) == {"unknown-file"}
    assert mine.exists() and lies.exists() and no_sif.exists()  # noqa: PT018 - one statement about three files


def test_what_killed_processes_left_is_removed_and_what_running_ones_write_is_not(
    store: Store, settings: Settings
) -> None:
    cache = open_cache(settings)
    left = []
    for folder in (store.paths.partial, store.paths.storage, store.paths.database, cache.paths.partial):
        folder.mkdir(parents=True, exist_ok=True)
        left.append(folder / f".sregistry-{machine()}-999999999-0123abcd.partial")
        left[-1].write_bytes(b"half")
    with store.temporary() as partial:
        assert [problem.path for problem in check(Context(settings)).problems] == left
        assert [problem.repaired for problem in check(Context(settings), repair=True).problems] == ["removed"] * 4
        assert partial.path.exists()
    assert check(Context(settings)).problems == []


def test_a_removal_that_was_not_finished_is(store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    row = add(store, "team/tool:1")
    with monkeypatch.context() as patch:
        patch.setattr(Store, "finish_removals", lambda self: [])
        store.remove([row])
    assert row.path.exists()
    assert only(check(Context(settings))).kind == "unremoved"
    assert only(check(Context(settings), repair=True)).repaired == "removed"
    assert not row.path.exists()
    assert check(Context(settings)).problems == []


def test_a_file_that_may_not_be_read_is_not_called_damaged(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sregistry.store.errors import disk_error

    row = add(store, "team/tool:1")

    def refuse(path: Path) -> Digest:
        raise disk_error(PermissionError(13, "Permission denied"), path, "read")

    monkeypatch.setattr("sregistry.store.check.digest_of", refuse)
    problem = only(check(Context(settings)))
    assert (problem.kind, problem.image, problem.reference) == ("unreadable", row, None)


def test_damaged_and_missing_images_are_pulled_again(docker_registry: DockerRegistry, tmp_path: Path) -> None:
    settings = load({"HOME": str(tmp_path)})
    for tag in ("1", "2"):
        docker_registry.push("team/tool", tag, small_image(tag))
        pull(Context(settings), f"docker://{docker_registry.address}/team/tool:{tag}")
    one, two = (get(Context(settings), f"team/tool:{tag}") for tag in ("1", "2"))
    one.path.unlink()
    two.path.write_bytes(bytes(two.size))
    # The tag has moved meanwhile: the very image that was here is wanted.
    docker_registry.push("team/tool", "1", small_image("newer"))
    result = check(Context(settings), repair=True)
    assert sorted(kinds(result)) == ["damaged", "missing"]
    again = [pull_again(Context(settings), problem) for problem in result.problems]
    assert [problem.repaired for problem in again] == ["pulled again"] * 2
    assert get(Context(settings), "team/tool:1").uri == one.uri
    for before in (one, two):
        row = get(Context(settings), str(before.name))
        assert (row.uri, row.path, row.file_digest) == (before.uri, before.path, before.file_digest)
        assert (row.reference, row.tagged_at) == (before.reference, before.tagged_at)
    assert check(Context(settings)).problems == []


def test_a_pull_that_fails_is_told_and_the_others_go_on(docker_registry: DockerRegistry, tmp_path: Path) -> None:
    settings = load({"HOME": str(tmp_path)})
    docker_registry.push("team/tool", "1", small_image("1"))
    pull(Context(settings), f"docker://{docker_registry.address}/team/tool:1", name="blue/sky:1")
    row = get(Context(settings), "blue/sky:1")
    row.path.unlink()
    (problem,) = check(Context(settings)).problems
    docker_registry.pusher("team/tool").send("DELETE", f"/v2/team/tool/manifests/{row.version}", b"", {}, 202)
    again = pull_again(Context(settings), problem)
    assert again.repaired is None
    assert "pulling it again failed" in again.detail


@pytest.fixture
def cached(docker_registry: DockerRegistry, tmp_path: Path) -> tuple[Settings, str, list[Path]]:
    """Settings with a cache of three packs and no image, the reference of one of them, and the packs by age."""
    settings = load({"HOME": str(tmp_path)})
    packs, reference = list[Path](), ""
    for tag in ("1", "2", "3"):
        docker_registry.push("team/tool", tag, image([archive(file("data", noise(tag.encode(), 5000)))], {}))
        reference = f"docker://{docker_registry.address}/team/tool:{tag}"
        pull(Context(settings), reference, output=tmp_path / "x.sif", force=True)
        packs += [entry.path for entry in open_cache(settings).entries() if entry.path not in packs]
    return settings, reference, packs


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def test_cached_layers_that_cannot_be_used_are_found_and_removed(cached: tuple[Settings, str, list[Path]]) -> None:
    settings, reference, packs = cached
    sound = check(Context(settings), repair=True)
    assert (sound.cached_layers, sound.problems) == (3, [])
    assert all(path.exists() for path in packs)
    flip(packs[0], HEADER.size + 3)
    flip(packs[1], -300)
    packs[2].chmod(0o666)
    result = check(Context(settings))
    assert {(problem.kind, problem.path, problem.detail, problem.repaired) for problem in result.problems} == {
        ("cached-layer", packs[0], "its data are damaged", None),
        ("cached-layer", packs[1], "its index is damaged", None),
        ("cached-layer", packs[2], "it can be changed by other users", None),
    }
    assert {problem.path for problem in check(Context(settings), quick=True).problems} == {packs[1], packs[2]}
    assert all(path.exists() for path in packs)
    assert [problem.repaired for problem in check(Context(settings), repair=True).problems] == ["removed"] * 3
    assert not any(path.exists() for path in packs)
    assert check(Context(settings)).problems == []
    pull(Context(settings), reference)
    assert check(Context(settings)).cached_layers == 1


def test_of_packs_progress_is_told_too(cached: tuple[Settings, str, list[Path]]) -> None:
    settings, reference, _ = cached
    pull(Context(settings), reference)
    seen: list[tuple[int, int]] = []
    check(Context(settings), on_file=lambda done, total: seen.append((done, total)))
    assert seen == [(number, 4) for number in range(1, 5)]


def test_a_pack_of_another_layer_is_found(cached: tuple[Settings, str, list[Path]]) -> None:
    settings, _, packs = cached
    packs[0].write_bytes(packs[1].read_bytes())
    assert only(check(Context(settings))).detail == "it is of another layer"


@pytest.mark.root
def test_a_cached_layer_that_cannot_be_removed_is_said_to_be_there() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        home = Path(name)
        home.chmod(0o1777)

        def repair() -> None:
            settings = load({"HOME": str(home)})
            pack = open_cache(settings).pack_path("gzip", Digest.of(b"layer"))
            pack.parent.mkdir(parents=True)
            pack.write_bytes(b"no pack")
            pack.parent.chmod(0o555)
            problem = only(check(Context(settings), repair=True))
            assert problem.repaired is None
            assert problem.detail == "it is too short; it cannot be removed (Permission denied)"
            open_cache(settings).paths.packs.chmod(0)
            problem = only(check(Context(settings)))
            assert (problem.kind, problem.path) == ("unreadable", open_cache(settings).paths.packs)

        as_user(60007, repair, group=60007)


def on_sqlite(tmp_path: Path) -> tuple[Settings, Path]:
    settings = load({"HOME": str(tmp_path)})
    return settings, settings.database / "sregistry.db"


def test_a_damaged_database_is_made_anew_from_its_rest_and_the_files(tmp_path: Path) -> None:
    settings, database = on_sqlite(tmp_path)
    uris = set()
    for number in range(40):
        sif = foreign_sif(tmp_path / "x.sif", f"text {number}")
        uris.add(add_file(Context(settings), sif, name=f"team/tool:{number}").image.uri)
    data = bytearray(database.read_bytes())
    data[4096 * 4 : 4096 * 9] = b"\xff" * 4096 * 5
    database.write_bytes(data)
    problem = only(check(Context(settings)))
    assert (problem.kind, problem.path, problem.repaired) == ("database", database, None)
    assert database.read_bytes() == data

    result = check(Context(settings), repair=True)
    assert result.left == []
    assert database.with_name("sregistry.db.damaged-1").read_bytes() == data
    assert {row.uri for row in open_store(settings).images(None, {}, "name")} == uris
    assert check(Context(settings)).problems == []


def test_a_file_that_is_no_database_is_set_aside(tmp_path: Path) -> None:
    settings, database = on_sqlite(tmp_path)
    row = add_file(Context(settings), foreign_sif(tmp_path / "x.sif")).image
    database.write_bytes(b"no database" * 1000)
    with pytest.raises(SregistryError):
        get(Context(settings), "x")
    assert check(Context(settings), repair=True).left == []
    assert get(Context(settings), "x").uri == row.uri


def test_rows_outside_the_damage_keep_what_only_they_know(tmp_path: Path) -> None:
    settings, database = on_sqlite(tmp_path)
    row = keep(open_store(settings), pulled("team/tool:1", labels={"a": "b"}))
    with closing(sqlite3.connect(database)) as connection:
        ((page, size),) = connection.execute(
            "SELECT rootpage, page_size FROM sqlite_master, pragma_page_size WHERE name = 'images_name'"
        )
    data = bytearray(database.read_bytes())
    data[(page - 1) * size : page * size] = bytes(size)
    database.write_bytes(data)
    result = check(Context(settings), repair=True)
    assert result.left == []
    found = get(Context(settings), "team/tool:1")
    assert (found.reference, found.pulled_at) == (row.reference, row.pulled_at)
    assert open_store(settings).details(found).labels == {"a": "b"}


def test_a_folder_that_a_filesystem_without_case_spells_otherwise_is_no_stray(store: Store, settings: Settings) -> None:
    """There one file has both names; here a hard link stands for that."""
    row = add(store, "team/tool:1")
    other = store.paths.storage / "Team" / row.path.relative_to(store.paths.storage / "team")
    other.parent.mkdir(parents=True)
    other.hardlink_to(row.path)
    assert check(Context(settings)).problems == []
    other.unlink()
    other.write_bytes(b"another file")
    assert kinds(check(Context(settings))) == ["lost-row"]

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from sregistry.errors import SregistryError
from sregistry.operations.check import check
from sregistry.operations.context import Context
from sregistry.operations.import_database import import_database
from sregistry.operations.local import open_store
from sregistry.settings import Settings, load
from sregistry.store import old_registry
from sregistry.store.store import Store
from tests.old_sregistry.fixture import DATABASE, OldRegistry


@pytest.fixture
def old(tmp_path: Path) -> OldRegistry:
    return OldRegistry(tmp_path / "old")


def test_what_the_old_program_knew(old: OldRegistry, store: Store, settings: Settings) -> None:
    result = import_database(Context(settings), old.database)
    assert [str(row.name) for row in result.imported] == ["team/tool:1.2", "vsoch/hello-world:latest", "team/pulled:2"]
    assert {(one.name, one.pull) for one in result.left} == {("team/gone:3", None), ("blue/remote:1", None)}
    tool = store.get("team/tool:1.2", "linux/amd64")
    assert (tool.path, tool.client, tool.platform) == (old.file("team/tool"), "hub", "linux/amd64")
    assert tool.pulled_at == 1795520084.0  # 2026-11-24 11:34:44 UTC
    pulled = store.get("ghcr.io/team/pulled:2", "linux/amd64")
    assert (pulled.client, pulled.registry, pulled.reference) == ("docker", "ghcr.io", "docker://ghcr.io/team/pulled:2")
    assert check(Context(settings)).problems == []


def test_files_of_singularity_2_are_kept_with_a_word(old: OldRegistry, store: Store, settings: Settings) -> None:
    result = import_database(Context(settings), old.database)
    assert len(result.warnings) == 1
    assert "bare squashfs" in result.warnings[0]
    row = store.get("vsoch/hello-world", "")
    assert row.path == old.file("vsoch/hello-world")
    assert store.details(row).labels == {"org.label-schema.build-date": "2018"}


def test_twice_is_once(old: OldRegistry, store: Store, settings: Settings) -> None:
    import_database(Context(settings), old.database)
    before = store.images(None, {}, "name")
    result = import_database(Context(settings), old.database)
    assert (result.imported, len(result.known)) == ([], 3)
    assert store.images(None, {}, "name") == before


@pytest.mark.parametrize("copy", [False, True])
def test_the_old_registry_is_not_changed(copy: bool, old: OldRegistry, store: Store, settings: Settings) -> None:
    before = old.content()
    result = import_database(Context(settings), old.database, copy=copy)
    store.remove(result.imported)
    assert old.content() == before


def test_copies_are_ours(old: OldRegistry, store: Store, settings: Settings) -> None:
    result = import_database(Context(settings), old.database, copy=True)
    assert all(row.managed and row.path.is_file() for row in result.imported)
    assert import_database(Context(settings), old.database, copy=True).imported == []
    shutil.rmtree(old.folder)
    assert check(Context(settings)).problems == []


def test_a_name_that_cannot_be_one_is_left_and_the_rest_comes(old: OldRegistry, settings: Settings) -> None:
    old.execute("UPDATE container SET tag = 'a b' WHERE name = 'tool'")
    result = import_database(Context(settings), old.database)
    assert len(result.imported) == 2
    assert "'team/tool:a b' is not a name" in next(one.reason for one in result.left if one.name == "team/tool:a b")


def test_a_pulled_image_without_file_is_proposed_to_be_pulled(old: OldRegistry, settings: Settings) -> None:
    old.file("team/pulled").unlink()
    left = {one.name: one.pull for one in import_database(Context(settings), old.database).left}
    assert left["team/pulled:2"] == "docker://ghcr.io/team/pulled:2"


def test_it_is_found_where_the_old_program_kept_it(old: OldRegistry, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".singularity").mkdir(parents=True)
    shutil.copy(old.database, home / ".singularity/sregistry.db")
    environ = {"HOME": str(home)}
    assert import_database(Context(load(environ), environ)).database == home / ".singularity/sregistry.db"


def test_a_database_folder_named_by_the_old_variable_holds_both(old: OldRegistry, tmp_path: Path) -> None:
    """Whoever has SREGISTRY_DATABASE set gets the new tables beside the old ones, which stay as they are."""
    environ = {"HOME": str(tmp_path), "SREGISTRY_DATABASE": str(old.folder)}
    settings = load(environ)
    result = import_database(Context(settings, environ))
    assert (result.database, len(result.imported)) == (old.database, 3)
    assert len(open_store(settings).images(None, {}, "name")) == 3
    assert import_database(Context(settings, environ)).imported == []
    with closing(sqlite3.connect(old.database)) as connection, closing(sqlite3.connect(DATABASE)) as untouched:
        rows = "SELECT id, name, version FROM container"
        assert connection.execute(rows).fetchall() == untouched.execute(rows).fetchall()


@pytest.mark.parametrize("content", [b"no database", b"", None])
def test_what_is_no_old_database(content: bytes | None, settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SregistryError) as caught:
        import_database(Context(replace(settings)), file)
    assert caught.value.code == ("disk-no-such-file" if content is None else "store-import-format")


def hostile(file: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return file


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i"
COLLECTION = "CREATE TABLE collection (id INTEGER PRIMARY KEY, name)"
CONTAINER = "CREATE TABLE container (id, collection_id, name, tag, client, image, url, created_at, metrics)"
HOSTILE = {
    "views": (
        f"CREATE VIEW collection AS {ENDLESS} AS id, 'x' AS name FROM n",
        f"CREATE VIEW container AS {ENDLESS} AS id, 1 AS collection_id, 'n' AS name, 't' AS tag, 'hub' AS client,"
        " '' AS image, '' AS url, '' AS created_at, '{}' AS metrics FROM n",
    ),
    "a view beside a table": (COLLECTION, f"CREATE VIEW container AS {ENDLESS} AS id FROM n"),
    "a virtual table": (COLLECTION, "CREATE VIRTUAL TABLE container USING fts5(name)"),
    "no columns": (COLLECTION, "CREATE TABLE container (id)"),
    "a column that is made": (
        COLLECTION,
        CONTAINER.replace("metrics", "metrics AS (hex(zeroblob(100000000)))"),
        "INSERT INTO container (id) VALUES (1)",
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_plain_table_is_not_read(kind: str, tmp_path: Path, settings: Settings) -> None:
    file = hostile(tmp_path / "hostile.db", *HOSTILE[kind])
    began = time.monotonic()
    with pytest.raises(SregistryError) as caught:
        import_database(Context(settings), file)
    assert caught.value.code == "store-import-format"
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("limit", ["SECONDS", "ROWS"])
def test_more_than_anybody_has_is_not_read(
    limit: str, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = f"INSERT INTO container {ENDLESS}, 1, 'n', 't', 'hub', '', '', '', '{{}}' FROM n LIMIT 20000"
    file = hostile(tmp_path / "hostile.db", COLLECTION, CONTAINER, rows)
    monkeypatch.setattr(old_registry, limit, 0)
    monkeypatch.setattr(old_registry, "_STEPS", 100)
    with pytest.raises(SregistryError) as caught:
        import_database(Context(settings), file)
    assert caught.value.code == "store-import-format"
    assert "more than" in caught.value.facts["detail"]


def test_a_signal_is_heard_while_a_database_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = f"INSERT INTO container {ENDLESS}, 1, 'n', 't', 'hub', '', '', '', '{{}}' FROM n LIMIT 1000"
    file = hostile(tmp_path / "hostile.db", COLLECTION, CONTAINER, rows)

    def interrupt() -> float:
        if sys._getframe(1).f_code.co_name == "look":
            raise KeyboardInterrupt
        return 0.0

    monkeypatch.setattr(old_registry.time, "monotonic", interrupt)
    monkeypatch.setattr(old_registry, "_STEPS", 10)
    with pytest.raises(KeyboardInterrupt):
        old_registry.read_old(file)


VALUES = ("NULL", "7", "1.5", "x'00ff'", "'a' || char(0)", "CAST(x'ff2f' AS TEXT)", "'../..'", "char(27) || '[2J'")
VALUES += ("printf('%.5000c', 'x')", "'ok'")


def test_rows_of_other_types_are_left_out_one_by_one(old: OldRegistry, tmp_path: Path, settings: Settings) -> None:
    columns = ("collection_id", "name", "tag", "client", "image", "url", "created_at", "metrics")
    given = [
        ", ".join(value if column == one else {"collection_id": "1"}.get(one, "'x'") for one in columns)
        for column in columns
        for value in VALUES
    ]
    inserts = [f"INSERT INTO container VALUES ({number}, {values})" for number, values in enumerate(given)]
    file = hostile(tmp_path / "odd.db", COLLECTION, "INSERT INTO collection VALUES (1, 'c')", CONTAINER, *inserts)
    result = import_database(Context(settings), file)
    assert (result.imported, len(result.left)) == ([], len(inserts))


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0" + bytes(84), b"no database", b"\0" * 5000])
def test_what_is_no_database_is_said_to_be_none(content: bytes, tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(SregistryError) as caught:
        import_database(Context(settings), tmp_path / "f")
    assert caught.value.code == "store-import-format"


def test_a_pipe_is_not_waited_for(tmp_path: Path, settings: Settings) -> None:
    os.mkfifo(tmp_path / "f")
    with pytest.raises(SregistryError) as caught:
        import_database(Context(settings), tmp_path / "f")
    assert caught.value.code == "disk-no-such-file"

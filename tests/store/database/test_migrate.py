from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from sregistry.digests import Digest
from sregistry.store.database.engine import make_engine
from sregistry.store.database.location import locate
from sregistry.store.database.migrate import config, current_version
from sregistry.store.database.schema import metadata
from sregistry.store.database.version import SCHEMA_VERSION
from sregistry.store.errors import StoreError
from sregistry.store.paths import StorePaths
from sregistry.store.store import Store
from tests.store.images import add, record

_ROW = (
    "INSERT INTO images (collection, name, tag, version, client, registry, reference, file_digest, size, platform,"
    " made_by, pulled_at, tagged_at, path) VALUES ('Team', 'tool', '1', :digest, 'docker', 'gcr.io',"
    " 'docker://gcr.io/Team/tool:1', :digest, 7, 'linux/amd64', '0.9', 1000, 1000, 'Team/tool/1@abc.sif')"
)
#: Every schema version there has been, oldest first.
VERSIONS = [step.revision for step in ScriptDirectory.from_config(config()).walk_revisions()][::-1]


@pytest.fixture
def engine(paths: StorePaths, database_url: str | None) -> Engine:
    return make_engine(locate(paths, database_url), 5, None)


def test_the_last_version_is_the_one_that_is_written() -> None:
    assert VERSIONS[-1] == SCHEMA_VERSION


def test_the_migrations_make_the_tables_that_are_written_to(engine: Engine, store: Store) -> None:
    add(store, "team/tool:1")
    with engine.begin() as connection:
        assert current_version(connection) == SCHEMA_VERSION
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert differences == []


@pytest.mark.parametrize("version", VERSIONS[:-1])
def test_images_of_an_older_version_are_there_after_the_update(engine: Engine, store: Store, version: str) -> None:
    digest = str(Digest.of(b"content"))
    with engine.begin() as connection:
        command.upgrade(config(connection), version)
        connection.execute(text(_ROW), {"digest": digest})
        if version > "0001":
            connection.execute(text("UPDATE images SET search_text = 'gcr.io/team/tool:1'"))
    row = store.get("Team/tool:1", "linux/amd64")
    assert (row.pulled_at, row.size, row.index_digest) == (1000.0, 7, None)
    assert store.images("GCR.io/team", {}, "name") == [row]
    assert store.details(row).layers == []


def test_a_database_of_a_newer_version_is_left_alone(engine: Engine, store: Store) -> None:
    add(store, "team/tool:1")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    fresh = Store(store.paths, str(engine.url) if engine.dialect.name == "postgresql" else None)
    for work in (lambda: fresh.images(None, {}, "name"), lambda: add(fresh, "team/tool:2")):
        with pytest.raises(StoreError) as caught:
            work()
        assert caught.value.code == "store-database-newer"
        assert caught.value.facts["version"] == "9999"


def test_an_update_that_fails_leaves_the_old_version(
    engine: Engine, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.begin() as connection:
        command.upgrade(config(connection), "0001")
        connection.execute(text(_ROW), {"digest": str(Digest.of(b""))})
    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr("alembic.op.create_index", _refuse)
        add(store, "team/tool:1")
    with engine.begin() as connection:
        assert current_version(connection) == "0001"
    assert len(store.images(None, {}, "name")) == 1


def _refuse(*_: object) -> None:
    raise RuntimeError


def test_the_journal_is_never_a_wal(sqlite_store: Store) -> None:
    add(sqlite_store, "team/tool:1")
    connection = sqlite3.connect(sqlite_store.paths.database_file)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    connection.close()
    assert [path.name for path in sqlite_store.paths.database.iterdir()] == ["sregistry.db"]


def test_reading_imports_neither_sqlalchemy_nor_alembic(tmp_path: Path) -> None:
    import subprocess
    import sys

    store = Store(StorePaths(tmp_path, tmp_path), clock=time.time)
    add(store, "team/tool:1")
    program = (
        "import sys; from pathlib import Path; from sregistry.store.paths import StorePaths\n"
        "from sregistry.store.store import Store\n"
        "store = Store(StorePaths(Path(sys.argv[1]), Path(sys.argv[1])))\n"
        "store.note_use(store.get('team/tool:1', 'linux/amd64'))\n"
        "print([name for name in sys.modules if name in ('sqlalchemy', 'alembic', 'requests', 'rich')])\n"
    )
    done = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, check=True)
    assert done.stdout == b"[]\n"


def test_the_search_text_of_old_and_new_rows_is_the_same(engine: Engine, store: Store) -> None:
    digest = str(Digest.of(b"content"))
    with engine.begin() as connection:
        command.upgrade(config(connection), "0001")
        connection.execute(text(_ROW), {"digest": digest})
    old = store.get("Team/tool:1", "linux/amd64")
    with engine.begin() as connection:
        before = connection.execute(text("SELECT search_text FROM images")).scalar_one()
    store.register(Path("/tmp/x.sif"), record("Team/tool:1", registry="gcr.io"))
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT id, search_text FROM images")).all()
    assert [tuple(row) for row in rows] == [(old.id, before)]

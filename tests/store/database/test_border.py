"""What goes wrong with databases, and what is said then."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from sregistry.errors import SregistryError
from sregistry.store.database.border import sqlite_error
from sregistry.store.database.location import Location, locate
from sregistry.store.errors import StoreError
from sregistry.store.paths import StorePaths
from sregistry.store.store import Store
from tests.store.images import add
from tests.store.postgresql import PostgreSQL
from tests.store.test_locks import without
from tests.support.other_user import as_user

_ADD = (
    "import sys; from pathlib import Path; from sregistry.errors import SregistryError\n"
    "from tests.store.images import add; from sregistry.store.paths import StorePaths\n"
    "from sregistry.store.store import Store\n"
    "store = Store(StorePaths(Path(sys.argv[1]), Path(sys.argv[1])), wait=2)\n"
    "print('ready', flush=True); sys.stdin.readline()\n"
    "try: add(store, 'team/tool:1')\n"
    "except SregistryError as error: print(error.code, error.facts['setting'], error.facts['filesystem'])\n"
)


def failure(store: Store) -> SregistryError:
    """What adding an image and listing the images both fail with."""
    codes = []
    for work in (lambda: store.images(None, {}, "name"), lambda: add(store, "team/tool:1")):
        with pytest.raises(SregistryError) as caught:
            work()
        codes.append(caught.value)
    assert codes[0].code == codes[1].code
    return codes[1]


def test_a_database_in_use_by_others_is_waited_for_and_then_named(paths: StorePaths) -> None:
    add(Store(paths), "team/tool:1")
    with closing(sqlite3.connect(paths.database_file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        error = failure(Store(paths, wait=0.2))
    assert error.code == "store-database-locked"
    assert error.retryable
    assert error.facts["database"] == str(paths.database_file)
    assert error.facts["setting"] == "database"
    assert error.facts["filesystem"]


def test_a_server_whose_writer_does_not_end_is_named(paths: StorePaths, postgresql: PostgreSQL) -> None:
    url = postgresql.new_database()
    add(Store(paths, url), "team/tool:1")
    slow, other = Store(paths, url), Store(paths, url, wait=0.2)
    with slow.database.write(), pytest.raises(StoreError) as caught:
        add(other, "team/tool:2")
    assert caught.value.code == "store-database-locked"
    assert caught.value.facts["setting"] == "database_url"


@pytest.mark.root
@pytest.mark.parametrize("number", ["ENOLCK", "ENOSYS"])
def test_a_filesystem_without_locks_is_named_with_the_setting(tmp_path: Path, number: str) -> None:
    program = [sys.executable, "-c", _ADD, str(tmp_path)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        # Python needs fcntl(2) to start, so it is taken away later.
        strace = [*without("fcntl", number).argv, "-p", str(process.pid)]
        with subprocess.Popen(strace) as tracer:
            while not tracers(process.pid):
                time.sleep(0.01)
            said = process.communicate("\n")[0]
        assert tracer.returncode == 0
    assert said.split()[:2] == ["lock-unsupported", "database"]


def tracers(pid: int) -> int:
    """The process id of who traces the process; 0 for nobody."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("TracerPid:")[2].split()[0])


def test_a_damaged_database_is_named(paths: StorePaths) -> None:
    paths.database.mkdir()
    paths.database_file.write_bytes(b"this is no database at all" * 100)
    assert failure(Store(paths)).code == "store-database-damaged"


def test_a_database_that_is_a_folder_cannot_be_opened(paths: StorePaths) -> None:
    paths.database_file.mkdir(parents=True)
    assert failure(Store(paths)).code == "store-database-unreachable"


@pytest.mark.root
def test_a_database_that_may_only_be_read_can_be_read(paths: StorePaths) -> None:
    row = add(Store(paths), "team/tool:1")
    paths.database.chmod(0o755)
    for folder in paths.database.parents:
        if folder.stat().st_uid == 0 and folder != Path("/") and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)

    def read_only() -> None:
        store = Store(paths)
        found = store.get("team/tool:1", "")
        store.note_use(found)
        assert found.path == row.path
        with pytest.raises(StoreError) as caught:
            store.confirm(found, None)
        assert caught.value.code == "store-database-read-only"

    as_user(65534, read_only, group=65534)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("SQLITE_BUSY_SNAPSHOT", "store-database-locked"),
        ("SQLITE_IOERR_LOCK", "lock-unsupported"),
        ("SQLITE_CORRUPT", "store-database-damaged"),
        ("SQLITE_FULL", "disk-full"),
        ("SQLITE_READONLY_DBMOVED", "store-database-read-only"),
        ("SQLITE_CANTOPEN", "store-database-unreachable"),
        ("SQLITE_IOERR", "store-database-failed"),
    ],
)
def test_what_sqlite_says_becomes_a_code(tmp_path: Path, name: str, code: str) -> None:
    error = sqlite3.OperationalError("so it is")
    error.sqlite_errorname = name
    assert sqlite_error(error, Location(tmp_path / "sregistry.db", None)).code == code


def test_a_server_that_is_not_there_is_named_without_password(paths: StorePaths) -> None:
    error = failure(Store(paths, "postgresql://me:secret@127.0.0.1:1/images"))
    assert error.code == "store-database-unreachable"
    assert "127.0.0.1:1" in error.facts["database"]
    assert "refused" in error.facts["detail"]
    assert "secret" not in repr(error.facts) + str(error)


def test_what_the_server_refuses_is_said_in_its_words(paths: StorePaths, postgresql: PostgreSQL) -> None:
    url = postgresql.new_database()
    add(Store(paths, url), "team/tool:1")
    name = url.partition("@/")[2].partition("?")[0]
    postgresql.sql("DROP TABLE images CASCADE", name)
    error = failure(Store(paths, url))
    assert error.code == "store-database-failed"
    assert "images" in error.facts["detail"]


def test_without_the_driver_the_package_to_install_is_named(paths: StorePaths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    error = failure(Store(paths, "postgresql://localhost/images"))
    assert error.code == "store-database-driver"
    assert error.facts["package"] == "sregistry[postgresql]"


@pytest.mark.parametrize("url", ["mysql://me:secret@host/x", "images.db", "postgresql"])
def test_other_databases_are_refused(paths: StorePaths, url: str) -> None:
    with pytest.raises(StoreError) as caught:
        locate(paths, url)
    assert caught.value.code == "store-database-url"
    assert "secret" not in repr(caught.value.facts)


def test_locations_do_not_show_passwords(paths: StorePaths) -> None:
    for scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        location = locate(paths, f"{scheme}://me:secret@host/x")
        assert location.url == "postgresql+psycopg://me:secret@host/x"
        assert "secret" not in repr(location)
    assert locate(paths, "sqlite:////srv/images.db").file == Path("/srv/images.db")

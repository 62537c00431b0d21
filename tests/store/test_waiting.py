"""Locks and databases that others hold: who that is, is said soon, and again when the wait has been in vain."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sregistry.diagnosis import explain
from sregistry.store import holders, waiting
from sregistry.store.errors import LockError, StoreError
from sregistry.store.locks import locked
from sregistry.store.paths import StorePaths
from sregistry.store.store import Store
from tests.store.images import add
from tests.store.postgresql import PostgreSQL
from tests.support.pulling import User

HOLDS_LOCK = (
    "import sys, time; from pathlib import Path; from sregistry.store.locks import locked\n"
    "with locked(Path(sys.argv[1]), 'a test'):\n"
    "    print('held', flush=True); time.sleep(600)\n"
)
HOLDS_DATABASE = (
    "import sqlite3, sys, time\n"
    "other = sqlite3.connect(sys.argv[1], isolation_level=None); other.execute(sys.argv[2])\n"
    "print('held', flush=True); time.sleep(600)\n"
)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is waited for is told after a moment."""
    monkeypatch.setattr(waiting, "TELL_AFTER", 0.1)


@contextmanager
def held(script: str, *arguments: str, stopped: bool = False) -> Iterator[int]:
    """A process that runs `script` and holds what it takes; gives its id."""
    command = [sys.executable, "-c", script, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "held\n"
            if stopped:
                process.send_signal(signal.SIGSTOP)
                os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
            yield process.pid
        finally:
            process.kill()


@contextmanager
def heard() -> Iterator[list[str]]:
    told: list[str] = []
    with waiting.listening(lambda text, _: told.append(text)):
        yield told


def test_a_lock_that_a_stopped_process_holds(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with held(HOLDS_LOCK, str(path), stopped=True) as pid, heard() as told:
        with pytest.raises(LockError) as caught, locked(path, "the file of clients", timeout=0.6):
            pass
        holder = caught.value.facts["holder"]
        assert (holder["pid"], holder["stopped"]) == (pid, True)
    assert len(told) == 1
    assert f"waiting for the file of clients, which process {pid}" in told[0]
    assert "stopped" in told[0]
    commands = [step.command for step in explain(caught.value).steps]
    assert f"kill -CONT {pid}" in commands


@pytest.mark.parametrize("begin", ["BEGIN EXCLUSIVE", "BEGIN IMMEDIATE"])
def test_a_database_that_another_program_holds(paths: StorePaths, begin: str) -> None:
    add(Store(paths), "team/tool:1")
    with held(HOLDS_DATABASE, str(paths.database_file), begin) as pid, heard() as told:
        with pytest.raises(StoreError) as caught:
            add(Store(paths, wait=0.6), "team/tool:2")
        assert caught.value.code == "store-database-locked"
        assert caught.value.facts["holder"]["pid"] == pid
        assert caught.value.facts["elapsed"] >= 0.6
    assert told == [f"waiting for the database {paths.database_file}, which process {pid} (python3) holds"] or (
        len(told) == 1 and f"process {pid}" in told[0]
    )
    assert f"Process {pid}" in " ".join(cause.text for cause in explain(caught.value).why)


def test_a_database_is_read_as_soon_as_it_is_let_go(paths: StorePaths) -> None:
    add(Store(paths), "team/tool:1")
    script = HOLDS_DATABASE.replace("600", "0.5")
    with held(script, str(paths.database_file), "BEGIN EXCLUSIVE"), heard() as told:
        began = time.monotonic()
        assert len(Store(paths, wait=60.0).images(None, {}, "name")) == 1
        assert time.monotonic() - began < 20
    assert len(told) <= 1


def test_nobody_who_reads_keeps_a_writer_from_its_end(paths: StorePaths) -> None:
    add(Store(paths), "team/tool:1")
    reads = "BEGIN; SELECT count(*) FROM sqlite_master"
    script = HOLDS_DATABASE.replace(
        "other.execute(sys.argv[2])", "[other.execute(one).fetchall() for one in sys.argv[2].split(';')]"
    )
    with held(script, str(paths.database_file), reads) as pid, heard() as told:
        with pytest.raises(StoreError) as caught:
            add(Store(paths, wait=0.6), "team/tool:2")
        assert caught.value.facts["holder"]["pid"] == pid
    assert told
    assert len(Store(paths).images(None, {}, "name")) == 1


@pytest.mark.parametrize(
    "statement", ["LOCK TABLE images IN ACCESS EXCLUSIVE MODE", "SELECT pg_advisory_lock(1397900615)"]
)
def test_a_server_where_another_session_holds_what_is_needed(
    paths: StorePaths, postgresql: PostgreSQL, statement: str
) -> None:
    import psycopg

    url = postgresql.new_database()
    add(Store(paths, url), "team/tool:1")
    with psycopg.connect(url, application_name="vacuuming") as other, heard() as told:
        other.execute(statement)
        pid = other.info.backend_pid
        with pytest.raises(StoreError) as caught:
            add(Store(paths, url, wait=1.5), "team/tool:2")
    assert caught.value.code == "store-database-locked"
    assert caught.value.facts["holder"]["pid"] == pid
    assert any("vacuuming" in text and str(pid) in text for text in told)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_waits_for_a_database_says_so_and_can_be_stopped(tmp_path: Path, number: signal.Signals) -> None:
    paths = StorePaths(tmp_path / "images", tmp_path)
    add(Store(paths), "team/tool:1")
    user = User(tmp_path / "home", {"SREGISTRY_DATABASE": str(tmp_path)})
    holding = held(HOLDS_DATABASE, str(paths.database_file), "BEGIN EXCLUSIVE")
    with holding as pid, user.start("images") as process:
        assert process.stderr is not None
        assert f"process {pid}" in process.stderr.readline().decode()
        began = time.monotonic()
        process.send_signal(number)
        assert process.wait(20) == 128 + number
        assert time.monotonic() - began < 10


def test_a_process_that_cannot_be_seen_is_known_by_its_number_only() -> None:
    assert holders.process(1 << 22) == {"pid": 1 << 22}
    assert holders.words(None) == "another process"
    assert holders.words({"pid": 7}) == "process 7"
    assert holders.process(os.getpid())["stopped"] is False

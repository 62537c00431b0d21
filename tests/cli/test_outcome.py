"""What ends a command: bugs of ours, interruptions, streams that are closed or full, disks that are full."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sregistry.operations.local import open_store
from sregistry.settings import load
from tests.sick.catalogue import SCENARIOS
from tests.sick.judge import environment
from tests.sick.server import SickRegistry
from tests.store.images import add
from tests.support.pulling import User

#: A command with a fault of ours in it; the fault's message holds a secret of the environment.
BROKEN = """
import os, sys
import sregistry.operations.config as operation
from sregistry.cli import main
def broken(*_):
    raise RuntimeError("it broke on " + os.environ["APPTAINER_DOCKER_PASSWORD"])
operation.config = broken
main()
"""
FULL = Path("/dev/full")


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User(tmp_path)


def shell(user: User, line: str) -> subprocess.CompletedProcess[str]:
    """A line of bash in which ``sregistry`` is our command."""
    program = f'sregistry() {{ "{sys.executable}" -m sregistry "$@"; }}; set -o pipefail; '
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    environ = {**kept, "HOME": str(user.home), "TMPDIR": str(user.temporary), **user.environment}
    return subprocess.run(
        ["bash", "-c", program + line], env=environ, cwd=user.home, capture_output=True, text=True, timeout=120
    )


def test_a_bug_of_ours_is_an_apology_and_a_report_and_no_traceback(user: User) -> None:
    environ = {"HOME": str(user.home), "APPTAINER_DOCKER_PASSWORD": "c4n4ry-password", "PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", BROKEN, "config", "jobs"]
    done = subprocess.run(command, env=environ, cwd=user.home, capture_output=True, text=True, timeout=60)
    assert done.returncode == 70
    assert "we are sorry" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert len(done.stderr.splitlines()) < 10
    (report,) = user.home.glob("sregistry-report-*.md")
    assert report.name in done.stderr
    text = report.read_text()
    for part in ("RuntimeError: it broke on ***", "sregistry config jobs", "## Versions"):
        assert part in text
    assert "c4n4ry" not in text + done.stderr


def test_a_bug_in_json_is_json(user: User) -> None:
    environ = {"HOME": str(user.home), "APPTAINER_DOCKER_PASSWORD": "c4n4ry-password", "PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", BROKEN, "config", "--json"]
    done = subprocess.run(command, env=environ, cwd=user.home, capture_output=True, text=True, timeout=60)
    assert '"code": "bug"' in done.stdout
    assert done.returncode == 70


@pytest.mark.parametrize("line", ["sregistry config | head -1", "sregistry pull --help | head -1", "sregistry | true"])
def test_a_reader_that_has_gone_is_no_failure(user: User, line: str) -> None:
    done = shell(user, line)
    assert done.stderr == ""
    assert done.returncode in (0, 128 + signal.SIGPIPE)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("sregistry config >&-", 0),
        ("sregistry config <&- >&- 2>&-", 0),
        ("sregistry pull registry.invalid/a/b 2>&-", 4),
        ("sregistry pull registry.invalid/a/b >&- 2>&-", 4),
        ("sregistry --help >&-", 0),
    ],
)
def test_closed_streams_are_survived(user: User, line: str, status: int) -> None:
    done = shell(user, line)
    assert done.returncode == status, done
    assert done.stdout + done.stderr == ""
    assert list(user.home.glob("sregistry-report-*")) == []


@pytest.mark.skipif(not FULL.exists(), reason="/dev/full is Linux's")
@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("sregistry config > /dev/full", 10),
        ("sregistry --help > /dev/full", 10),
        ("sregistry pull registry.invalid/a/b 2> /dev/full", 4),
    ],
)
def test_a_full_disk_behind_a_stream_has_an_exit_code(user: User, line: str, status: int) -> None:
    done = shell(user, line)
    assert done.returncode == status, done
    assert "Traceback" not in done.stderr
    if status == 10:
        assert "no space" in done.stderr or done.stderr == ""


@pytest.fixture
def hanging(tmp_path: Path) -> Iterator[tuple[User, str]]:
    """Somebody, and a reference to a registry that never answers."""
    with SickRegistry(tmp_path) as server, server.serving(SCENARIOS["header-stalls"]) as running:
        environ = environment(running, tmp_path / "home", server.certificates.authority)
        for name in ("READ", "DOCUMENT", "STALL"):
            environ[f"SREGISTRY_TIMEOUT_{name}"] = "60"
        yield User(tmp_path / "home", {**environ, "SREGISTRY_PATIENCE": "60"}), running.reference


@pytest.mark.parametrize(
    ("number", "status", "words"),
    [
        (signal.SIGINT, 130, "sregistry: stopped; nothing half-done was left"),
        (signal.SIGTERM, 143, "Ended by another program (SIGTERM)"),
        (signal.SIGHUP, 129, "The terminal or the connection to this machine was closed."),
    ],
)
def test_whoever_ends_it_is_told_and_nothing_is_left(
    number: signal.Signals, status: int, words: str, hanging: tuple[User, str]
) -> None:
    user, reference = hanging
    process = user.start("pull", "--debug", "--output", "x.sif", reference)
    assert process.stderr is not None
    # The first exchange is the probe that finds out that this registry speaks plain http.
    assert b"https://" in process.stderr.readline()
    time.sleep(0.2)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == status, said
    assert words in said.decode()
    assert b"Traceback" not in said
    assert list(user.home.glob("*.sif")) == []
    assert list(user.temporary.iterdir()) == []


def test_a_download_that_waits_for_a_silent_registry_is_not_waited_for(tmp_path: Path) -> None:
    with SickRegistry(tmp_path) as server, server.serving(SCENARIOS["blob-stalls"]) as running:
        environ = environment(running, tmp_path / "home", server.certificates.authority)
        for name in ("READ", "DOCUMENT", "STALL"):
            environ[f"SREGISTRY_TIMEOUT_{name}"] = "300"
        user = User(tmp_path / "home", {**environ, "SREGISTRY_PATIENCE": "300"})
        process = user.start("pull", "--output", "x.sif", running.reference)
        while not any("/blobs/" in request for request in running.seen[-2:]) or len(running.seen) < 4:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=100)
    assert process.returncode == 130, said
    assert b"Traceback" not in said
    assert list(user.temporary.iterdir()) == []
    assert [path.suffix for path in user.cache.rglob("*") if path.is_file()].count(".partial") == 0


@pytest.mark.parametrize("path", ["n" * 256, "folder/" * 1000 + "x.sif"])
@pytest.mark.parametrize(
    "command",
    [
        ("pull", "--output", "PATH", "localhost:1/tool"),
        ("inspect", "./PATH"),
        ("add", "PATH"),
        ("mv", "team/tool:1", "PATH"),
        ("import-database", "PATH"),
    ],
    ids=lambda command: command[0],
)
def test_a_path_that_is_too_long_is_no_bug(user: User, command: tuple[str, ...], path: str) -> None:
    add(open_store(load({"HOME": str(user.home)})), "team/tool:1")
    done = user.sregistry(*(word.replace("PATH", path) for word in command))
    said = done.stderr.decode()
    assert done.returncode == 10, said
    assert "disk-no-such-path" in said
    assert "longer than the file system allows" in said
    assert "mkdir" not in said


@pytest.mark.root
def test_a_full_disk_is_explained(user: User, tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can mount")
    full = tmp_path / "full"
    full.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", full], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.strip()}")
    try:
        with SickRegistry(tmp_path) as server, server.serving(SCENARIOS["healthy"]) as running:
            environ = environment(running, tmp_path / "home", server.certificates.authority)
            for changes, output, remedy in (
                ({}, full / "x.sif", "sregistry pull --output"),
                ({"SREGISTRY_CACHE_DIR": str(full / "cache")}, tmp_path / "x.sif", "export SREGISTRY_CACHE_DIR="),
            ):
                by = User(tmp_path / "home", {**environ, **changes})
                done = by.sregistry("pull", "--output", output, running.reference)
                said = done.stderr.decode()
                assert done.returncode == 10, said
                assert f"There is not enough space in {full}" in said
                assert "is in memory (tmpfs)" in said
                assert remedy in said
                assert not output.exists()
        assert [path for path in full.rglob("*") if path.is_file() and path.suffix != ".lock"] == []
    finally:
        subprocess.run(["umount", full], check=True)


@pytest.mark.parametrize("command", ["version", "images", "config", "cache list", "search docker://127.0.0.1:1/a"])
@pytest.mark.parametrize(
    "before",
    ['mkdir gone && cd gone && rmdir "$PWD" &&', "LC_ALL=POSIX", "LC_ALL=no_SUCH.locale", "env -u TERM", "umask 777;"],
)
def test_odd_surroundings_are_no_bug(before: str, command: str, user: User) -> None:
    variable = before.startswith("env")
    line = f"{before} {sys.executable} -m sregistry {command}" if variable else f"{before} sregistry {command}"
    assert shell(user, line).returncode == (4 if command.startswith("search") else 0)


def test_a_current_folder_that_is_gone_is_named(user: User) -> None:
    line = 'mkdir gone && cd gone && rmdir "$PWD" && sregistry pull --output x.sif docker://127.0.0.1:1/a'
    done = shell(user, line)
    assert (done.returncode, "The current folder has been removed" in done.stderr) == (10, True)

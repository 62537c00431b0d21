from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sregistry.store.errors import LockError
from sregistry.store.locks import Waiting, holder_of, locked, record_locks_error, remove_abandoned
from tests.support import tools

_HOLD = (
    "import sys, time; from pathlib import Path; from sregistry.store.locks import locked\n"
    "with locked(Path(sys.argv[1]), 'a test'):\n"
    "    print('held', flush=True); sys.stdin.read()\n"
)
_COUNT = (
    "import sys; from pathlib import Path; from sregistry.store.locks import locked\n"
    "counter = Path(sys.argv[2])\n"
    "for _ in range(20):\n"
    "    with locked(Path(sys.argv[1]), 'counting'):\n"
    "        counter.write_text(str(int(counter.read_text()) + 1))\n"
)


@contextmanager
def held(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that holds the lock."""
    command = [sys.executable, "-c", _HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        try:
            yield process
        finally:
            process.kill()


def test_the_lock_file_goes_with_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "a.lock"
    with locked(path, "a test"):
        holder = holder_of(path)
        assert holder is not None
        assert (holder.pid, holder.purpose) == (os.getpid(), "a test")
    assert not path.exists()
    assert holder_of(path) is None


def test_who_waits_too_long_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    seen: list[Waiting] = []
    with held(path) as process:
        with pytest.raises(LockError) as caught, locked(path, "the layer abc", timeout=0.3, on_wait=seen.append):
            pass
        assert caught.value.code == "lock-timeout"
        assert caught.value.facts["holder"]["pid"] == process.pid
        assert caught.value.facts["purpose"] == "the layer abc"
        assert caught.value.facts["elapsed"] >= 0.3
    assert seen[0].holder is not None
    assert seen[0].holder.purpose == "a test"


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with held(path) as process:
        process.kill()
        process.wait()
        with locked(path, "a test", timeout=5):
            pass


def test_threads_exclude_each_other_too(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    inside, worst = [0], [0]

    def work() -> None:
        for _ in range(10):
            with locked(path, "a test"):
                inside[0] += 1
                worst[0] = max(worst[0], inside[0])
                time.sleep(0.001)
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert worst == [1]


def test_processes_count_together_without_losing_any(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    command = [sys.executable, "-c", _COUNT, str(tmp_path / "a.lock"), str(counter)]
    processes = [subprocess.Popen(command) for _ in range(6)]
    assert [process.wait() for process in processes] == [0] * 6
    assert counter.read_text() == "120"
    assert [path.name for path in tmp_path.iterdir()] == ["counter"]


@pytest.mark.parametrize("number", ["ENOLCK", "ENOSYS"])
def test_where_there_are_no_locks_the_filesystem_and_the_setting_are_named(tmp_path: Path, number: str) -> None:
    program = (
        "import sys; from pathlib import Path; from sregistry.store.errors import LockError\n"
        "from sregistry.store.locks import locked\n"
        "try:\n"
        "    with locked(Path(sys.argv[1]), 'a test', setting='cache_dir'): pass\n"
        "except LockError as error:\n"
        "    print(error.code, error.facts['setting'], error.facts['filesystem'])\n"
    )
    said = without("flock", number).run(sys.executable, "-c", program, tmp_path / "a.lock").stdout.decode().split()
    assert said[:2] == ["lock-unsupported", "cache_dir"]
    assert said[2] != "None"


def test_record_locks_are_tried(tmp_path: Path) -> None:
    assert record_locks_error(tmp_path) is None


def without(call: str, error: str) -> tools.Tool:
    """Runs a program in which the system call fails: a filesystem without locks."""
    strace = tools.require("strace")
    return tools.Tool("strace", (*strace.argv, "-f", "-qq", "-o", "/dev/null", "-e", f"inject={call}:error={error}"))


def test_abandoned_lock_files_are_removed_and_held_ones_are_not(tmp_path: Path) -> None:
    (tmp_path / "abandoned.lock").write_text("")
    with locked(tmp_path / "held.lock", "a test"):
        remove_abandoned(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["held.lock"]
    remove_abandoned(tmp_path / "nowhere")

"""Twenty processes at once, and a hundred processes killed: no lost image, no error, no stray file."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

from sregistry.store.check import State, digest_of, file_state, strays
from sregistry.store.names import ImageName
from sregistry.store.store import Store
from tests.store.images import add, files, record

PROCESSES = 20
KILLS = 100
_FORK = multiprocessing.get_context("fork")


def test_twenty_processes_at_once(store: Store, tmp_path: Path) -> None:
    """Each keeps images of its own, shares names with all others, renames, lists and removes."""
    report = tmp_path / "errors"
    processes = [_FORK.Process(target=_work, args=(store, number, report)) for number in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert not report.exists(), report.read_text()
    assert [process.exitcode for process in processes] == [0] * PROCESSES

    found = {str(row.name) for row in store.images(None, {}, "name")}
    own = {f"own/kept-{number}:{turn}" for number in range(PROCESSES) for turn in range(3)}
    assert found == own | {"shared/tool:latest"}
    assert_sound(store)


def _work(store: Store, number: int, report: Path) -> None:
    try:
        for turn in range(3):
            add(store, f"own/kept-{number}:{turn}", b"%d %d" % (number, turn))
            add(store, "shared/tool:latest", b"the same for all")
            row = add(store, f"own/moved-{number}:{turn}", b"moved %d" % number)
            row = store.rename(row, ImageName.parse(f"own/renamed-{number}:{turn}"))
            assert row.path.exists()
            assert len(store.images(f"own/kept-{number}:", {}, "name")) == turn + 1
            assert store.get("shared/tool", "").path.read_bytes() == b"the same for all"
            store.remove([row])
    except BaseException as error:
        with report.open("a") as file:
            file.write(f"{number}: {error!r}\n")
        raise


def test_a_hundred_kills(store: Store, tmp_path: Path) -> None:
    """Whenever a process is killed: what it said was done is done, and the rest is all or nothing."""
    chance = random.Random(0)
    add(store, "first/image:1")
    for turn in range(KILLS):
        log = tmp_path / f"log-{turn}"
        process = _FORK.Process(target=_change_things, args=(store, turn, log))
        process.start()
        assert process.pid is not None
        _until(log.exists)
        time.sleep(chance.uniform(0, 0.03))
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        repair(store)
        assert_sound(store)
        _assert_told_true(store, log)


def _change_things(store: Store, turn: int, log: Path) -> None:
    with log.open("a", buffering=1) as file:
        for number in range(1000):
            name = f"killed/tool-{turn}:{number}"
            file.write(f"adding {name}\n")
            row = add(store, name, b"%d %d" % (turn, number))
            file.write(f"added {name}\n")
            other = f"killed/other-{turn}:{number}"
            file.write(f"renaming {name} {other}\n")
            row = store.rename(row, ImageName.parse(other))
            file.write(f"renamed {name} {other}\n")
            if number % 2:
                file.write(f"removing {other}\n")
                store.remove([row])
                file.write(f"removed {other}\n")


def _assert_told_true(store: Store, log: Path) -> None:
    certain: dict[str, bool] = {}
    for line in log.read_text().splitlines():
        verb, *names = line.split()
        match verb:
            case "added":
                certain[names[0]] = True
            case "renaming" | "removing":
                certain.pop(names[0])
            case "renamed":
                certain.update({names[0]: False, names[1]: True})
            case "removed":
                certain[names[0]] = False
    there = {str(row.name) for row in store.images("killed/", {}, "name")}
    assert {name: name in there for name in certain} == certain


def repair(store: Store) -> None:
    """What `sregistry check` does, with records that say what the test knows."""
    store.sweep()
    store.finish_removals()
    missing = {row.file_digest: row for row in store.images(None, {}, "name") if not row.path.exists()}
    for stray in strays(store):
        assert stray.name is not None
        content = stray.path.read_bytes()
        digest = digest_of(stray.path)
        if digest in missing:
            store.restore(missing[digest], stray.path)
        else:
            store.claim(stray.path, record(str(stray.name), content))


def assert_sound(store: Store) -> None:
    """Every image has its file, every file its image, and nothing else is there."""
    rows = store.images(None, {}, "name")
    assert [row.uri for row in rows if file_state(row, read=True) is not State.GOOD] == []
    assert len({row.uri for row in rows}) == len(rows)
    assert files(store.paths.storage) == sorted({row.stored for row in rows})
    assert store.reads.removals() == []


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)

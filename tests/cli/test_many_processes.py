"""Twenty processes at once, and a hundred processes killed, all through the command line, on both databases."""

from __future__ import annotations

import json
import multiprocessing
import random
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sregistry.operations.check import check
from sregistry.operations.context import Context
from sregistry.settings import Settings, load
from sregistry.store.store import Store
from tests.store.images import files
from tests.support import forked
from tests.support.forked import Running
from tests.support.pulling import User
from tests.support.registry import DockerRegistry
from tests.support.sifs import foreign_sif, small_image

PROCESSES = 20
KILLS = 100
TAGS = 4
_FORK = multiprocessing.get_context("fork")


@pytest.fixture
def user(tmp_path: Path, database_url: str | None) -> User:
    """Somebody with an empty home folder and one of the databases."""
    return User(tmp_path / "home", {"SREGISTRY_DATABASE_URL": database_url} if database_url else {})


@pytest.fixture
def settings(user: User) -> Settings:
    """The settings that the user's commands have."""
    return load({"HOME": str(user.home), **user.environment})


@pytest.fixture
def registry(docker_registry: DockerRegistry) -> str:
    """The address of a registry that has team/tool with some tags."""
    for tag in range(TAGS):
        docker_registry.push("team/tool", str(tag), small_image(f"tool {tag}"))
    return docker_registry.address


@pytest.fixture
def sif(tmp_path: Path) -> Path:
    """An image to be copied and added."""
    return foreign_sif(tmp_path / "made/sif")


def names(store: Store) -> set[str]:
    return {str(row.name) for row in store.images(None, {}, "name")}


def assert_in_order(user: User, settings: Settings, store: Store) -> None:
    """Nothing does not fit, and no file lies about."""
    assert check(Context(settings)).problems == []
    rows = store.images(None, {}, "name")
    assert len({row.uri for row in rows}) == len(rows)
    managed = {row.stored for row in rows if row.managed}
    assert set(files(store.paths.storage)) == managed
    assert files(user.cache / "partial") == []
    assert files(user.cache / "locks") == []


@pytest.mark.timeout(600)
def test_twenty_processes_at_once(
    user: User, settings: Settings, store: Store, registry: str, sif: Path, tmp_path: Path
) -> None:
    report = tmp_path / "errors"
    arguments = [(user, number, registry, sif, report) for number in range(PROCESSES)]
    processes = [_FORK.Process(target=_work, args=each) for each in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join(500)
    assert not report.exists(), report.read_text()
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    own = {f"own/kept-{number}:1" for number in range(PROCESSES)}
    out = {f"own/out-{number}:1" for number in range(PROCESSES)}
    assert names(store) == own | out | {f"team/tool:{tag}" for tag in range(TAGS)}
    assert all((user.home / f"out-{number}.sif").is_file() for number in range(PROCESSES))
    assert_in_order(user, settings, store)


def _work(user: User, number: int, registry: str, sif: Path, report: Path) -> None:
    """What one of the processes does; each image is its own, but those that are pulled are everybody's."""
    try:
        for kind in ("kept", "out", "gone"):
            file = user.home / f"{kind}-{number}.sif"
            shutil.copy(sif, file)
            forked.run(user, "add", file, "--name", f"own/{kind}-{number}:1").good()
            assert not file.exists()
        forked.run(user, "pull", "-q", "--plain-http", f"{registry}/team/tool:{number % TAGS}").good()
        forked.run(user, "mv", f"own/out-{number}:1", f"out-{number}.sif").good()
        forked.run(user, "rename", f"own/gone-{number}:1", f"own/going-{number}:1").good()
        listed = json.loads(forked.run(user, "images", "--json", f"own/kept-{number}:").good().out)
        assert [image["name"] for image in listed] == [f"own/kept-{number}:1"]
        forked.run(user, "rm", f"own/going-{number}:1").good()
        assert Path(forked.run(user, "get", f"own/kept-{number}:1").good().out.strip()).is_file()
    except BaseException as error:
        with report.open("a") as out:
            out.write(f"{number}: {error}\n")
        raise


@pytest.mark.timeout(600)
def test_a_hundred_kills(user: User, settings: Settings, store: Store, registry: str, sif: Path) -> None:
    """Whenever a command is killed, `check --repair` puts all in order, and nothing is lost."""
    chance = random.Random(0)
    (user.home / "out").mkdir()
    script = _script(user, store, registry, sif)
    usual: dict[str, float] = {}
    for turn in range(KILLS + 5):
        verb, command, allowed = next(script)
        start = time.monotonic()
        running = Running(user, *command)
        if verb not in usual:
            running.wait().good()
            usual[verb] = time.monotonic() - start
        else:
            time.sleep(chance.uniform(0, usual[verb]))
            running.kill()
        done = forked.run(user, "check", "--repair", "--json")
        repaired = json.loads(done.out)
        assert (done.status, repaired["left"]) == (0, 0), (turn, command, repaired)
        assert_in_order(user, settings, store)
        assert names(store) in allowed(), (turn, command)
    # The folder that images were moved to is swept by who comes there next.
    row = forked.run(user, "add", "--copy", sif, "--name", "last/image:1").good()
    assert Path(row.out.strip()).is_file()
    forked.run(user, "mv", "last/image:1", "out").good()
    assert [path.name for path in (user.home / "out").iterdir() if path.name.startswith(".")] == []


Step = tuple[str, list[str | Path], Callable[[], list[set[str]]]]


def _script(user: User, store: Store, registry: str, sif: Path) -> Iterator[Step]:
    """Commands without end; with each its verb, and which names may be there after it, done or not."""
    number = 0
    while True:
        number += 1
        name, other, tag = f"own/one-{number}:1", f"own/other-{number}:1", number % TAGS
        before = names(store)
        if number % 2:
            shutil.rmtree(user.cache, ignore_errors=True)
        reference = f"{registry}/team/tool:{tag}"
        pull: list[str | Path] = ["pull", "-q", "--plain-http", "--force", reference]
        yield "pull", pull, lambda before=before, tag=tag: [before, before | {f"team/tool:{tag}"}]
        before, file = names(store), user.home / f"file-{number}.sif"
        shutil.copy(sif, file)
        yield (
            "add",
            ["add", file, "--name", name],
            lambda before=before, file=file, name=name: (
                [before, before | {name}] if file.exists() else [before | {name}]
            ),
        )
        if name not in names(store):
            forked.run(user, "add", file, "--name", name).good()
        before = names(store)
        done = before - {name} | {other}
        yield "rename", ["rename", name, other], lambda before=before, done=done: [before, done]
        now = other if other in names(store) else name
        before = names(store)
        yield "mv", ["mv", now, f"out/{number}.sif"], lambda before=before: [before]
        yield "rm", ["rm", now], lambda before=before, now=now: [before, before - {now}]

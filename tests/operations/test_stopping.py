"""A running operation ends early: by an event, by its client, by its listener; what it leaves behind is whole."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from sregistry.client import Client
from sregistry.diagnosis import explain
from sregistry.errors import Cancelled
from sregistry.operations.progress import Progress, Silent
from tests.operations.library import client, silent_blobs, token_registry
from tests.registry import scripted
from tests.registry.scripted import Request, Server, silent

#: Seconds within which a pull ends; a busy machine gets some more.
SOON = 1.0 + 2.0


class Started(Silent):
    """Tells when the first layer is on its way, and how often it was closed."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.closed = 0

    def layer_started(self, layer: str, size: int) -> None:
        self.event.set()

    def close(self) -> None:
        self.closed += 1


def silent_manifest(request: Request) -> bool:
    return request.kind == "manifest" and request.wait()


def unavailable(request: Request) -> bool:
    return request.kind == "manifest" and request.error(503, "UNAVAILABLE", "come back later", Retry_After=8)


def in_thread(action: Callable[[], object]) -> Future[object]:
    outcome: Future[object] = Future()

    def run() -> None:
        try:
            outcome.set_result(action())
        except BaseException as error:  # noqa: BLE001
            outcome.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return outcome


def asked(server: Server, kind: str) -> None:
    """Wait until the registry was asked for something of a kind."""
    end = time.monotonic() + 20
    while not server.paths(kind) and time.monotonic() < end:
        time.sleep(0.01)


def ends_soon(outcome: Future[object]) -> Cancelled:
    began = time.monotonic()
    with pytest.raises(Cancelled) as caught:
        outcome.result(30)
    assert time.monotonic() - began < SOON
    return caught.value


def files(folder: Path) -> list[str]:
    """What is in a folder that is neither finished nor a lock."""
    return [str(path) for path in folder.rglob("*") if path.is_file() and path.suffix in {".sif", ".partial", ".tmp"}]


WAYS: dict[str, Callable[[Client, threading.Event], None]] = {
    "event": lambda one, event: event.set(),
    "cancel": lambda one, event: one.cancel(),
    "close": lambda one, event: one.close(),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "behave, kind", [(silent_blobs, "blob"), (silent_manifest, "manifest"), (unavailable, "manifest")]
)
def test_a_pull_ends_whatever_it_waits_for(behave: scripted.Script, kind: str, way: str, tmp_path: Path) -> None:
    started, event = Started(), threading.Event()
    with token_registry(behave) as server:
        one = client(tmp_path, retry_after=10)
        output = tmp_path / "out/tool.sif"
        output.parent.mkdir()
        running = in_thread(lambda: one.pull(str(server.reference()), output, progress=started, cancel=event))
        started.event.wait(20) if kind == "blob" else asked(server, kind)
        WAYS[way](one, event)
        error = ends_soon(running)
        server.over.set()
        assert (error.code, explain(error).exit_code) == ("interrupted", 130)
        assert started.closed == 1
        assert files(tmp_path) == []
        server.script = scripted.behave
        with token_registry() as healthy:
            assert one.pull(str(healthy.reference()), output).path.is_file()


def test_a_pull_ends_while_it_connects(tmp_path: Path) -> None:
    event = threading.Event()
    with silent() as host, client(tmp_path, plain_http=False) as one:
        running = in_thread(lambda: one.pull(f"{host}/team/tool:1", tmp_path / "tool.sif", cancel=event))
        time.sleep(0.1)
        event.set()
        ends_soon(running)


def test_a_pull_ends_while_another_goes_on(tmp_path: Path) -> None:
    started, event = Started(), threading.Event()
    with token_registry(silent_blobs) as stuck, token_registry() as server, client(tmp_path) as one:
        running = in_thread(
            lambda: one.pull(str(stuck.reference()), tmp_path / "a.sif", progress=started, cancel=event)
        )
        started.event.wait(20)
        event.set()
        ends_soon(running)
        assert one.pull(str(server.reference()), tmp_path / "b.sif").path.is_file()
        stuck.over.set()


def test_what_is_cancelled_before_it_begins_does_not_begin(tmp_path: Path) -> None:
    event = threading.Event()
    event.set()
    with token_registry() as server, client(tmp_path) as one:
        for action in (
            lambda: one.pull(str(server.reference()), tmp_path / "tool.sif", cancel=event),
            lambda: one.get(str(server.reference()), pull=True, cancel=event),
            lambda: one.download_layers(str(server.reference()), tmp_path / "layers", cancel=event),
        ):
            with pytest.raises(Cancelled):
                action()
        assert server.seen == []


def test_downloads_of_layers_end_too(tmp_path: Path) -> None:
    event = threading.Event()
    with token_registry(silent_blobs) as server, client(tmp_path) as one:
        running = in_thread(lambda: one.download_layers(str(server.reference()), tmp_path / "layers", cancel=event))
        asked(server, "blob")
        time.sleep(0.2)
        event.set()
        ends_soon(running)
        server.over.set()


def test_an_asyncio_timeout_ends_a_pull(tmp_path: Path) -> None:
    async def pull(one: Client, reference: str) -> None:
        cancel = threading.Event()
        running = asyncio.to_thread(one.pull, reference, tmp_path / "tool.sif", cancel=cancel)
        task = asyncio.ensure_future(running)
        try:
            await asyncio.wait_for(asyncio.shield(task), 0.5)
        except TimeoutError:
            cancel.set()
            await task

    with token_registry(silent_blobs) as server, client(tmp_path) as one:
        began = time.monotonic()
        with pytest.raises(Cancelled):
            asyncio.run(pull(one, str(server.reference())))
        assert time.monotonic() - began < 0.5 + SOON
        server.over.set()


# -- listeners --------------------------------------------------------------------------------------------


class StopError(Exception):
    """Raised by a listener."""


METHODS = ["step", "layers", "layer_started", "layer_progress", "layer_finished", "assembling", "assembled"]


@pytest.mark.parametrize("method", METHODS)
def test_what_a_listener_raises_ends_the_pull(method: str, tmp_path: Path) -> None:
    class Listener(Started):
        pass

    def refuse(*_: object) -> None:
        raise StopError

    setattr(Listener, method, refuse)
    listener = Listener()
    with token_registry() as server, client(tmp_path) as one:
        with pytest.raises(StopError):
            one.pull(str(server.reference()), tmp_path / "tool.sif", progress=listener)
        assert listener.closed == 1
        assert files(tmp_path) == []


def listeners(one: Client, reference: str, folder: Path) -> Iterator[Callable[[Progress], object]]:
    yield lambda listener: one.pull(reference, folder / "tool.sif", progress=listener)
    yield lambda listener: one.get(reference, pull=True, progress=listener)
    yield lambda listener: one.get(reference, pull=True, progress=listener)
    yield lambda listener: one.pull(reference, progress=listener)
    yield lambda listener: one.pull("UPPER", progress=listener)


def test_a_listener_is_closed_at_the_end_of_each_operation(tmp_path: Path) -> None:
    with token_registry() as server, client(tmp_path) as one:
        for action in listeners(one, str(server.reference()), tmp_path):
            listener = Started()
            try:
                action(listener)
            except Exception:  # noqa: BLE001 - well or not
                pass
            assert listener.closed >= 1


# -- the end of the program --------------------------------------------------------------------------------

PROGRAM = """
import sys, threading, time
from pathlib import Path
from tests.operations.library import client, token_registry
from tests.operations.test_stopping import Started

class Late(Started):
    def step(self, text):
        self.event.set()
        threading.main_thread().join()
        time.sleep(0.2)

def pull():
    try:
        print(one.pull(str(server.reference()), home / "tool.sif", progress=late).path.name, flush=True)
    except BaseException as error:
        print(type(error).__name__, getattr(error, "code", None), flush=True)
    registry.__exit__(None, None, None)

home, late = Path(sys.argv[1]), Late()
registry = token_registry()
server, one = registry.__enter__(), client(home)
threading.Thread(target=pull).start()
late.event.wait(20)
"""


def test_a_pull_in_a_thread_goes_on_when_the_program_is_at_its_end(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("tool.sif\n", "")

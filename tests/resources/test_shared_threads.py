"""Threads that all users of a process share: bounded, fair about what is dropped, gone with the last user."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from sregistry.operations.progress import Silent
from sregistry.resources.threads import Share
from tests.operations.library import client, token_registry


def alive(name: str) -> int:
    return sum(thread.name.startswith(f"{name}_") for thread in threading.enumerate())


def test_shares_have_as_many_threads_as_the_largest() -> None:
    release = threading.Event()
    first, second = Share(2, "kind"), Share(5, "kind")
    waiting = [share.submit(release.wait, 20) for share in (first, second) for _ in range(20)]
    assert alive("kind") == 5
    release.set()
    wait(waiting)
    first.close()
    assert second.submit(abs, -1).result(20) == 1
    second.close()
    assert alive("kind") == 0


def test_a_share_drops_its_own_calls_only() -> None:
    release, began = threading.Event(), threading.Event()
    first, second = Share(1, "kind"), Share(1, "kind")
    running = first.submit(lambda: (began.set(), release.wait(20)))
    kept = second.submit(abs, -1)
    dropped = first.submit(abs, -2)
    began.wait(20)
    closing = threading.Thread(target=first.close)
    closing.start()
    while not dropped.cancelled():
        pass
    release.set()
    closing.join(20)
    assert running.done()
    assert kept.result(20) == 1
    second.close()


def test_a_forked_child_has_threads_of_its_own() -> None:
    share = Share(1, "kind")
    share.submit(abs, -1).result(20)
    child = os.fork()
    if not child:
        own = Share(1, "kind")
        os._exit(own.submit(abs, -1).result(20) - 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    share.close()


def test_pulls_at_the_same_time_compress_in_the_same_threads(tmp_path: Path) -> None:
    most = 0

    class Watching(Silent):
        def layer_progress(self, layer: str, position: int) -> None:
            nonlocal most
            most = max(most, alive("compress"))

        def assembled(self, done: int) -> None:
            self.layer_progress("", done)

    with token_registry() as server, client(tmp_path, jobs=3, progress=Watching()) as one:
        references = [str(server.reference(f"team/tool{number}:1")) for number in range(8)]
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda reference: one.pull(reference, tmp_path / reference[-4:]), references))
    assert 1 <= most <= 3
    assert alive("compress") == 0

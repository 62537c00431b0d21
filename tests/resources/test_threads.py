from __future__ import annotations

import threading
from concurrent.futures import Future, wait

import pytest

from sregistry.resources.threads import Workers, start

_start = threading.Thread.start


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many threads the system still gives, as its only number."""
    left = [0]

    def refuse(thread: threading.Thread) -> None:
        if left[0] == 0:
            raise RuntimeError("can't start new thread")
        left[0] -= 1
        _start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    return left


def test_a_thread_that_cannot_be_had_is_none(allowed: list[int]) -> None:
    assert start(lambda: None, "one") is None
    allowed[0] = 1
    thread = start(lambda: None, "one")
    assert thread is not None
    thread.join()


@pytest.mark.parametrize("given", [0, 1, 2, 9])
def test_all_calls_are_made_with_as_many_threads_as_there_are(given: int, allowed: list[int]) -> None:
    allowed[0] = given
    seen = set[str]()

    def call(number: int) -> int:
        seen.add(threading.current_thread().name)
        return number * 2

    with Workers(3, "some") as workers:
        results = [workers.submit(call, number) for number in range(20)]
        assert [result.result(timeout=60) for result in results] == [number * 2 for number in range(20)]
    assert len(seen) <= max(min(given, 3), 1)
    assert (threading.main_thread().name in seen) == (given == 0)


def test_errors_come_with_the_result(allowed: list[int]) -> None:
    for given in (0, 1):
        allowed[0] = given
        with Workers(1, "one") as workers, pytest.raises(ZeroDivisionError):
            workers.submit(lambda: 1 // 0).result()


def test_what_has_not_begun_is_dropped() -> None:
    begun, go = threading.Event(), threading.Event()

    def first() -> None:
        begun.set()
        go.wait(60)

    workers = Workers(1, "one")
    running: Future[None] = workers.submit(first)
    waiting = [workers.submit(int) for _ in range(5)]
    assert begun.wait(60)
    workers.close(wait=False, cancel=True)
    go.set()
    workers.close()
    wait([running], 60)
    assert all(one.cancelled() for one in waiting)
    with pytest.raises(RuntimeError):
        workers.submit(int)

"""Fixtures: the sick registry, running; and the verdict about each scenario that the chosen tests ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest

from tests.sick.catalogue import SCENARIOS
from tests.sick.judge import Examined, Verdict, examine, run
from tests.sick.server import Running, SickRegistry

T = TypeVar("T")

#: Most of the time is waiting, so more than there are processors.
PARALLEL = 12


@pytest.fixture(scope="session")
def sick_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SickRegistry]:
    """The sick registry; scenarios are served by `SickRegistry.serving`."""
    with SickRegistry(tmp_path_factory.mktemp("sick")) as server:
        yield server


def _side_by_side(
    request: pytest.FixtureRequest, server: SickRegistry, homes: Path, judge: Callable[[Running, Path, Path], T]
) -> Iterator[Mapping[str, Future[T]]]:
    """What `judge` says of each scenario that a test with the parameter `scenario` asks the fixture for."""
    names = {
        item.callspec.params["scenario"]
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and hasattr(item, "callspec")
        and request.fixturename in item.fixturenames
        and "scenario" in item.callspec.params
    }

    def examine(name: str) -> T:
        with server.serving(SCENARIOS[name]) as running:
            return judge(running, homes / name, Path(server.certificates.authority))

    with ThreadPoolExecutor(PARALLEL, thread_name_prefix="judge") as pool:
        # In the order of the tests, so that each finds its own under way.
        yield {name: pool.submit(examine, name) for name in SCENARIOS if name in names}
        pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="session")
def verdicts(
    request: pytest.FixtureRequest, sick_registry: SickRegistry, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Future[Verdict]]]:
    """How the pull of each scenario ends."""
    yield from _side_by_side(request, sick_registry, tmp_path_factory.mktemp("homes"), run)


@pytest.fixture(scope="session")
def examinations(
    request: pytest.FixtureRequest, sick_registry: SickRegistry, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Future[Examined]]]:
    """What the doctor finds in each scenario."""
    yield from _side_by_side(request, sick_registry, tmp_path_factory.mktemp("patients"), examine)

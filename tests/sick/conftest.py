"""Fixtures: the sick registry, running; and the verdict about each scenario that the chosen tests ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.sick.catalogue import SCENARIOS
from tests.sick.judge import Verdict, run
from tests.sick.server import SickRegistry

#: Most of the time is waiting, so more than there are processors.
PARALLEL = 12


@pytest.fixture(scope="session")
def sick_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SickRegistry]:
    """The sick registry; scenarios are served by `SickRegistry.serving`."""
    with SickRegistry(tmp_path_factory.mktemp("sick")) as server:
        yield server


@pytest.fixture(scope="session")
def verdicts(
    request: pytest.FixtureRequest, sick_registry: SickRegistry, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Future[Verdict]]]:
    """How the pull of each scenario ends that a test with the parameter `scenario` asks for; they run side by side."""
    names = {
        item.callspec.params["scenario"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec") and "verdicts" in item.fixturenames
    }
    homes = tmp_path_factory.mktemp("homes")

    def pull(name: str) -> Verdict:
        with sick_registry.serving(SCENARIOS[name]) as running:
            return run(running, homes / name, Path(sick_registry.certificates.authority))

    with ThreadPoolExecutor(PARALLEL, thread_name_prefix="judge") as pool:
        # In the order of the tests, so that each finds its own under way.
        yield {name: pool.submit(pull, name) for name in SCENARIOS if name in names}
        pool.shutdown(cancel_futures=True)

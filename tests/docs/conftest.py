"""Fixtures: the registries behind the names in the pages, and somebody who reads a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.docs.reader import Reader
from tests.sick.server import SickRegistry
from tests.support import apptainer as apptainer_support
from tests.support.apptainer import Apptainer
from tests.support.real_names import World, world


@pytest.fixture(scope="session")
def real_names(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The registries, running."""
    with world(tmp_path_factory.mktemp("registries")) as running:
        yield running


@pytest.fixture(scope="session")
def apptainer_or_none() -> Iterator[Apptainer | None]:
    """Real Apptainer where it can be run."""
    if not apptainer_support.is_there():
        yield None
        return
    with Apptainer() as running:
        yield running


@pytest.fixture
def new_reader(
    tmp_path: Path,
    real_names: World,
    apptainer_or_none: Apptainer | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[], Reader]]:
    """Makes a reader with a home of its own."""
    with ExitStack() as stack:
        sick = stack.enter_context(SickRegistry(tmp_path_factory.mktemp("sick")))
        yield lambda: Reader(tmp_path, real_names, apptainer_or_none, sick)

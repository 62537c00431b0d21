"""The sick registry, for what asks registries."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from sregistry.http.options import Options
from sregistry.operations.connection import registry_options
from sregistry.settings import Settings, load
from tests.sick.catalogue import SCENARIOS
from tests.sick.judge import environment
from tests.sick.server import Running, SickRegistry


@dataclass
class Patient:
    """A scenario being served, and the user who pulls from it."""

    running: Running
    settings: Settings
    options: Options

    @property
    def reference(self) -> str:
        return self.running.reference


Serve = Callable[[str], Patient]


@pytest.fixture
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Serves a scenario of the sick registry by its name."""
    with ExitStack() as stack:
        server = stack.enter_context(SickRegistry(tmp_path_factory.mktemp("sick")))

        def start(name: str) -> Patient:
            running = stack.enter_context(server.serving(SCENARIOS[name]))
            home = tmp_path_factory.mktemp("homes") / name
            environ = environment(running, home, Path(server.certificates.authority))
            settings = load(environ)
            return Patient(running, settings, registry_options(settings, environ))

        yield start

"""A registry with all trials, the images that the program makes of them, and users of Apptainer."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import apptainer as apptainer_support
from tests.support import images, tools
from tests.support.ordinary import MACHINES, OrdinaryUser, WithoutSquashfuse
from tests.support.pulling import User
from tests.support.registry import DockerRegistry
from tests.trials.images import TRIALS, base


@dataclass(frozen=True)
class Pulled:
    """An image that the program made, and what it said."""

    sif: Path
    said: str


@pytest.fixture(scope="session")
def registry(registry_program: tools.Tool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerRegistry]:
    """A registry that has every trial as ``trials/NAME:1``."""
    below = images.layer(base(Path(tools.require("busybox").argv[0]).read_bytes()))
    with DockerRegistry(registry_program, tmp_path_factory.mktemp("registry")).running() as running:
        for name, trial in TRIALS.items():
            running.push(f"trials/{name}", "1", images.image([below, *trial.tars], trial.inner))
        yield running


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder that other users reach, which those of pytest are not."""
    with tempfile.TemporaryDirectory(prefix="trials-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="session")
def pulled(registry: DockerRegistry, open_folder: Path) -> Callable[[str], Pulled]:
    """Pulls a trial by its name, each once."""
    folder = open_folder
    user = User(folder / "home")
    done: dict[str, Pulled] = {}

    def pull(name: str) -> Pulled:
        if name not in done:
            sif = folder / f"{name}.sif"
            made = user.sregistry("pull", "--output", sif, f"{registry.address}/trials/{name}:1")
            assert made.returncode == 0, made.stderr.decode()
            done[name] = Pulled(sif, made.stderr.decode())
        return done[name]

    return pull


@pytest.fixture(scope="session")
def ordinary(request: pytest.FixtureRequest) -> Iterator[OrdinaryUser]:
    """An ordinary user, on the kind of machine that is asked for."""
    apptainer_support.require()
    with (OrdinaryUser if request.param == MACHINES[0] else WithoutSquashfuse)() as user:
        yield user

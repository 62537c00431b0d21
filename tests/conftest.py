"""Fixtures for everybody; the work is in tests/support."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from sregistry.scrubbing import PROCESS
from tests.store import postgresql as server
from tests.support import apptainer as apptainer_support
from tests.support import tools, vocabulary
from tests.support.apptainer import Apptainer
from tests.support.registry import Certificates, DockerRegistry
from tests.support.tokens import TokenServer

#: A busy machine draws slowly; how long an example may take is said only where a hang would be a defect.
settings.register_profile("sregistry", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("sregistry")

#: What is started in the background of a script ignores SIGINT, and so would the programs that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests marked `root` say what they wanted when they are not run as root."""
    if item.get_closest_marker("root"):
        tools.require_root()


@pytest.fixture(scope="module", autouse=True)
def no_secrets_of_other_tests() -> None:
    """Forget what earlier tests called a secret: some are short, or words, and would be hidden in what is said here."""
    with PROCESS._lock:
        PROCESS._needles.clear()
        PROCESS._wanted = None


@pytest.fixture(scope="session", autouse=True)
def watched_facts() -> Iterator[None]:
    """Facts of errors that the source makes are compared with the vocabulary, in every test."""
    with vocabulary.watching():
        yield


@pytest.fixture(autouse=True)
def no_strange_facts(watched_facts: None) -> Iterator[None]:
    """Fail where an error had a fact that the vocabulary does not have, or of another type."""
    vocabulary.SEEN.clear()
    yield
    assert not vocabulary.SEEN, "not in src/sregistry/codes/facts.py: " + "; ".join(sorted(vocabulary.SEEN))


@pytest.fixture(scope="session")
def registry_program() -> tools.Tool:
    """Debian's docker-registry."""
    return tools.require("docker-registry")


@pytest.fixture
def start_registry(registry_program: tools.Tool, tmp_path: Path) -> Iterator[Callable[..., DockerRegistry]]:
    """Starts registries of any kind, as `DockerRegistry` takes them; they end with the test."""
    with ExitStack() as stack:
        count = 0

        def start(**options: Any) -> DockerRegistry:
            nonlocal count
            count += 1
            folder = tmp_path / f"registry-{count}"
            return stack.enter_context(DockerRegistry(registry_program, folder, **options).running())

        yield start


@pytest.fixture
def docker_registry(start_registry: Callable[..., DockerRegistry]) -> DockerRegistry:
    """A plain registry on loopback, without passwords or TLS, where deleting is allowed."""
    return start_registry()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """A private certificate authority and a certificate for localhost and 127.0.0.1."""
    return Certificates.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def password_registry(start_registry: Callable[..., DockerRegistry], certificates: Certificates) -> DockerRegistry:
    """A registry behind TLS of a private authority that asks for `reader` / `correct horse` by Basic."""
    return start_registry(users={"reader": "correct horse"}, certificates=certificates)


@pytest.fixture
def token_registry(start_registry: Callable[..., DockerRegistry]) -> Iterator[DockerRegistry]:
    """A registry with a token server: everybody may pull, `writer` / `correct horse` may do everything."""
    users = {"writer": "correct horse", "reader": "correct horse"}
    with TokenServer(users, anonymous_pull=True, readers=frozenset({"reader"})) as tokens:
        yield start_registry(tokens=tokens)


@pytest.fixture
def mirror_registry(start_registry: Callable[..., DockerRegistry], docker_registry: DockerRegistry) -> DockerRegistry:
    """A pull-through cache in front of `docker_registry`."""
    return start_registry(upstream=docker_registry.url)


@pytest.fixture(scope="session")
def apptainer() -> Iterator[Apptainer]:
    """Real Apptainer, out of the Debian sid tree."""
    apptainer_support.require()
    with Apptainer() as running:
        yield running


@pytest.fixture(scope="session")
def postgresql() -> Iterator[server.PostgreSQL]:
    """One PostgreSQL server for all tests; each makes its own databases."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    try:
        with server.running(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str | None:
    """The URL of an empty database of each kind; None for SQLite's default."""
    if request.param == "sqlite":
        return None
    url: str = request.getfixturevalue("postgresql").new_database()
    return url

"""Programs written for sregistry 0.2: what has a meaning works, the rest says what takes its place."""

from __future__ import annotations

import importlib
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import sregistry
from sregistry import auth, defaults, logger, removed, utils, version
from sregistry.diagnosis import explain
from sregistry.errors import SregistryError, UsageError
from sregistry.main import Client, get_client
from sregistry.main.docker import Client as DockerClient
from sregistry.shell.client import ShellClient
from tests.operations.library import token_registry
from tests.registry.scripted import Server
from tests.support.sifs import foreign_sif

OLD = "call client|will go; use"


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShellClient]:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("SREGISTRY_PLAIN_HTTP", "yes")
    monkeypatch.setenv("SREGISTRY_PLATFORM", "linux/amd64")
    monkeypatch.chdir(tmp_path)
    with get_client("docker://ubuntu", quiet=True) as made:
        yield made


@pytest.fixture
def registry() -> Iterator[Server]:
    with token_registry() as server:
        yield server


def test_pulls(client: ShellClient, registry: Server, tmp_path: Path) -> None:
    image = str(registry.reference())
    with pytest.warns(DeprecationWarning, match=r"call client\.pull"):
        path = client.pull(images=image, file_name="tool.simg", save=False)
    assert (path, client.images()) == (str(tmp_path / "tool.simg"), [])
    assert Path(path).is_file()
    with pytest.warns(DeprecationWarning, match=OLD):
        assert client.pull(images=image, save=False) == str(tmp_path / "tool_1.sif")
    with pytest.warns(DeprecationWarning, match=OLD):
        kept = client.pull(images=[image])
    assert isinstance(kept, str)
    assert kept == client.get("team/tool:1").image
    with pytest.warns(DeprecationWarning, match=OLD):
        assert client.pull([image, image], force=True) == [kept, kept]
    # As it is called now, the answer is that of now.
    assert client.pull(image).path == Path(kept)


def test_the_local_registry(client: ShellClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = foreign_sif(tmp_path / "other.sif")
    with pytest.warns(DeprecationWarning, match=OLD):
        added = client.add(image_path=str(file), image_uri="team/other:2")
    assert os.path.exists(added.image)  # noqa: PTH110
    found = client.get("team/other:2")
    assert (found.image, found.tag, found.client, found.url) == (str(found), "2", "file", None)
    assert found.uri == f"team/other:2@{found.version}"
    with pytest.warns(DeprecationWarning, match=OLD):
        client.get("team/other:2", quiet=False)
    assert capsys.readouterr().out == f"{found}\n"
    with pytest.warns(DeprecationWarning, match=OLD):
        assert client.rename(image_name="team/other:2", path="team/another:2").name.name == "another"
    with pytest.warns(DeprecationWarning, match=OLD):
        client.mv(image_name="team/another:2", path=tmp_path / "moved.sif")
    with pytest.warns(DeprecationWarning, match=OLD):
        client.rm(image_name="team/another:2")
    assert client.images() == []


def test_what_a_client_has(client: ShellClient) -> None:
    assert (client.client_name, client.storage) == ("docker", str(client.settings.storage))
    client.speak()
    client.announce("pull")
    assert Client is DockerClient is ShellClient
    assert pickle.loads(pickle.dumps(client)).settings == client.settings
    assert not hasattr(client, "nothing")


@pytest.mark.parametrize("name", removed.ATTRIBUTES)
def test_what_a_client_has_no_more(name: str, client: ShellClient) -> None:
    assert not hasattr(client, name)
    with pytest.raises(UsageError, match=r"was removed with sregistry 1: ") as caught:
        getattr(client, name)
    assert (caught.value.code, explain(caught.value).exit_code) == ("removed-name", 2)


def test_arguments_that_are_no_more(client: ShellClient) -> None:
    for action in (
        lambda: client.add("file", image_name="/somewhere"),
        lambda: client.add("file", metadata={}),
        lambda: client.pull(images="ubuntu", base="docker.io"),
    ):
        with pytest.raises(UsageError, match="was removed"):
            action()
    with pytest.raises(TypeError):
        client.add("file", nonsense=1)


MODULES = [*removed.MODULES, "sregistry.database.models", "sregistry.main.hub.pull"]


@pytest.mark.parametrize("name", MODULES)
def test_modules_that_are_no_more(name: str) -> None:
    with pytest.raises(ImportError, match=r"was removed with sregistry 1: ") as caught:
        importlib.import_module(name)
    assert isinstance(caught.value, SregistryError)
    assert explain(caught.value).code == "removed-name"


def test_a_module_that_never_was_is_not_found() -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("sregistry.nonsense")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("nonsense")


@pytest.mark.parametrize("name", removed.NAMES)
def test_names_in_modules_that_are_no_more(name: str) -> None:
    for module in (utils, defaults, logger, version, auth):
        with pytest.raises(ImportError, match="was removed"):
            getattr(module, name)
        with pytest.raises(AttributeError):
            module.nonsense  # noqa: B018


def test_settings_under_their_old_names(client: ShellClient, tmp_path: Path) -> None:
    def named(name: str) -> object:
        with pytest.warns(DeprecationWarning, match=OLD):
            return getattr(defaults, name)

    assert (named("SREGISTRY_CLIENT"), named("DISABLE_DATABASE")) == ("docker", False)
    assert named("SREGISTRY_STORAGE") == str(client.settings.storage)
    assert named("SREGISTRY_DATABASE") == f"{client.settings.database}/sregistry.db"
    assert named("USERHOME") == str(tmp_path / "home")
    assert named("SREGISTRY_WORKERS") == len(os.sched_getaffinity(0))


def test_the_logger(capsys: pytest.CaptureFixture[str]) -> None:
    logger.bot.info("a")
    logger.bot.custom("prefix:", "b")
    logger.bot.debug("c")
    with pytest.raises(SystemExit) as ended:
        logger.bot.exit("d")
    assert (capsys.readouterr().err, ended.value.code) == ("a\nprefix: b\nERROR d\n", 1)


def test_utilities(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with pytest.warns(DeprecationWarning, match=OLD):
        assert utils.get_file_hash(tmp_path / "empty").startswith("e3b0c44298fc")
    with pytest.warns(DeprecationWarning, match=OLD):
        assert utils.which("sh")
    with pytest.warns(DeprecationWarning, match=OLD):
        assert not utils.check_install("no-such-program")
    assert utils.get_uri("docker://ubuntu") == "docker"


def test_an_old_program_is_told_in_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from sregistry.database import Container"], capture_output=True, text=True, timeout=60
    )
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("sregistry.removed.RemovedModuleError: sregistry.database was removed with sregistry 1: ")
    assert sregistry.__version__ == version.__version__

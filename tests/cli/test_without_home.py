"""Every command for users without a home folder, or with one that they cannot use."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import images, tars
from tests.support.registry import DockerRegistry
from tests.support.strangers import STRANGER, run_as_stranger

pytestmark = pytest.mark.root

IMAGE = images.image([tars.archive(tars.file("a", b"a" * 300_000))])


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of the stranger's, below folders that everybody may enter."""
    made = Path(tempfile.mkdtemp(prefix="stranger-", dir="/tmp"))
    for name in ("work", "tmp", "read-only", "closed"):
        (made / name).mkdir()
    made.chmod(0o755)
    for name in ("work", "tmp"):
        shutil.chown(made / name, STRANGER, STRANGER)
    (made / "read-only").chmod(0o555)
    yield made
    shutil.rmtree(made)


def environ(folder: Path, home: str | None) -> dict[str, str]:
    """Variables with this HOME, in which FOLDER is the folder of the test."""
    named = {} if home is None else {"HOME": home.replace("FOLDER", str(folder))}
    return {**named, "TMPDIR": str(folder / "tmp")}


@pytest.mark.parametrize("home", [None, "/", "~/x", "FOLDER/read-only"])
def test_an_image_can_be_pulled_listed_and_found_again(
    home: str | None, folder: Path, docker_registry: DockerRegistry
) -> None:
    docker_registry.push("team/tool", "1", IMAGE)
    reference = f"docker://{docker_registry.address}/team/tool:1"
    variables = environ(folder, home)
    pulled = run_as_stranger("pull", "--quiet", reference, environ=variables, folder=folder / "work")
    assert pulled.returncode == 0, pulled.stderr
    # Where it is kept is said in one line, with what names another place.
    assert pulled.stderr.count("\n") == 1
    assert "SREGISTRY_DATABASE" in pulled.stderr
    found = run_as_stranger("get", "tool:1", environ=variables, folder=folder / "work")
    assert found.stdout == pulled.stdout
    assert Path(found.stdout.strip()).is_relative_to(folder / "tmp")


def test_a_file_is_pulled_where_home_is_read_only(folder: Path, docker_registry: DockerRegistry) -> None:
    docker_registry.push("team/tool", "1", IMAGE)
    reference = f"docker://{docker_registry.address}/team/tool:1"
    variables = environ(folder, "FOLDER/read-only")
    done = run_as_stranger("pull", "--output", "out.sif", reference, environ=variables, folder=folder / "work")
    assert done.returncode == 0, done.stderr
    assert (folder / "work/out.sif").stat().st_uid == STRANGER
    assert "SREGISTRY_CACHE_DIR" in done.stderr
    assert "images go to" not in done.stderr


@pytest.mark.parametrize(
    "command",
    ["version", "config", "images", "labels", "check", "cache list", "backend ls", "explain bug", "completion bash"],
)
def test_no_command_needs_a_home(command: str, folder: Path) -> None:
    done = run_as_stranger(*command.split(), environ=environ(folder, None), folder=folder / "work")
    assert done.returncode == 0, done.stderr


def test_images_in_a_home_that_became_read_only_are_found(folder: Path, docker_registry: DockerRegistry) -> None:
    docker_registry.push("team/tool", "1", IMAGE)
    reference = f"docker://{docker_registry.address}/team/tool:1"
    variables = {"HOME": str(folder / "work"), "TMPDIR": str(folder / "tmp")}
    first = run_as_stranger("pull", reference, environ=variables, folder=folder / "work")
    assert first.returncode == 0, first.stderr
    for path in (folder / "work", *(folder / "work").rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    for command in (["get", "tool:1"], ["pull", "--quiet", reference]):
        again = run_as_stranger(*command, environ=variables, folder=folder / "work")
        assert again.stdout == first.stdout, again.stderr


def test_a_login_that_cannot_be_kept_names_what_can_be_set(folder: Path, docker_registry: DockerRegistry) -> None:
    given = ["login", "--username", "ada", "--password-stdin", docker_registry.address]
    variables = environ(folder, "FOLDER/read-only")
    refused = run_as_stranger(*given, environ=variables, folder=folder / "work", stdin=b"secret\n")
    assert refused.returncode == 10
    assert "export DOCKER_CONFIG=<folder>" in refused.stderr
    kept = {**variables, "DOCKER_CONFIG": str(folder / "work/docker")}
    assert run_as_stranger(*given, environ=kept, folder=folder / "work", stdin=b"secret\n").returncode == 0

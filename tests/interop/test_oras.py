"""SIF files in registries, there and back: by this program, real Apptainer and real oras."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sregistry.oci import sif_artifact
from sregistry.references import parse_registry
from sregistry.testing.images import make_sif
from tests.operations.test_push import for_arm
from tests.registry.sessions import session
from tests.support import tools
from tests.support.apptainer import Apptainer
from tests.support.pulling import User
from tests.support.registry import DockerRegistry


@contextlib.contextmanager
def crane_registry(folder: Path) -> Iterator[str]:
    """`crane registry serve`, which looks at ranges and tells nothing of uploads; gives host:port."""
    crane, log = tools.require("crane", newest=True), folder / "crane.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*crane.argv, "registry", "serve", "--address", "127.0.0.1:0"],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env={**os.environ, **crane.environment},
        )
    try:
        deadline = time.monotonic() + 20
        while not (found := re.search(r"serving on port (\d+)", log.read_text())) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert found, log.read_text()
        yield f"127.0.0.1:{found[1]}"
    finally:
        process.kill()
        process.wait()


@pytest.fixture(params=["docker-registry", "crane"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "docker-registry":
        registry: DockerRegistry = request.getfixturevalue("docker_registry")
        yield registry.address
        return
    with crane_registry(tmp_path) as served:
        yield served


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User(tmp_path / "home", {"SREGISTRY_UPLOAD_CHUNK": "256KiB"})


@pytest.fixture
def sif(tmp_path: Path) -> Path:
    return make_sif(tmp_path / "tool.sif", "there and back", 1 << 20)


def pushed(user: User, sif: Path, reference: str) -> str:
    done = user.sregistry("push", "--quiet", sif, reference)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def test_there_and_back_by_this_program(user: User, sif: Path, address: str, tmp_path: Path) -> None:
    digest = pushed(user, sif, f"oras://{address}/team/tool:1")
    assert user.pull(f"oras://{address}/team/tool@{digest}", tmp_path / "a.sif").read_bytes() == sif.read_bytes()
    assert pushed(user, sif, f"oras://{address}/other/tool:1") == digest


def test_apptainer_takes_what_was_pushed(
    user: User, sif: Path, address: str, apptainer: Apptainer, tmp_path: Path
) -> None:
    pushed(user, sif, f"oras://{address}/team/tool:1")
    apptainer.command("pull", "--no-https", tmp_path / "a.sif", f"oras://{address}/team/tool:1", check=True)
    assert (tmp_path / "a.sif").read_bytes() == sif.read_bytes()


def test_what_apptainer_has_pushed_is_taken(
    user: User, sif: Path, address: str, apptainer: Apptainer, tmp_path: Path
) -> None:
    apptainer.command("push", "--no-https", sif, f"oras://{address}/team/tool:1", check=True)
    assert user.pull(f"oras://{address}/team/tool:1", tmp_path / "a.sif").read_bytes() == sif.read_bytes()
    with session() as one:
        theirs = one.get_manifest(parse_registry(f"oras://{address}/team/tool:1"))
    file, _ = sif_artifact.find(theirs, "1")
    ours = sif_artifact.make(file.digest, file.size, sif.name, {}).document
    ours["config"].pop("data")  # Apptainer 1.5 writes it, 1.4 does not
    assert json.dumps(ours) == json.dumps({name: theirs.document[name] for name in ours if name in theirs.document})


def test_apptainer_takes_what_is_for_its_machine_from_an_index(
    user: User, sif: Path, address: str, apptainer: Apptainer, tmp_path: Path
) -> None:
    arm, reference = for_arm(sif, tmp_path / "arm.sif"), f"oras://{address}/team/tool:1"
    for one in (arm, sif):
        pushed(user, one, reference)
    apptainer.command("pull", "--no-https", tmp_path / "a.sif", reference, check=True)
    assert (tmp_path / "a.sif").read_bytes() == sif.read_bytes()
    assert user.pull(reference, tmp_path / "b.sif", "--platform", "linux/arm64").read_bytes() == arm.read_bytes()


def test_oras_takes_what_was_pushed_and_the_other_way_round(
    user: User, sif: Path, address: str, tmp_path: Path
) -> None:
    oras = tools.require("oras", newest=True)
    pushed(user, sif, f"oras://{address}/team/tool:1")
    (tmp_path / "out").mkdir()
    oras.run("pull", "--plain-http", "--output", tmp_path / "out", f"{address}/team/tool:1")
    assert digest(tmp_path / "out/tool.sif") == digest(sif)
    named = f"{sif.name}:{sif_artifact.LAYER}"
    (tmp_path / "config.json").write_text("{}")
    config = f"config.json:{sif_artifact.CONFIG}"
    run_in(tmp_path, oras, "push", "--plain-http", "--config", config, f"{address}/team/by-oras:1", named)
    assert digest(user.pull(f"oras://{address}/team/by-oras:1", tmp_path / "a.sif")) == digest(sif)
    run_in(tmp_path, oras, "push", "--plain-http", f"{address}/team/plain:1", sif.name)
    assert digest(user.pull(f"oras://{address}/team/plain:1", tmp_path / "b.sif")) == digest(sif)


def run_in(folder: Path, tool: tools.Tool, *arguments: str) -> None:
    """Run a program that names files as they are called in `folder`."""
    environment = {**os.environ, **tool.environment}
    done = subprocess.run([*tool.argv, *arguments], cwd=folder, env=environment, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode(errors="replace")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

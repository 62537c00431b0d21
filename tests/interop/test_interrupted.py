"""A pull that is killed leaves no half file, and the next pull goes on from the layers that were finished."""

from __future__ import annotations

import hashlib
import random
import re
import signal
import time
from pathlib import Path

import pytest

from tests.support import images, tars
from tests.support.pulling import User
from tests.support.registry import DockerRegistry
from tests.support.tools import Tool

MOMENTS = 50
LAYERS = 8


def noise(seed: int, size: int) -> bytes:
    return hashlib.shake_128(b"%d" % seed).digest(size)


@pytest.fixture(scope="module")
def image() -> images.Image:
    """Layers of growing size, so that they do not finish together."""
    contents = [tars.archive(tars.file(f"file-{n}", noise(n, n * 400_000))) for n in range(1, LAYERS + 1)]
    return images.image(contents)


@pytest.fixture
def registry(registry_program: Tool, tmp_path: Path, image: images.Image) -> DockerRegistry:
    registry = DockerRegistry(registry_program, tmp_path / "registry")
    with registry.running():
        registry.push("team/tool", "1", image)
        yield registry


def reference(registry: DockerRegistry) -> str:
    return f"docker://{registry.address}/team/tool:1"


def files_below(folder: Path) -> set[str]:
    """The files of a folder, without those of locks, which are empty and stay."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"}


def downloads(log: str) -> list[str]:
    """The digests of the blobs that were asked for, in the log of a registry."""
    return re.findall(r'http\.request\.method=GET .*?http\.request\.uri="?/v2/[^ "]*/blobs/(sha256:[0-9a-f]+)', log)


@pytest.mark.timeout(900)
def test_killed_at_any_moment(registry: DockerRegistry, image: images.Image, tmp_path: Path) -> None:
    whole = User(tmp_path / "whole")
    start = time.monotonic()
    expected = whole.pull(reference(registry), whole.home / "image.sif").read_bytes()
    length = time.monotonic() - start
    moments = random.Random(7)
    for number in range(MOMENTS):
        user = User(tmp_path / f"user-{number}")
        sif = user.home / "image.sif"
        process = user.start("pull", "--output", sif, reference(registry))
        time.sleep(moments.uniform(0.1, 1) * length)
        process.kill()
        process.communicate()
        assert not sif.exists() or sif.read_bytes() == expected
        finished = {path.stem for path in user.cache.rglob("*.pack")}
        seen = len(registry.log)
        if not sif.exists():
            user.pull(reference(registry), sif)
        assert sif.read_bytes() == expected
        again = {digest.removeprefix("sha256:") for digest in downloads(registry.log[seen:])}
        assert not again & finished, "a finished layer was downloaded again"
        assert files_below(user.cache) == files_below(whole.cache)
        assert files_below(user.temporary) == set()
        assert {path.name for path in user.home.glob("*.*")} - {".cache", "image.sif"} == set()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_it_says_so_and_cleans_up(
    number: signal.Signals, status: int, registry: DockerRegistry, tmp_path: Path
) -> None:
    user = User(tmp_path / "user")
    process = user.start("pull", "--output", user.home / "image.sif", reference(registry))
    while process.poll() is None and not list(user.cache.rglob("*.pack")):
        time.sleep(0.01)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == status, said.decode()
    assert b"Traceback" not in said
    assert not (user.home / "image.sif").exists()
    assert {Path(name).suffix for name in files_below(user.cache)} <= {".pack", ""}
    assert files_below(user.temporary) == set()


def test_pulls_at_once_do_the_work_once(registry: DockerRegistry, image: images.Image, tmp_path: Path) -> None:
    user = User(tmp_path / "user")
    files = [user.home / f"{number}.sif" for number in range(4)]
    processes = [user.start("pull", "--output", file, reference(registry)) for file in files]
    for process in processes:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said.decode()
    assert len({file.read_bytes() for file in files}) == 1
    fetched = downloads(registry.log)
    assert {fetched.count(layer.blob.digest) for layer in image.layers} == {1}

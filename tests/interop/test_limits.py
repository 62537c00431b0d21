"""Under every limit of the machine a pull gives the right bytes, or names the limit: nothing else.

`make test-limits` goes through many more values, and through control groups where they can be made.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import images, limited, tars, tools
from tests.support.registry import DockerRegistry

LONG = os.environ.get("SREGISTRY_TEST_LIMITS") == "long"
MACHINE = 13
MB = 1_000_000
MEMORY = range(150, 1200, 50) if LONG else (150, 400)
FILES = (12, 14, 16, 18, 20, 24, 28, 32, 48, 64, 96, 128, 192, 256) if LONG else (12, 20, 40)
TASKS = range(1, 21) if LONG else (1, 4)
GROUP_MEMORY = (32, 40, 48, 64, 96, 128, 256)
NAMES = ("five", "zstd")


@dataclass(frozen=True)
class Served:
    """A registry with images, and the digest of the file that each becomes."""

    address: str
    files: dict[str, str]


def tree(number: int) -> bytes:
    """A layer of a few files, some of many blocks."""
    noise = random.Random(number)
    return tars.archive(
        tars.directory(f"d{number}"),
        *(tars.file(f"d{number}/f{name}", noise.randbytes(90_000) + b"x" * 210_000) for name in range(4)),
    )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, registry_program: tools.Tool) -> Iterator[Served]:
    """Images of five layers, in gzip and in zstd, pulled once without any limit."""
    folder = tmp_path_factory.mktemp("limits")
    with DockerRegistry(registry_program, folder / "registry").running() as registry:
        layers = [tree(number) for number in range(5)]
        registry.push("team/five", "1", images.image(layers))
        registry.push("team/zstd", "1", images.image([images.layer(layer, "zstd") for layer in layers]))
        files = {}
        for name in NAMES:
            done = limited.run(folder / name, [], pull(registry.address, name, folder / f"{name}.sif"))
            assert done.status == 0, done.said
            files[name] = digest(folder / f"{name}.sif")
        yield Served(registry.address, files)


def pull(address: str, name: str, file: Path) -> list[str | Path]:
    return ["pull", "--quiet", "--output", file, f"docker://{address}/team/{name}:1"]


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def assert_right_or_named(served: Served, name: str, before: Sequence[str], folder: Path) -> int:
    """Pull under a limit; the exit code."""
    done = limited.run(folder / "home", before, pull(served.address, name, folder / "image.sif"))
    if done.status == 0:
        assert digest(folder / "image.sif") == served.files[name]
    else:
        assert done.status == MACHINE, f"{' '.join(before)} ended with {done.status}: {done.said}"
        assert re.search(r"RLIMIT_|ulimit -|cgroup", done.said), done.said
        assert not (folder / "image.sif").exists()
    return done.status


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", MEMORY)
def test_address_space(size: int, name: str, served: Served, tmp_path: Path) -> None:
    assert assert_right_or_named(served, name, limited.limit("as", size * MB), tmp_path) == 0


@pytest.mark.parametrize("size", range(15, 150, 5) if LONG else (30, 60, 80))
def test_less_address_space_than_it_takes(size: int, served: Served, tmp_path: Path) -> None:
    assert_right_or_named(served, "five", limited.limit("as", size * MB), tmp_path)


@pytest.mark.parametrize("count", FILES)
def test_open_files(count: int, served: Served, tmp_path: Path) -> None:
    status = assert_right_or_named(served, "five", limited.limit("nofile", count), tmp_path)
    assert status == (0 if count >= 40 else status)


@pytest.mark.root
@pytest.mark.parametrize("count", TASKS)
def test_threads_of_a_user(count: int, served: Served, tmp_path: Path) -> None:
    assert assert_right_or_named(served, "zstd", limited.of_a_user(count), tmp_path) == 0


if LONG:

    @pytest.mark.parametrize("count", range(1, 21))
    def test_threads_of_a_control_group(count: int, served: Served, tmp_path: Path) -> None:
        if not limited.has_groups("pids"):
            pytest.skip("wanted: control groups of version 1 that can be made")
        with limited.control_group("pids", "pids.max", count) as before:
            assert assert_right_or_named(served, "five", before, tmp_path) == 0

    @pytest.mark.parametrize("size", GROUP_MEMORY)
    def test_memory_of_a_control_group(size: int, served: Served, tmp_path: Path) -> None:
        if not limited.has_groups("memory"):
            pytest.skip("wanted: control groups of version 1 that can be made")
        with limited.control_group("memory", "memory.limit_in_bytes", size << 20) as before:
            assert_right_or_named(served, "five", before, tmp_path)


def test_the_soft_limit_of_open_files_is_raised(served: Served, tmp_path: Path) -> None:
    before = ["prlimit", "--nofile=16:1024"]
    assert assert_right_or_named(served, "five", before, tmp_path) == 0


def test_the_command_that_is_proposed_helps(served: Served, tmp_path: Path) -> None:
    before = ["bash", "-c", 'ulimit -S -v 60000; exec "$@"', "bash"]
    done = limited.run(tmp_path / "home", before, pull(served.address, "five", tmp_path / "image.sif"))
    assert done.status == MACHINE, done.said
    proposed = re.search(r"ulimit -S -v \w+", done.said)
    assert proposed, done.said
    after = ["bash", "-c", f'ulimit -S -v 60000; {proposed[0]}; exec "$@"', "bash"]
    assert assert_right_or_named(served, "five", after, tmp_path) == 0


def test_a_library_that_was_not_told_of_a_limit_survives_it(served: Served, tmp_path: Path) -> None:
    """Threads of a program have large stacks, and nobody has asked the C library to be frugal."""
    script = (
        "import resource, sys, pathlib; from sregistry import Client, ResourceError\n"
        "resource.setrlimit(resource.RLIMIT_AS, (300_000_000, 300_000_000))\n"
        "try: Client.from_environment().pull(sys.argv[1], sys.argv[2])\n"
        "except ResourceError as error: print(error.code)\n"
    )
    arguments = [sys.executable, "-c", script, f"docker://{served.address}/team/five:1", str(tmp_path / "image.sif")]
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(arguments, capture_output=True, text=True, env=environ, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "machine-memory" or digest(tmp_path / "image.sif") == served.files["five"]

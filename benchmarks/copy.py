"""Measure copies of an index of two platforms between two registries: ours, skopeo and crane, in turns.

    python -m benchmarks.copy [--rounds 3] [--size 600] [--folder DIR] [--page docs/benchmarks.md]

Each copy goes into a registry of its own that is empty (cold), and then once more (all there). Every blob is random
bytes, which a copy does not look into. Both registries run on this machine. Nothing else should be running.
"""

from __future__ import annotations

import argparse
import compileall
import random
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sregistry
from benchmarks.contenders import installed
from benchmarks.measure import Measure, measure
from benchmarks.turns import write_table
from tests.support.images import OCI_LAYERS, Blob, Image, Layer, image
from tests.support.registry import DockerRegistry

#: How the bytes of an image are spread over its layers, as in published scientific images.
_PARTS = (0.55, 0.2, 0.1, 0.08, 0.04, 0.02, 0.008, 0.002)
_SOURCE = "bench/image:1"
Command = Callable[[str, str], list[str]]


def ours(source: str, target: str) -> list[str]:
    """`sregistry copy`."""
    return [
        sys.executable,
        "-m",
        "sregistry",
        "copy",
        "--quiet",
        "--plain-http",
        f"docker://{source}",
        f"docker://{target}",
    ]


def skopeo(source: str, target: str) -> list[str]:
    """`skopeo copy` of all that is in the index."""
    plain = ("--src-tls-verify=false", "--dest-tls-verify=false")
    options = ("--insecure-policy", "copy", "--quiet", "--all", "--preserve-digests", *plain)
    return [*installed("skopeo").argv, *options, f"docker://{source}", f"docker://{target}"]


def crane(source: str, target: str) -> list[str]:
    """`crane copy`."""
    return [*installed("crane").argv, "copy", "--insecure", source, target]


COMMANDS: dict[str, Command] = {
    "sregistry copy": ours,
    "skopeo copy --all --preserve-digests": skopeo,
    "crane copy": crane,
}


@dataclass(frozen=True)
class Results:
    """Measures by state of the target and command."""

    runs: dict[str, dict[str, list[Measure]]]

    def median(self, state: str, name: str) -> Measure:
        """The median of every column."""
        runs = self.runs[state][name]
        wall, cpu = (statistics.median(getattr(run, column) for run in runs) for column in ("wall", "cpu"))
        return Measure(wall, cpu, int(statistics.median(run.resident for run in runs)), 0, 0)

    def table(self) -> str:
        """The medians as Markdown; ratios are of wall time to that of ours."""
        lines = ["", "| | | wall | CPU | peak memory | × ours |", "|---|---|---:|---:|---:|---:|"]
        for state in self.runs:
            mine = self.median(state, next(iter(COMMANDS)))
            for name in self.runs[state]:
                one = self.median(state, name)
                lines.append(
                    f"| {state} | `{name}` | {one.wall:.2f} s | {one.cpu:.2f} s | {one.resident / 1e6:,.0f} MB |"
                    f" {one.wall / mine.wall:.2f} |"
                )
        return "\n".join([*lines, ""])


def main() -> None:
    """Read the command line, measure, show or write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--size", type=int, default=600, help="MB of each of the two images")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--page", type=Path, help="file in which to replace the table")
    arguments = parser.parse_args()
    compileall.compile_dir(sregistry.__path__[0], quiet=1)
    work = Path(tempfile.mkdtemp(prefix="benchmark-", dir=arguments.folder)).resolve()
    try:
        results = measure_all(work, arguments.size * 1_000_000, arguments.rounds)
    finally:
        shutil.rmtree(work)
    print(results.table())
    if arguments.page:
        write_table(arguments.page, "copy", results.table())


def measure_all(work: Path, size: int, rounds: int) -> Results:
    """Run every command once in each round, each time another one first."""
    runs: dict[str, dict[str, list[Measure]]] = {
        state: {name: [] for name in COMMANDS} for state in ("cold", "all there")
    }
    with serving(work / "source") as source:
        push(source, size)
        for number in range(rounds):
            names = list(COMMANDS)
            for name in names[number % len(names) :] + names[: number % len(names)]:
                with serving(work / "target") as target:
                    command = COMMANDS[name](f"{source.address}/{_SOURCE}", f"{target.address}/{_SOURCE}")
                    for state in runs:
                        found = run(command, work)
                        runs[state][name].append(found)
                        print(
                            f"round {number + 1}  {state:9}  {name:40} {found.wall:7.2f} s {found.cpu:7.2f} s",
                            flush=True,
                        )
    return Results(runs)


@contextmanager
def serving(folder: Path) -> Iterator[DockerRegistry]:
    """An empty registry."""
    try:
        with DockerRegistry(installed("docker-registry"), folder).running() as running:
            yield running
    finally:
        shutil.rmtree(folder)


def run(command: list[str], work: Path) -> Measure:
    """Measure a command that has an empty home."""
    home = work / "home"
    home.mkdir()
    try:
        return measure(command, {"HOME": str(home), "TMPDIR": str(home)}, home / "log")
    finally:
        shutil.rmtree(home)


def push(registry: DockerRegistry, size: int) -> None:
    """Put an index of two images into a registry; they share no layer."""
    made = [one_image(size, platform) for platform in ("linux/amd64", "linux/arm64")]
    repository, _, tag = _SOURCE.partition(":")
    registry.pusher(repository).push_index(repository, tag, made)


def one_image(size: int, platform: str) -> Image:
    """An image of random bytes."""
    seeded = random.Random(platform)
    layers = [Blob(OCI_LAYERS["gzip"], seeded.randbytes(int(size * part))) for part in _PARTS]
    return image([Layer(blob, blob.digest) for blob in layers], platform=platform)


if __name__ == "__main__":
    main()

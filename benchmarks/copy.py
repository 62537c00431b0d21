"""Measure copies of an index of two platforms between two registries: ours, skopeo and crane, in turns.

    python -m benchmarks.copy [--rounds 3] [--size 600] [--folder DIR] [--page docs/benchmarks.md]

Each copy goes into a registry of its own that is empty (cold), and then once more (all there); then twenty small
images. Every blob is random bytes, which a copy does not look into. Both registries run on this machine. Nothing else
should be running.
"""

from __future__ import annotations

import argparse
import compileall
import random
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sregistry
from benchmarks.contenders import installed
from benchmarks.measure import Measure, measure
from benchmarks.turns import write_table
from tests.support.images import OCI_LAYERS, Blob, Image, Layer, Pusher, image
from tests.support.registry import DockerRegistry

#: How the bytes of an image are spread over its layers, as in published scientific images.
_PARTS = (0.55, 0.2, 0.1, 0.08, 0.04, 0.02, 0.008, 0.002)
_LARGE = "bench/image:1"
#: Small images on one base.
_MANY = tuple(f"bench/many:{number}" for number in range(20))
#: (the sources, the targets, a folder for a list) -> the command that copies each to its target.
Command = Callable[[Sequence[str], Sequence[str], Path], list[str]]


def ours(sources: Sequence[str], targets: Sequence[str], folder: Path) -> list[str]:
    """`sregistry copy`."""
    command = [sys.executable, "-m", "sregistry", "copy", "--quiet", "--plain-http"]
    if len(sources) == 1:
        return [*command, f"docker://{sources[0]}", f"docker://{targets[0]}"]
    listed = folder / "list"
    listed.write_text("".join(f"{source} {target}\n" for source, target in zip(sources, targets, strict=True)))
    return [*command, "--from-file", str(listed)]


def skopeo(sources: Sequence[str], targets: Sequence[str], _: Path) -> list[str]:
    """`skopeo copy` of all that is in the index."""
    plain = ("--src-tls-verify=false", "--dest-tls-verify=false")
    options = ("--insecure-policy", "copy", "--quiet", "--all", "--preserve-digests", *plain)
    command = [*installed("skopeo").argv, *options]
    return each(command, [f"docker://{one}" for one in sources], [f"docker://{one}" for one in targets])


def crane(sources: Sequence[str], targets: Sequence[str], _: Path) -> list[str]:
    """`crane copy`."""
    return each([*installed("crane").argv, "copy", "--insecure"], sources, targets)


def each(command: Sequence[str], sources: Sequence[str], targets: Sequence[str]) -> list[str]:
    """A shell that runs `command` for each source and its target."""
    lines = [shlex.join([*command, *ends]) for ends in zip(sources, targets, strict=True)]
    return ["sh", "-c", " && ".join(lines)]


COMMANDS: dict[str, Command] = {
    "sregistry copy": ours,
    "skopeo copy --all --preserve-digests": skopeo,
    "crane copy": crane,
}
#: What is measured -> the images that are copied.
STATES: dict[str, Sequence[str]] = {
    "cold": (_LARGE,),
    "all there": (_LARGE,),
    f"{len(_MANY)} images, cold": _MANY,
    f"{len(_MANY)} images, all there": _MANY,
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
    parser.add_argument("--fill", metavar="ADDRESS", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.fill:
        fill(arguments.fill, arguments.size * 1_000_000)
        return
    compileall.compile_dir(sregistry.__path__[0], quiet=1)
    work = Path(tempfile.mkdtemp(prefix="benchmark-", dir=arguments.folder)).resolve()
    try:
        results = measure_all(work, arguments.size, arguments.rounds)
    finally:
        shutil.rmtree(work)
    print(results.table())
    if arguments.page:
        write_table(arguments.page, "copy", results.table())


def measure_all(work: Path, size: int, rounds: int) -> Results:
    """Run every command once in each round, each time another one first."""
    runs: dict[str, dict[str, list[Measure]]] = {state: {name: [] for name in COMMANDS} for state in STATES}
    with serving(work / "source") as source:
        # In a process of its own: what a process has held counts as the peak of those that it starts.
        subprocess.run(
            [sys.executable, "-m", "benchmarks.copy", "--fill", source.address, "--size", str(size)], check=True
        )
        for number in range(rounds):
            names = list(COMMANDS)
            for name in names[number % len(names) :] + names[: number % len(names)]:
                with serving(work / "target") as target:
                    for state, images in STATES.items():
                        here, there = ([f"{place.address}/{one}" for one in images] for place in (source, target))
                        found = run(COMMANDS[name](here, there, work), work)
                        runs[state][name].append(found)
                        print(
                            f"round {number + 1}  {state:20} {name:36} {found.wall:6.2f} s {found.cpu:6.2f} s",
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


def fill(address: str, size: int) -> None:
    """Put into a registry an index of two images that share no layer, and many small images on one base."""
    pusher = Pusher(f"http://{address}")
    repository, _, tag = _LARGE.partition(":")
    pusher.push_index(repository, tag, [one_image(size, platform) for platform in ("linux/amd64", "linux/arm64")])
    base = random_layer(3_000_000, "base")
    for name in _MANY:
        repository, _, tag = name.partition(":")
        pusher.push(repository, tag, image([base, random_layer(200_000, name)]))


def one_image(size: int, platform: str) -> Image:
    """An image of random bytes."""
    layers = [random_layer(int(size * part), f"{platform} {part}") for part in _PARTS]
    return image(layers, platform=platform)


def random_layer(size: int, seed: str) -> Layer:
    """Bytes that are no archive, which nobody looks into."""
    blob = Blob(OCI_LAYERS["gzip"], random.Random(seed).randbytes(size))
    return Layer(blob, blob.digest)


if __name__ == "__main__":
    main()

"""The programs that turn an image in a registry into one file, each as a command that starts with nothing cached."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Measure, measure
from tests.support.apptainer import Apptainer
from tests.support.tools import Tool, find

REPOSITORY = "bench/image"


@dataclass(frozen=True)
class Place:
    """Where one run happens: an empty folder, the registry, and the namespace of Apptainer."""

    folder: Path
    registry: str
    apptainer: Apptainer

    @property
    def result(self) -> Path:
        return self.folder / "image.sif"

    def reference(self, tag: str) -> str:
        return f"{self.registry}/{REPOSITORY}:{tag}"


@dataclass(frozen=True)
class Contender:
    """A way to make the file; `name` is how the table calls it."""

    name: str
    run: Callable[[Place], Measure]


def ours(compression: str) -> Callable[[Place], Measure]:
    """`sregistry pull` with an empty cache."""
    return lambda place: pull(place, "first", compression)


def ours_again(place: Place) -> Measure:
    """`sregistry pull` of the second version, after a pull of the first."""
    pull(place, "first", "gzip")
    place.result.unlink()
    return pull(place, "second", "gzip")


def pull(place: Place, tag: str, compression: str) -> Measure:
    """One run of our own command."""
    options = ["--quiet", "--plain-http", "--compression", compression, "--output", str(place.result)]
    command = [sys.executable, "-m", "sregistry", "pull", *options, f"docker://{place.reference(tag)}"]
    return measure(command, {"HOME": str(place.folder), "TMPDIR": str(place.folder)}, place.result)


def apptainer(verb: str, *options: str) -> Callable[[Place], Measure]:
    """`apptainer pull` or `apptainer build` with an empty cache."""

    def run(place: Place) -> Measure:
        command = [verb, "--no-https", *options, str(place.result), f"docker://{place.reference('first')}"]
        folders = {"APPTAINER_CACHEDIR": str(place.folder / "cache"), "APPTAINER_TMPDIR": str(place.folder)}
        argv, environment = place.apptainer.launch(*command, env=folders)
        return measure(argv, environment, place.result)

    return run


def crane_tar2sqfs(place: Place) -> Measure:
    """The image flattened by crane and made a squashfs (not a SIF) by tar2sqfs, without a file in between."""
    export = [*installed("crane").argv, "export", "--insecure", place.reference("first"), "-"]
    write = [*installed("tar2sqfs").argv, "--quiet", "-c", "zstd", "-X", "level=3", str(place.result)]
    pipeline = f"set -o pipefail; {shlex.join(export)} | {shlex.join(write)}"
    return measure(["bash", "-c", pipeline], {}, place.result)


def installed(name: str) -> Tool:
    """A program of the sid tree, where it is current."""
    tool = find(name, newest=True)
    if tool is None:
        raise SystemExit(f"{name} is not installed; `make setup` as root gets it")
    return tool


OURS = "sregistry pull"
APPTAINER = "apptainer pull"
CRANE = "crane export | tar2sqfs -c zstd -X level=3"
ZSTD_OPTIONS = ("--mksquashfs-args", "-comp zstd -Xcompression-level 3")

CONTENDERS: Sequence[Contender] = (
    Contender(OURS, ours("gzip")),
    Contender(f"{OURS} --compression zstd:3", ours("zstd:3")),
    Contender(f"{OURS} --compression none", ours("none")),
    Contender(f"{OURS}, second version", ours_again),
    Contender(APPTAINER, apptainer("pull")),
    Contender("apptainer build, zstd level 3", apptainer("build", *ZSTD_OPTIONS)),
    Contender(CRANE, crane_tar2sqfs),
)

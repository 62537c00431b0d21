"""Measure all contenders on the benchmark image, in turns, and write the table of medians.

    python -m benchmarks.run LAYOUT [--rounds 3] [--folder DIR] [--only WORD] [--page docs/benchmarks.md]

LAYOUT is what `python -m benchmarks.make_image` made. Each run gets an empty folder below DIR (on the disk to be
measured) and nothing cached. Needs root, for Apptainer. Nothing else should be running.
"""

from __future__ import annotations

import argparse
import compileall
import re
import shutil
import statistics
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from pathlib import Path

import sregistry
from benchmarks.contenders import APPTAINER, CONTENDERS, CRANE, REPOSITORY, Contender, Place, installed
from benchmarks.measure import Measure
from tests.support.apptainer import Apptainer
from tests.support.registry import DockerRegistry

Results = dict[str, list[Measure]]

HEADER = (
    "| | wall | CPU | peak memory | written | file | × `apptainer pull` | × `crane \\| tar2sqfs` |\n"
    "|---|---:|---:|---:|---:|---:|---:|---:|\n"
)
MARKED = re.compile(r"(<!-- table -->\n).*?(<!-- end of table -->)", re.DOTALL)


def main() -> None:
    """Read the command line, measure, show or write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("layout", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--only", metavar="WORD", help="contenders with this word in their name")
    parser.add_argument("--page", type=Path, help="file in which to replace the table")
    arguments = parser.parse_args()
    chosen = [contender for contender in CONTENDERS if not arguments.only or arguments.only in contender.name]
    text = table(measure_all(arguments.layout, chosen, arguments.rounds, arguments.folder))
    print(text)
    if arguments.page:
        page = arguments.page.read_text()
        arguments.page.write_text(MARKED.sub(lambda found: f"{found[1]}\n{text}\n{found[2]}", page))


def measure_all(layout: Path, contenders: Sequence[Contender], rounds: int, folder: Path) -> Results:
    """Run every contender once in each round.

    The package runs from its sources here, so they are compiled beforehand, as `pip install` does.
    """
    compileall.compile_dir(sregistry.__path__[0], quiet=1)
    results: Results = {contender.name: [] for contender in contenders}
    work = Path(tempfile.mkdtemp(prefix="benchmark-", dir=folder)).resolve()
    registry = DockerRegistry(installed("docker-registry"), work / "registry")
    try:
        with registry.running(), Apptainer(shared=(work,)) as apptainer:
            for tag in ("first", "second"):
                push(layout, tag, f"{registry.address}/{REPOSITORY}:{tag}")
            for number in range(rounds):
                for contender in contenders:
                    measured = run_once(contender, work / "run", registry.address, apptainer)
                    results[contender.name].append(measured)
                    print(f"round {number + 1}  {contender.name:45} {measured.wall:8.2f} s", flush=True)
    finally:
        shutil.rmtree(work)
    return results


def push(layout: Path, tag: str, target: str) -> None:
    """Copy one tag of the layout to the registry."""
    options = ("--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false")
    installed("skopeo").run(*options, f"oci:{layout}:{tag}", f"docker://{target}", timeout=600)


def run_once(contender: Contender, folder: Path, registry: str, apptainer: Apptainer) -> Measure:
    """One run in a fresh folder, which is removed."""
    folder.mkdir()
    try:
        return contender.run(Place(folder, registry, apptainer))
    finally:
        shutil.rmtree(folder)


def table(results: Results) -> str:
    """The medians as Markdown."""
    medians = {name: median(runs) for name, runs in results.items()}
    return HEADER + "\n".join(row(name, measured, medians) for name, measured in medians.items()) + "\n"


def median(runs: Iterable[Measure]) -> Measure:
    """The median of every column."""
    wall, cpu, *integers = (statistics.median(column) for column in zip(*map(astuple, runs), strict=True))
    return Measure(wall, cpu, *map(int, integers))


def row(name: str, measured: Measure, medians: dict[str, Measure]) -> str:
    """One line of the table."""
    label = name.replace("|", "\\|")
    sizes = " | ".join(f"{count / 1e6:,.0f} MB" for count in (measured.resident, measured.written, measured.size))
    ratios = " | ".join(faster(measured, medians.get(other)) for other in (APPTAINER, CRANE))
    return f"| `{label}` | {measured.wall:.1f} s | {measured.cpu:.1f} s | {sizes} | {ratios} |"


def faster(measured: Measure, other: Measure | None) -> str:
    """How many times as fast as another."""
    return f"{other.wall / measured.wall:.1f}" if other else ""


if __name__ == "__main__":
    main()

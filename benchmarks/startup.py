"""Measure how long short commands take, beside those of sregistry 0.2.39.

    python -m benchmarks.startup [--rounds 30] [--page docs/benchmarks.md]

Both are installed by a current pip into fresh virtual environments, and have one image each. Nothing else should be
running.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.turns import Command, medians, write_table
from tests.sif.files import sif_bytes

REPOSITORY = Path(__file__).resolve().parent.parent
OLD = ("sregistry==0.2.39", "sqlalchemy<1.4", "setuptools<80")
NAME = "team/tool:1"
COMMANDS = (["--help"], ["get", NAME], ["images"])
HEADER = "| | this version | 0.2.39 | ratio |\n|---|---:|---:|---:|\n"


@dataclass(frozen=True)
class Installed:
    """A version in a virtual environment of its own, used by somebody with a home folder of their own."""

    environment: Path
    home: Path

    @classmethod
    def make(cls, folder: Path, packages: Sequence[str]) -> Installed:
        """Install `packages` and take one image into the local registry."""
        made = cls(folder / "environment", folder / "home")
        (made.home / "registry").mkdir(parents=True)
        subprocess.run([sys.executable, "-m", "venv", str(made.environment)], check=True)
        pip = [str(made.environment / "bin/python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "--upgrade", "pip"], check=True)
        subprocess.run([*pip, *packages], check=True)
        sif = made.home / "tool.sif"
        sif.write_bytes(sif_bytes())
        made.command("add", "--name", NAME, str(sif)).run()
        return made

    def command(self, *arguments: str) -> Command:
        """`sregistry ARGUMENTS`; folders of the user that runs this are not seen."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home)}
        places = {"SREGISTRY_DATABASE": str(self.home / "registry"), "SREGISTRY_STORAGE": str(self.home / "images")}
        return Command([str(self.environment / "bin/sregistry"), *arguments], {**environment, **places})


def main() -> None:
    """Read the command line, measure, show or write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--page", type=Path, help="file in which to replace the table")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="startup-") as folder:
        new = Installed.make(Path(folder) / "new", [str(REPOSITORY)])
        old = Installed.make(Path(folder) / "old", OLD)
        table = HEADER + "".join(row(new, old, words, arguments.rounds) for words in COMMANDS)
    print(table)
    if arguments.page:
        write_table(arguments.page, "startup", table)


def row(new: Installed, old: Installed, words: Sequence[str], rounds: int) -> str:
    """One line of the table."""
    ours, theirs = medians([new.command(*words), old.command(*words)], rounds)
    return f"| `sregistry {' '.join(words)}` | {ours * 1000:.0f} ms | {theirs * 1000:.0f} ms | {ours / theirs:.2f} |\n"


if __name__ == "__main__":
    main()

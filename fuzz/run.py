"""Fuzz one target until something is found or time is up.

    python -m fuzz.run TARGET [FOLDER] [libFuzzer options, such as -max_total_time=600]

FOLDER keeps what was found interesting for the next run (default: .cache/fuzz/TARGET). Install atheris first; it is
no dependency because it is rarely run and needs its own build of libFuzzer.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["sregistry"]):
    from fuzz.targets import TARGETS, Target

from tools.machine import CACHE


def main(arguments: list[str]) -> None:
    """Prepare the corpus and hand over to libFuzzer."""
    if not arguments or arguments[0] not in TARGETS:
        sys.exit(f"{__doc__}\nTARGET is one of {', '.join(TARGETS)}.")
    name, *rest = arguments
    folders = [argument for argument in rest if not argument.startswith("-")]
    options = [argument for argument in rest if argument.startswith("-")]
    folder = Path(folders[0]) if folders else CACHE / "fuzz" / name
    plant(TARGETS[name], folder)
    findings = f"-artifact_prefix={folder.parent}/{name}-"
    atheris.Setup([sys.argv[0], *options, findings, str(folder)], TARGETS[name])
    atheris.Fuzz()


def plant(target: Target, folder: Path) -> None:
    """Put the seeds into the corpus."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in target.seeds():
        (folder / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)


if __name__ == "__main__":
    main(sys.argv[1:])

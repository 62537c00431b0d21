"""Make `.venv` with sregistry (editable) and the dependency groups that a goal asks for."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tools import apt
from tools.machine import REPOSITORY, VENV, SetupError, only_one, run, say

PYTHON = VENV / "bin/python"
#: Not that of an environment that is active, which may be the one to be made anew.
BASE_PYTHON = str(Path(sys.base_prefix) / f"bin/python{sys.version_info.major}.{sys.version_info.minor}")
PROGRAM_STAMP = VENV / ".made-from"


def ensure(*groups: str) -> None:
    """Make the virtual environment, unless it already fits `pyproject.toml` and this Python.

    sregistry and what it needs is in it always, and of the dependency groups of the project those that are named.
    """
    with only_one("virtual-environment"):
        wanted = fingerprint()
        if not fits(PROGRAM_STAMP, wanted):
            say(f"making the virtual environment {VENV.name} with Python {sys.version.split()[0]}")
            shutil.rmtree(VENV, ignore_errors=True)
            make_empty()
            say("installing sregistry and what it needs")
            install("--editable", str(REPOSITORY))
            PROGRAM_STAMP.write_text(wanted)
        stamps = {name: VENV / f".{name}-made-from" for name in groups}
        lacking = [name for name, stamp in stamps.items() if not fits(stamp, wanted)]
        if lacking:
            say(f"installing what is needed besides ({', '.join(lacking)})")
            install(*(package for name in lacking for package in group(name)))
        for name in lacking:
            stamps[name].write_text(wanted)


def fits(stamp: Path, wanted: str) -> bool:
    """Whether this part of the environment was made from the project as it is now."""
    return PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted


def install(*what: str) -> None:
    """Let the environment's pip install packages."""
    run([str(PYTHON), "-m", "pip", "install", "--quiet", *what])


def fingerprint() -> str:
    """What the environment depends on: the project file, the Python, the place."""
    text = (REPOSITORY / "pyproject.toml").read_text() + sys.version + str(REPOSITORY)
    return hashlib.sha256(text.encode()).hexdigest()


def group(name: str) -> list[str]:
    """A dependency group of the project, as requirements for pip; `dev` has the optional dependencies too."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    optional = project["project"]["optional-dependencies"].values() if name == "dev" else ()
    return [*project["dependency-groups"][name], *(package for extra in optional for package in extra)]


def make_empty() -> None:
    """Make a virtual environment with pip in it, also where Debian keeps pip in packages that are not installed."""
    if importlib.util.find_spec("ensurepip") is None and apt.available():
        apt.ensure(["python3-venv", f"python3.{sys.version_info.minor}-venv", "python3-pip-whl"])
    done = subprocess.run([BASE_PYTHON, "-m", "venv", str(VENV)], capture_output=True, text=True)
    if done.returncode:
        make_with_unpacked_pip(done.stdout + done.stderr)


def make_with_unpacked_pip(why: str) -> None:
    """Make the environment without pip and let the pip of an unpacked Debian package install one into it."""
    wheels = sorted((apt.UNPACKED / "usr/share/python-wheels").glob("pip-*.whl"))
    if not wheels:
        raise SetupError(f"python3 can't make virtual environments; install python3-venv:\n{why}")
    run([BASE_PYTHON, "-m", "venv", "--clear", "--without-pip", str(VENV)])
    run([str(PYTHON), "-m", "pip", "install", "--quiet", "pip"], PYTHONPATH=str(wheels[-1]))

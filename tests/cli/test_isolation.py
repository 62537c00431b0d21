"""What an installed command imports is not changed by variables, by the user's own packages or by folders."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from sregistry import __version__
from tests.support.pulling import User

#: Modules of ours, of others and of Python that a module system might bring in another version.
NAMES = ("sitecustomize", "usercustomize", "click", "urllib3", "sqlite3", "sqlalchemy", "zstandard", "tomllib", "queue")
HOSTILE = "import sys\nsys.stderr.write('FOREIGN ' + __name__ + '\\n')\nraise RuntimeError('foreign')\n"
SCRIPT = Path(sys.executable).with_name("sregistry")


def hostile(folder: Path, *names: str) -> Path:
    """A folder of modules that must not be imported."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / f"{name}.py").write_text(HOSTILE)
    return folder


def run(command: list[str | Path], folder: Path, **variables: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command in `folder`, which is its home, with these variables."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    environ |= {name: str(value) for name, value in variables.items()}
    return subprocess.run(
        list(map(str, command)), capture_output=True, text=True, env=environ, cwd=folder, stdin=subprocess.DEVNULL
    )


@pytest.mark.parametrize("start", [[SCRIPT], [sys.executable, "-m", "sregistry"]], ids=["script", "module"])
def test_pythonpath_changes_nothing(start: list[str | Path], tmp_path: Path) -> None:
    folder = hostile(tmp_path / "modules", *NAMES[1:])
    done = run([*start, "images"], tmp_path, PYTHONPATH=folder)
    assert (done.returncode, done.stderr) == (
        0,
        "There are no images yet; `sregistry pull docker://ubuntu:24.04` gets one.\n",
    )


def test_a_sitecustomize_that_imports_what_is_beside_it_changes_nothing(tmp_path: Path) -> None:
    folder = hostile(tmp_path / "modules", "tomllib")
    (folder / "click.py").write_text("version = 'of the module'\n")
    (folder / "sitecustomize.py").write_text("import click\n")
    done = run([SCRIPT, "images"], tmp_path, PYTHONPATH=folder)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONWARNINGS": "error"},
        {"PYTHONINSPECT": "1"},
        {"PYTHONOPTIMIZE": "2"},
        {"PYTHONPATH": ":"},
        {"PYTHONDEVMODE": "1"},
    ],
    ids=lambda variables: next(iter(variables)),
)
def test_other_variables_change_nothing(variables: dict[str, str], tmp_path: Path) -> None:
    folder = hostile(tmp_path, *NAMES[1:])
    done = run([SCRIPT, "--version"], folder, **variables)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"sregistry {__version__}\n", "")


def test_the_current_folder_is_not_imported_from(tmp_path: Path) -> None:
    folder = hostile(tmp_path, *NAMES)
    done = run([sys.executable, "-m", "sregistry", "images"], folder)
    assert done.returncode == 0, done.stderr
    assert "FOREIGN" not in done.stderr


def test_packages_of_the_user_are_not_imported(tmp_path: Path) -> None:
    """As with a system's Python: its site-packages come behind the user's own."""
    made = tmp_path / "python"
    venv.create(made, symlinks=True, system_site_packages=True, with_pip=False)
    inside = next(made.glob("lib/python*/site-packages"))
    root = Path(__file__).parents[2]
    (inside / "sregistry.pth").write_text(f"{root / 'src'}\n{sysconfig.get_path('purelib')}\n")
    script = made / "bin/sregistry"
    script.write_text(f"#!{made / 'bin/python'}\nfrom sregistry.cli import main\nmain()\n")
    script.chmod(0o755)
    home = tmp_path / "home"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    hostile(home / ".local/lib" / version / "site-packages", *NAMES)
    done = run([script, "images"], home)
    assert done.returncode == 0, done.stderr
    assert "FOREIGN click" not in done.stderr


def test_a_package_that_is_found_by_pythonpath_stays_so(tmp_path: Path) -> None:
    """As module systems install: everything is on PYTHONPATH, and nothing in Python's own folders."""
    root = Path(__file__).parents[2]
    path = os.pathsep.join((str(root / "src"), sysconfig.get_path("purelib")))
    base = Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")
    done = run([base, "-m", "sregistry", "--version"], tmp_path, PYTHONPATH=path)
    assert (done.returncode, done.stdout) == (0, f"sregistry {__version__}\n"), done.stderr


def test_arguments_exit_codes_and_input_survive(user: User) -> None:
    user.environment["PYTHONPATH"] = str(user.home)
    assert user.sregistry("pull", "docker://a b").returncode == 3
    assert user.sregistry("images", "--label", "ä = ü*").returncode == 0
    assert user.sregistry("get", "").returncode == user.sregistry("get", "").returncode

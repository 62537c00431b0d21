"""The fixed scripts, in real shells."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sregistry.assembly import scripts

SHELLS = ("/bin/dash", "/bin/bash")
ALL = {
    "base": scripts.BASE,
    "last": scripts.BASE_LAST,
    "apps": scripts.APPS,
    "variables": scripts.RUNTIME_VARIABLES,
    "start": scripts.START,
    **scripts.ACTIONS,
}


def after(shell: str, script: str, *names: str, **before: str) -> list[str]:
    """The values of variables after a shell has read the script."""
    shown = "".join(f'printf "%s\\n" "${{{name}-unset}}";' for name in names)
    done = subprocess.run([shell, "-c", script + shown], env=before, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", ALL)
def test_every_script_is_understood(shell: str, name: str) -> None:
    assert ALL[name].startswith("#!/bin/sh\n")
    done = subprocess.run([shell, "-n"], input=ALL[name].encode(), capture_output=True, check=True)
    assert done.stderr == b""


@pytest.mark.parametrize("shell", SHELLS)
def test_the_host_s_libraries_are_found_last(shell: str) -> None:
    name = "LD_LIBRARY_PATH"
    assert after(shell, scripts.BASE_LAST, name) == ["/.singularity.d/libs"]
    assert after(shell, scripts.BASE_LAST, name, LD_LIBRARY_PATH="/a:/b") == ["/a:/b:/.singularity.d/libs"]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"SING_USER_DEFINED_PREPEND_PATH": "/p"}, "/p:/image"),
        ({"SING_USER_DEFINED_APPEND_PATH": "/a"}, "/image:/a"),
        ({"SING_USER_DEFINED_PATH": "/only"}, "/only"),
        ({}, "/image"),
    ],
)
def test_the_user_may_change_path(shell: str, asked: dict[str, str], path: str) -> None:
    assert after(shell, scripts.RUNTIME_VARIABLES, "PATH", *asked, PATH="/image", **asked) == [
        path,
        *["unset"] * len(asked),
    ]


@pytest.mark.parametrize("shell", SHELLS)
def test_an_application_s_programs_and_variables_come_first(shell: str, tmp_path: Path) -> None:
    root = tmp_path / "apps/hello"
    (root / "bin").mkdir(parents=True)
    (root / "lib").mkdir()
    (root / "scif/env").mkdir(parents=True)
    (root / "scif/env/90-environment.sh").write_text("GREETING=hi\n")
    script = scripts.APPS.replace("/scif/apps", str(tmp_path / "apps"))
    names = ("PATH", "LD_LIBRARY_PATH", "SCIF_APPROOT", "GREETING")
    values = after(shell, script, *names, PATH="/image", SINGULARITY_APPNAME="hello")
    assert values == [f"{root}/bin:{root}:/image", f"{root}/lib", str(root), "hi"]
    missing = subprocess.run([shell, "-c", script], env={"SINGULARITY_APPNAME": "no"}, capture_output=True)
    assert (missing.returncode, missing.stderr) == (1, b"there is no application no in this container\n")


@pytest.mark.parametrize("shell", SHELLS)
def test_old_versions_source_the_environment_and_run_the_runscript(shell: str, tmp_path: Path) -> None:
    home = tmp_path / "s"
    (home / "env").mkdir(parents=True)
    (home / "env/10-docker2singularity.sh").write_text("X='a b'\nexport X\n")
    (home / "runscript").write_text('#!/bin/sh\nprintf "%s\\n" "$X" "$@"\n')
    (home / "runscript").chmod(0o755)
    run = scripts.ACTIONS["run"].replace("/.singularity.d", str(home))
    done = subprocess.run([shell, "-c", run, "run", "c  d", "$X"], capture_output=True, text=True, check=True)
    assert done.stdout == "a b\nc  d\n$X\n"

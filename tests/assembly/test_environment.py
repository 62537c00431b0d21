"""The environment file: every value arrives byte for byte, and nothing in it is ever run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sregistry.assembly.environment import environment_script, path_script, read_environment

SHELLS = ("/bin/dash", "/bin/bash")
KEYWORDS = ("if", "then", "do", "done", "export", "case", "esac", "function", "time", "set", "eval", "exec", "_x", "X1")
NAMES = st.from_regex(r"X[A-Za-z0-9_]{0,8}", fullmatch=True) | st.sampled_from(KEYWORDS)
VALUES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0") | st.sampled_from("'\"\\$`\r\n\x80\x81 !#{}()=")
) | st.sampled_from(
    ["$HOME", "$(id)", "`id`", "a\r\nb\r\n", "\r", "\\", "'", "-n", "~", "*", "}", "a'\\''b", "\r\r\n\n"]
)


def sourced(shell: str, script: str, folder: Path, **before: str) -> dict[str, str]:
    """The environment after a shell has read the script."""
    file = folder / "10-docker2singularity.sh"
    file.write_bytes(script.encode())
    done = subprocess.run([shell, "-c", f". {file}; exec /usr/bin/env -0"], capture_output=True, env=before, check=True)
    assert done.stderr == b""
    return dict(entry.split("=", 1) for entry in done.stdout.decode().split("\0")[:-1])


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("environment")


@pytest.mark.parametrize("shell", SHELLS)
@settings(deadline=None, max_examples=80)
@given(variables=st.dictionaries(NAMES, VALUES, max_size=20), path=st.none() | VALUES)
def test_values_arrive_byte_for_byte(shell: str, folder: Path, variables: dict[str, str], path: str | None) -> None:
    if path is not None:
        variables = {**variables, "PATH": path}
    environment = read_environment([f"{name}={value}" for name, value in variables.items()])
    assert environment.variables == variables
    after = sourced(shell, environment_script(environment), folder, PATH="/bin")
    assert {name: after[name] for name in variables} == variables
    assert set(after) - set(variables) <= {"PATH", "PWD", "SHLVL", "_", "OLDPWD"}
    after = sourced(shell, path_script(environment), folder, PATH="/bin")
    assert after["PATH"] == variables.get("PATH", "/bin")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_long_value_arrives_quickly(shell: str, folder: Path) -> None:
    value = "x'\r\n" * 25_000
    environment = read_environment([f"LONG={value}"])
    assert sourced(shell, environment_script(environment), folder)["LONG"] == value


def test_the_last_of_equal_names_counts_in_the_place_of_the_first() -> None:
    environment = read_environment(["A=1", "B=2", "A=3"])
    assert list(environment.variables.items()) == [("A", "3"), ("B", "2")]


def test_an_entry_without_equals_sign_is_empty() -> None:
    assert read_environment(["A"]).variables == {"A": ""}


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("T-X=1", "not a name that a shell can set"),
        ("1X=1", "not a name that a shell can set"),
        ("=1", "not a name that a shell can set"),
        ("", "not a name that a shell can set"),
        ("É=1", "not a name that a shell can set"),
        ("A B=1", "not a name that a shell can set"),
        ("A\n=1", "not a name that a shell can set"),
        ("UID=1000", "reserved by the container runtime"),
        ("GID=1000", "reserved by the container runtime"),
        ("IFS=,", "reserved by the container runtime"),
        ("SINGULARITY_SHELL=/x", "reserved by the container runtime"),
        ("APPTAINER_NO_EVAL=1", "reserved by the container runtime"),
        ("NUL=a\0b", "its value holds a NUL byte"),
    ],
)
def test_what_cannot_be_passed_on_is_dropped_and_said(entry: str, why: str) -> None:
    environment = read_environment(["KEPT=1", entry])
    assert environment.variables == {"KEPT": "1"}
    assert environment.dropped == ((entry.partition("=")[0], why),)


def test_other_variables_of_a_container_runtime_are_the_image_s() -> None:
    assert read_environment(["SINGULARITY_CACHEDIR=/c", "APPTAINER_TMPDIR=/t"]).dropped == ()


@pytest.mark.parametrize("shell", SHELLS)
def test_the_home_of_the_caller_stays(shell: str, folder: Path) -> None:
    script = environment_script(read_environment(["HOME=/image", "PATH=/image"]))
    after = sourced(shell, script, folder, HOME="/caller", PATH="/caller")
    assert (after["HOME"], after["PATH"]) == ("/caller", "/image")


def test_without_variables_there_is_nothing_but_the_first_line() -> None:
    environment = read_environment([])
    assert environment_script(environment) == path_script(environment) == "#!/bin/sh\n"

"""The runscript: ENTRYPOINT, CMD and arguments combine as Docker combines them, item for item."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sregistry.assembly.config import read_config
from sregistry.assembly.errors import AssemblyError
from sregistry.assembly.runscript import runscript

SHELLS = ("/bin/dash", "/bin/bash")
SHOW = ["/usr/bin/printf", "%s\\0"]
ITEMS = st.lists(
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0")
        | st.sampled_from("'\"\\$`\r\n\x80\x81 !#{}()")
    ),
    max_size=5,
)


def script(entrypoint: list[str] | None = None, cmd: list[str] | None = None, workdir: str = "") -> str:
    return runscript(read_config({"config": {"Entrypoint": entrypoint, "Cmd": cmd, "WorkingDir": workdir}}))


def run(shell: str, text: str, folder: Path, arguments: list[str]) -> subprocess.CompletedProcess[bytes]:
    file = folder / "runscript"
    file.write_bytes(text.encode())
    return subprocess.run([shell, str(file), *arguments], capture_output=True, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runscript")


@pytest.mark.parametrize("shell", SHELLS)
@settings(deadline=None, max_examples=60)
@given(entrypoint=ITEMS, cmd=ITEMS, arguments=ITEMS)
def test_entrypoint_is_followed_by_the_arguments_or_cmd(
    shell: str, folder: Path, entrypoint: list[str], cmd: list[str], arguments: list[str]
) -> None:
    done = run(shell, script([*SHOW, ".", *entrypoint], cmd), folder, arguments)
    assert done.stdout.decode().split("\0")[:-1] == [".", *entrypoint, *(arguments or cmd)]
    assert (done.stderr, done.returncode) == (b"", 0)


@pytest.mark.parametrize("shell", SHELLS)
@settings(deadline=None, max_examples=40)
@given(cmd=ITEMS, arguments=ITEMS)
def test_arguments_replace_cmd_when_there_is_no_entrypoint(
    shell: str, folder: Path, cmd: list[str], arguments: list[str]
) -> None:
    text = script(None, [*SHOW, "cmd", *cmd])
    assert run(shell, text, folder, []).stdout.decode().split("\0")[:-1] == ["cmd", *cmd]
    replaced = run(shell, text, folder, [*SHOW, "user", *arguments])
    assert replaced.stdout.decode().split("\0")[:-1] == ["user", *arguments]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_status_of_the_program_is_the_status_of_the_script(shell: str, folder: Path) -> None:
    assert run(shell, script(["/bin/sh", "-c", "exit 7"]), folder, []).returncode == 7


@pytest.mark.parametrize("shell", SHELLS)
def test_an_image_without_program_starts_a_shell(shell: str, folder: Path) -> None:
    text = script()
    assert run(shell, text, folder, []).returncode == 0
    assert run(shell, text, folder, ["/bin/echo", "a b"]).stdout == b"a b\n"
    nowhere = text.replace("/bin/sh;", "/nowhere/sh;")
    refused = run(shell, nowhere, folder, [])
    assert (refused.stderr, refused.returncode) == (b"no command specified\n", 125)


@pytest.mark.parametrize(
    ("program", "workdir", "found"),
    [
        ("./run.sh", "/app", "/app/./run.sh"),
        ("bin/run", "/app", "/app/bin/run"),
        ("bin/run", "", "/bin/run"),
        ("run", "/app", "run"),
        ("/run", "/app", "/run"),
    ],
)
def test_a_relative_program_is_looked_for_in_the_working_directory(program: str, workdir: str, found: str) -> None:
    assert f"set -- '{found}' 'x/y' \"$@\"\n" in script([program, "x/y"], ["c/d"], workdir)
    assert f"set -- '{found}' 'x/y'\n" in script(None, [program, "x/y"], workdir)
    assert "set -- 'c/d'\n" in script([program], ["c/d"], workdir)


@pytest.mark.parametrize(("entrypoint", "cmd"), [(["a\0b"], None), (None, ["a", "\0"])])
def test_an_item_with_nul_is_an_error(entrypoint: list[str] | None, cmd: list[str] | None) -> None:
    with pytest.raises(AssemblyError) as caught:
        script(entrypoint, cmd)
    assert caught.value.code == "image-config-invalid"


def test_the_line_that_makes_the_runtime_interpret_it_stands_alone() -> None:
    assert 'eval "set ${SINGULARITY_OCI_RUN}"' in script(["a"]).splitlines()

"""Environment scripts read without running them: what is certain is what a shell makes of them."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.disassembly.environment import DEFAULT_PATH, read_scripts

CERTAIN = {
    "plain": "export A=b\n",
    "single quotes": "export A='b $c `d` \"e\" \\'\n",
    "double quotes": 'export A="b c \\$d \\" \\` \\\\ \\n # e"\n',
    "both": "A='b'\"c\"d; export A",
    "a variable": 'A=1\nB="${A}2$A"\nexport A B\n',
    "path": 'export PATH="/opt/tool/bin:$PATH"',
    "twice": "export PATH=/a:$PATH\nexport PATH=/b:$PATH",
    "default": 'export A="${A:-"b c"}"\nexport A="${A:-d}"',
    "several": "export A=1 B='2 3' C\nC=4",
    "comments": "#!/bin/sh\n# export A=1\n\nexport B=2 # or 3\n",
    "lines": "export A='1\n2' \\\n B=3",
    "escaped": "export A=a\\ b\\$c",
    "not exported": "A=1",
    "empty": "export A=\nexport B=''",
}
UNCERTAIN = {
    "command": "export A=1\nexport B=$(date)",
    "backquotes": "export A=1\nexport B=`date`",
    "condition": "export A=1\nif test -d /b; then\n export B=2\nfi",
    "source": "export A=1\n. /etc/profile",
    "unknown": "export A=1\nexport B=$C:/b",
    "home": "export A=1\nexport B=$HOME/b",
    "home or": "export A=1\nexport B=${HOME:-/b}",
    "pattern": "export A=1\nexport B=${A%x}",
    "before a command": "export A=1\nB=2 true",
    "both sides": "export A=1\ntrue && export B=2",
    "open quotes": "export A=1\nexport B='2",
    "open double quotes": 'export A=1\nexport B="2',
    "open braces": "export A=1\nexport B=${A:-",
    "background": "export A=1\nexport B=2 & true",
    "tilde": "export A=1\nexport B=~/b",
    "unset": "export A=1\nunset A",
}


def of_a_shell(text: str) -> dict[str, str] | None:
    """What a shell's programs get; None if it cannot read the text."""
    script = f"{text}\nexec env -0"
    environment = {"PATH": DEFAULT_PATH}
    done = subprocess.run(["/bin/sh", "-c", script], env=environment, capture_output=True)
    if done.returncode:
        return None
    pairs = (entry.partition("=") for entry in done.stdout.decode().split("\0") if entry)
    return {name: value for name, _, value in pairs if name not in ("PWD", "_", "OLDPWD", "SHLVL")}


def variables(entries: list[str]) -> dict[str, str]:
    return {"PATH": DEFAULT_PATH, **dict(entry.split("=", 1) for entry in entries)}


@pytest.mark.parametrize("name", CERTAIN)
def test_what_is_certain_is_what_a_shell_says(name: str) -> None:
    entries, certain = read_scripts({"90-environment.sh": CERTAIN[name]})
    assert certain
    assert variables(entries) == of_a_shell(CERTAIN[name])


@pytest.mark.parametrize("name", UNCERTAIN)
def test_a_script_is_left_at_the_first_other_thing(name: str) -> None:
    assert read_scripts({"90-environment.sh": UNCERTAIN[name]}) == (["A=1"], False)


def test_scripts_follow_each_other() -> None:
    scripts = {"91-b.sh": "export PATH=/b:$PATH", "90-a.sh": "export PATH=/a:$PATH", "92-c.sh": "false\nexport D=1"}
    assert read_scripts(scripts) == ([f"PATH=/b:/a:{DEFAULT_PATH}"], False)


@given(st.text(alphabet="AB=ax'\"\\$`{}:- \n;#(", max_size=30))
def test_no_script_is_read_wrongly(text: str) -> None:
    """Any text is read or left; it ends, and raises nothing."""
    entries, certain = read_scripts({"x.sh": text})
    if certain:
        assert of_a_shell(text) in (None, variables(entries))

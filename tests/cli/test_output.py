"""Standard streams as the caller left them: closed, of another encoding, full, or read by nobody any more."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_BEGIN = "import os, sys\nfrom sregistry.cli import output\noutput.open_streams()\n"


def run(program: str, before: str = "", **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run a program behind `open_streams`; `before` is what a shell does with its streams."""
    command = ["sh", "-c", f'exec "$@" {before}', "sh", sys.executable, "-c", _BEGIN + program]
    return subprocess.run(command, **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options})


def test_a_closed_stream_gets_nothing_that_is_meant_for_a_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    program = f"opened = open({str(file)!r}, 'w')\nprint('for nobody')\nopened.write('content')"
    done = run(program, ">&- <&-")
    assert (done.returncode, done.stderr) == (0, b"")
    assert file.read_text() == "content"


@pytest.mark.parametrize(
    ("text", "encoding", "shown"),
    [
        ("a\udcffb", "utf-8", b"a\xffb\n"),
        ("caf\u00e9 \u2713", "ascii", b"caf\\xe9 \\u2713\n"),
        ("caf\u00e9", "latin-1", b"caf\xe9\n"),
    ],
)
def test_every_text_can_be_printed(text: str, encoding: str, shown: bytes) -> None:
    program = f"print({text!a})"
    done = run(program, env={"PYTHONIOENCODING": encoding, "PYTHONPATH": ":".join(sys.path)})
    assert (done.stdout, done.stderr) == (shown, b"")


def test_secrets_are_taken_out_but_of_what_the_user_has_named() -> None:
    program = (
        "from sregistry.http.secret import Secret\nSecret('battery')\n"
        "print('the battery')\nprint('the battery', file=sys.stderr)\noutput.say('battery.sif')\n"
        "output.say_json({'path': 'battery.sif', 'words': 'battery'}, named=['path'])"
    )
    done = run(program)
    first, second, *document = done.stdout.decode().splitlines()
    assert "battery" not in first + done.stderr.decode()
    assert second == "battery.sif"
    said = json.loads("\n".join(document))
    assert said["path"] == "battery.sif"
    assert "battery" not in said["words"]


@pytest.mark.parametrize(("before", "kept"), [("> /dev/full", False), ("| true", True), ("", True)])
def test_only_what_could_not_be_kept_is_a_failure(before: str, kept: bool) -> None:
    program = "import time; time.sleep(0.5)\nsys.stderr.write(str(output.end_output('x' * 100000)))"
    done = run(program, before)
    assert done.stderr == str(kept).encode()

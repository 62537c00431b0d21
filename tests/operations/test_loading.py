"""The assembly is imported while the layers arrive; what that cannot do is no reason to fail."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
import sys
from sregistry.operations.loading import assembly_loading
assert {name} not in sys.modules
{before}
with assembly_loading():
    print("arriving")
print("loaded" if sys.modules.get({name}) else "not loaded")
"""


def run(before: str = "") -> list[str]:
    """What a new process says that has `before` done first."""
    program = _PROGRAM.format(name="'sregistry.assembly.build'", before=before)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_it_is_there_in_the_end() -> None:
    assert run() == ["arriving", "loaded"]


def test_an_import_that_fails_is_left_to_where_it_is_needed() -> None:
    assert run("sys.modules['sregistry.assembly.build'] = None") == ["arriving", "not loaded"]


def test_without_a_thread_nothing_is_loaded_ahead() -> None:
    assert run("from sregistry.resources import threads; threads.start = lambda *_: None") == ["arriving", "not loaded"]

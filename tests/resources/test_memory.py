"""Memory is asked for before a library is called that could not say that there is none."""

from __future__ import annotations

import subprocess
import sys

import pytest

_LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_{}, (400 << 20, 400 << 20))\n"


def run(program: str, limit: str = "") -> list[str]:
    """The lines that a program prints in a process of its own."""
    text = (_LIMITED.format(limit) if limit else "") + "from sregistry.resources import memory\n" + program
    return subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, check=True, timeout=60
    ).stdout.splitlines()


@pytest.mark.parametrize("limit", ["AS", "DATA"])
def test_what_can_be_mapped_is_seen_before_it_is_needed(limit: str) -> None:
    asked = "print(memory.mapping_is_limited(), memory.has_room(1 << 20), memory.has_room(1 << 30))"
    assert run(asked, limit) == ["True True False"]


def test_what_cannot_be_had_is_waited_for_and_refused() -> None:
    program = """
import time
memory.require(1 << 20)
begin = time.monotonic()
try:
    memory.require(1 << 30)
except MemoryError:
    print("refused", time.monotonic() - begin >= 1)
"""
    assert run(program, "AS") == ["refused True"]


def test_what_others_return_meanwhile_is_had() -> None:
    program = """
import mmap, threading
held = mmap.mmap(-1, 300 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
print(memory.has_room(200 << 20))
threading.Timer(0.3, held.close).start()
memory.require(200 << 20)
print("had")
"""
    assert run(program, "AS") == ["False", "had"]


def test_a_process_without_a_limit_waits_for_nothing() -> None:
    if run("print(memory.mapping_is_limited() or memory.group_is_limited())") == ["True"]:
        pytest.skip("wanted: a machine whose memory is not limited")
    assert run("print(memory.has_room(1 << 62)); memory.require(1 << 62)") == ["True"]


def test_threads_of_a_frugal_program_take_less_address_space() -> None:
    program = "import threading; memory.be_frugal(); print(threading.stack_size())"
    assert run(program, "AS") == [str(1 << 20)]

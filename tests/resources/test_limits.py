"""The limits of a process are read as the kernel has them, with what is in use."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from sregistry.resources import limits
from sregistry.resources.limits import Limit
from tests.support.other_user import as_user


def run(limit: str, value: str, function: str) -> str:
    """What a function says in a process that set itself a limit."""
    program = (
        f"import resource; resource.setrlimit(resource.{limit}, {value})\n"
        f"from sregistry.resources import limits; print(limits.{function}())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("limit", "function"),
    [("RLIMIT_AS", "address_space"), ("RLIMIT_DATA", "address_space"), ("RLIMIT_NOFILE", "files")],
)
def test_a_limit_comes_with_what_is_in_use(limit: str, function: str) -> None:
    value = 64 if limit == "RLIMIT_NOFILE" else 900 << 20
    said = run(limit, f"({value}, {value})", function)
    found = eval(said, {"Limit": Limit})
    assert (found.name, found.value, found.most, found.file) == (limit, value, value, "")
    assert 0 < found.used < found.value
    assert found.room == found.value - found.used


def test_of_two_the_one_with_less_room() -> None:
    program = "(900 << 20, 900 << 20)); resource.setrlimit(resource.RLIMIT_DATA, (300 << 20, 300 << 20)"
    assert "name='RLIMIT_DATA'" in run("RLIMIT_AS", program, "address_space")


def test_what_may_be_raised_is_told() -> None:
    said = run("RLIMIT_NOFILE", "(64, resource.getrlimit(resource.RLIMIT_NOFILE)[1])", "files")
    assert "value=64" in said
    assert "most=64" not in said


def test_no_limit_is_none() -> None:
    assert run("RLIMIT_CORE", "(0, 0)", "address_space") == "None"


@pytest.mark.root
def test_threads_and_processes_of_a_user_count_and_bind_all_but_root() -> None:
    def act() -> None:
        resource.setrlimit(resource.RLIMIT_NPROC, (500, 500))
        found = limits.user_tasks()
        assert found is not None
        assert (found.name, found.value, found.used >= 1) == ("RLIMIT_NPROC", 500, True)

    assert limits.user_tasks() is None
    as_user(60017, act, group=60017)


def test_facts() -> None:
    limit = Limit("memory.max", 100, 130, 100, "/sys/fs/cgroup/memory.max")
    assert limit.room == 0
    assert limit.facts() == {
        "limit_name": "memory.max",
        "limit": 100,
        "used": 130,
        "limit_most": 100,
        "control_group": "/sys/fs/cgroup/memory.max",
    }
    assert "control_group" not in Limit("RLIMIT_AS", 1, 0).facts()

"""What a command imports is what it makes people wait for: `benchmarks/startup.py` measures, this guards."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from sregistry.cli.verbs import VERBS, help_text
from sregistry.store.store import Store
from tests.sif.files import sif_bytes
from tests.store.images import add
from tests.support.pulling import User

#: Imported only by what needs them: each takes as long as all of `sregistry get` otherwise does.
HEAVY = {"sqlalchemy", "alembic", "requests", "urllib3", "rich", "zstandard", "isal", "ssl", "asyncio", "concurrent"}


def imported(user: User, *arguments: str) -> set[str]:
    """The modules that `sregistry ARGUMENTS` imports, which must end well; packages stand for all in them."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "sregistry", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={"PATH": os.environ["PATH"], "HOME": str(user.home)},
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    lines = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
    names = {line.rpartition("|")[2].strip() for line in lines}
    return names | {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("command", ["get", "images", "labels", "inspect"])
def test_reading_the_local_registry_imports_nothing_heavy(command: str, user: User, store: Store) -> None:
    row = add(store, "team/tool:1")
    arguments = {"get": ["tool:1"], "inspect": ["--json", "tool:1"]}.get(command, [])
    if command == "inspect":
        row.path.write_bytes(sif_bytes())
    loaded = imported(user, command, *arguments)
    assert loaded & HEAVY == set()
    assert "sqlite3" in loaded


@pytest.mark.parametrize("arguments", [["--help"], ["-h"]])
def test_help_imports_nothing_of_others(arguments: list[str], user: User) -> None:
    loaded = imported(user, *arguments)
    assert loaded & (HEAVY | {"click", "re", "json", "pathlib", "dataclasses"}) == set()
    assert {name for name in loaded if name.startswith("sregistry.")} <= {
        "sregistry.cli",
        "sregistry.cli.isolation",
        "sregistry.cli.output",
        "sregistry.cli.verbs",
        "sregistry.version",
    }


def test_help_is_the_same_on_every_way(user: User) -> None:
    texts = {user.sregistry(*arguments).stdout.decode() for arguments in ([], ["-h"], ["--help"])}
    assert texts == {help_text()}
    assert all(f"  {verb} " in help_text() for verb in VERBS)
    assert max(map(len, help_text().splitlines())) <= 80


def test_help_whose_reader_has_gone_is_quiet(user: User) -> None:
    process = user.start("--help")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait(timeout=60)

from __future__ import annotations

import json
from pathlib import Path

from tests.old_sregistry.fixture import OldRegistry
from tests.support.pulling import User


def test_what_was_done_is_told(user: User, tmp_path: Path) -> None:
    old = OldRegistry(tmp_path / "old")
    done = user.sregistry("import-database", old.database)
    assert done.returncode == 0
    assert f"team/tool:1.2  {old.file('team/tool')}" in done.stdout.decode().splitlines()
    said = done.stderr.decode().splitlines()
    assert f"not imported: team/gone:3: its file is missing: {old.file('team/gone')}" in said
    assert said[-1] == f"3 images imported from {old.database}, 2 could not be"
    again = user.sregistry("import-database", old.database)
    assert again.stdout == b""
    assert again.stderr.decode().endswith(", 3 were here already, 2 could not be\n")
    assert user.sregistry("get", "team/tool:1.2").stdout.decode() == f"{old.file('team/tool')}\n"


def test_facts(user: User, tmp_path: Path) -> None:
    old = OldRegistry(tmp_path / "old")
    facts = json.loads(user.sregistry("import-database", "--json", "--copy", old.database).stdout)
    assert [image["name"] for image in facts["imported"]] == [
        "team/tool:1.2",
        "vsoch/hello-world:latest",
        "team/pulled:2",
    ]
    assert [one["name"] for one in facts["left"]] == ["team/gone:3", "blue/remote:1"]
    assert facts["known"] == []


def test_nothing_to_import(user: User) -> None:
    done = user.sregistry("import-database")
    assert done.returncode == 2
    assert f"There is no file {user.home}/.singularity/sregistry.db" in done.stderr.decode()

from __future__ import annotations

import json

from sregistry.store.store import Store
from tests.store.images import add
from tests.support.pulling import User


def test_what_it_is_called_now_is_said(user: User, store: Store) -> None:
    add(store, "team/tool:1")
    done = user.sregistry("rename", "tool:1", "blue/sky")
    assert (done.returncode, done.stdout) == (0, b"team/tool:1 is now blue/sky:1\n")


def test_facts(user: User, store: Store) -> None:
    add(store, "team/tool:1")
    facts = json.loads(user.sregistry("rename", "--json", "tool:1", "blue/sky:2").stdout)
    assert (facts["renamed_from"], facts["name"]) == ("team/tool:1", "blue/sky:2")


def test_near_names_are_proposed_as_whole_commands(user: User, store: Store) -> None:
    add(store, "team/tool:1")
    done = user.sregistry("rename", "tool", "blue/sky:2")
    assert done.returncode == 7
    assert b"sregistry rename team/tool:1 blue/sky:2" in done.stderr
    assert b"--pull" not in done.stderr

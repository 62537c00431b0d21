from __future__ import annotations

import json

from sregistry.store.store import Store
from tests.cli.terminal import answering
from tests.store.images import add, files, keep, pulled
from tests.support.pulling import User


def test_what_was_removed_is_said(user: User, store: Store) -> None:
    row = add(store, "team/tool:1")
    done = user.sregistry("rm", "tool:1")
    assert (done.returncode, done.stdout.decode()) == (0, f"removed {row.uri}\n")
    assert files(store.paths.storage) == []


def test_facts(user: User, store: Store) -> None:
    row = add(store, "team/tool:1")
    assert json.loads(user.sregistry("rm", "--json", row.uri).stdout) == [
        {**row.facts(), "deleted": True, "stays": False}
    ]


def test_an_ambiguous_name_is_refused_with_a_command_for_each(user: User, store: Store) -> None:
    first, second = add(store, "team/tool:1"), add(store, "team/tool:1", b"newer")
    done = user.sregistry("rm", "tool:1")
    assert (done.returncode, done.stdout) == (3, b"")
    for line in (f"sregistry rm {first.uri}", f"sregistry rm {second.uri}", "sregistry rm --all tool:1"):
        assert line in done.stderr.decode()
    assert len(files(store.paths.storage)) == 2
    assert user.sregistry("rm", "--all", "tool:1").returncode == 0
    assert files(store.paths.storage) == []


def test_a_terminal_is_asked_before_a_file_is_lost_and_only_then(user: User, store: Store) -> None:
    add(store, "team/mine:1")
    keep(store, pulled("team/pulled:1"))
    status, shown = answering(user, "n", "rm", "mine:1", "pulled:1")
    assert "No registry is known to have team/mine:1. Delete for ever? [y/N]" in shown
    assert "Nothing was removed." in shown
    assert (status, len(files(store.paths.storage))) == (0, 2)
    assert "Delete" not in answering(user, "", "rm", "pulled:1")[1]
    assert "Delete" not in answering(user, "", "rm", "--yes", "mine:1")[1]
    assert files(store.paths.storage) == []

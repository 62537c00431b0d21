from __future__ import annotations

import json
import os
from pathlib import Path

from sregistry.store.store import Store
from tests.cli.terminal import answering
from tests.store.images import add
from tests.support.pulling import User


def test_the_new_path_is_printed(user: User, store: Store) -> None:
    add(store, "team/tool:1")
    done = user.sregistry("mv", "tool:1", ".")
    assert (done.returncode, done.stdout.decode()) == (0, f"{user.home}/tool_1.sif\n")
    assert user.sregistry("get", "tool:1").stdout == done.stdout


def test_the_path_is_printed_byte_for_byte(user: User, store: Store) -> None:
    add(store, "team/tool:1")
    odd = b"a\x1b[31m\xc3\xa9.sif"
    done = user.sregistry("mv", "tool:1", os.fsdecode(odd))
    assert done.stdout == os.fsencode(user.home) + b"/" + odd + b"\n"
    assert Path(os.fsdecode(done.stdout[:-1])).is_file()


def test_facts(user: User, store: Store) -> None:
    row = add(store, "team/tool:1")
    facts = json.loads(user.sregistry("mv", "--json", "tool:1", "out.sif").stdout)
    assert (facts["moved_from"], facts["path"]) == (str(row.path), f"{user.home}/out.sif")


def test_a_file_that_is_there_stays_and_the_command_that_replaces_it_is_proposed(user: User, store: Store) -> None:
    add(store, "team/tool:1")
    (user.home / "out.sif").write_text("mine")
    done = user.sregistry("mv", "tool:1", "out.sif")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"sregistry mv --force tool:1 out.sif" in done.stderr
    assert (user.home / "out.sif").read_text() == "mine"
    assert user.sregistry("mv", "--force", "tool:1", "out.sif").returncode == 0
    assert (user.home / "out.sif").read_bytes() == b"content"


def test_on_a_terminal_it_is_asked_for(user: User, store: Store) -> None:
    add(store, "team/tool:1")
    (user.home / "out.sif").write_text("mine")
    status, shown = answering(user, "n", "mv", "tool:1", "out.sif")
    assert "out.sif exists already. Replace it? [y/N]" in shown
    assert (status, (user.home / "out.sif").read_text()) == (2, "mine")
    assert answering(user, "y", "mv", "tool:1", "out.sif")[0] == 0
    assert (user.home / "out.sif").read_bytes() == b"content"

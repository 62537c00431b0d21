from __future__ import annotations

import json

from sregistry.operations.context import Context
from sregistry.operations.get import get
from sregistry.settings import Settings
from tests.cli.terminal import answering
from tests.support.pulling import User
from tests.support.sifs import make_sif


def test_the_path_is_printed_and_the_rest_is_talk(user: User, settings: Settings) -> None:
    make_sif(user.home / "x.sif")
    done = user.sregistry("add", "x.sif", "--name", "team/tool:2")
    row = get(Context(settings), "team/tool:2")
    assert (done.returncode, done.stdout.decode()) == (0, f"{row.path}\n")
    assert done.stderr.decode() == f"team/tool:2 is {row.version}\n"
    assert not (user.home / "x.sif").exists()


def test_facts(user: User, settings: Settings) -> None:
    make_sif(user.home / "x.sif")
    done = user.sregistry("add", "--copy", "--json", "--mode", "0640", "x.sif")
    row = get(Context(settings), "made/here:1")
    assert json.loads(done.stdout) == {**row.facts(), "last_used": None, "moved": False, "left_because": None}
    assert (user.home / "x.sif").exists()
    assert row.path.stat().st_mode & 0o777 == 0o640


def test_why_a_file_stays_is_said(user: User, settings: Settings) -> None:
    make_sif(user.home / "x.sif")
    user.sregistry("add", "x.sif")
    done = user.sregistry("add", get(Context(settings), "made/here:1").path, "--name", "blue/sky:1")
    assert done.returncode == 0
    assert b"was copied and stays where it is: it is the file of the image made/here:1@" in done.stderr


def test_what_is_no_sif_ends_with_the_code_of_an_image(user: User) -> None:
    (user.home / "x.sif").write_text("hello")
    done = user.sregistry("add", "x.sif")
    assert (done.returncode, done.stdout) == (9, b"")
    assert b"x.sif is not a SIF file" in done.stderr
    assert (user.home / "x.sif").read_text() == "hello"


def test_a_terminal_sees_how_far_a_large_file_has_been_read(user: User) -> None:
    make_sif(user.home / "x.sif")
    with (user.home / "x.sif").open("r+b") as file:
        file.truncate(600 << 20)
    user.environment["TERM"] = "xterm"
    status, shown = answering(user, "", "add", "x.sif")
    assert status == 0
    assert "reading x.sif: 268 MB" in shown
    assert "reading x.sif: 537 MB" in shown

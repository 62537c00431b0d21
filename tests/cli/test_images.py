from __future__ import annotations

import json

import pytest

from sregistry.operations.context import Context
from sregistry.operations.images import images
from sregistry.settings import Settings
from sregistry.store.store import Store
from tests.cli.terminal import on_terminal
from tests.store.images import add, keep, pulled
from tests.support.pulling import User

LONG = "a-collection-with-a-long-name/and/parts/in/it/tool-with-a-name-that-does-not-end:2024.11.24-cuda12"


@pytest.fixture
def three(store: Store) -> Store:
    keep(store, pulled("team/tool:2", b"two", labels={"owner": "ada"}), b"two")
    keep(store, pulled(LONG, b"long"), b"long")
    add(store, "team/tool:1", b"one")
    return store


@pytest.mark.usefixtures("three")
def test_json_is_what_the_library_says(user: User, settings: Settings) -> None:
    said = json.loads(user.sregistry("images", "--json", "tool").stdout)
    assert said == [image.facts() for image in images(Context(settings), "tool")]


@pytest.mark.usefixtures("three")
def test_options_reach_the_library(user: User, settings: Settings) -> None:
    said = json.loads(user.sregistry("images", "--json", "--label", "owner=ada").stdout)
    assert [image["name"] for image in said] == ["team/tool:2"]
    by_size = json.loads(user.sregistry("images", "--json", "--sort", "size").stdout)
    assert by_size == [image.facts() for image in images(Context(settings), order="size")]


@pytest.mark.usefixtures("three")
def test_in_a_pipe_every_cell_is_whole_and_one_word(user: User, settings: Settings) -> None:
    title, *lines = user.sregistry("images").stdout.decode().splitlines()
    assert title.split() == ["NAME", "REGISTRY", "PLATFORM", "SIZE", "PULLED", "DIGEST", "FILE"]
    for line, image in zip(lines, images(Context(settings)), strict=True):
        name, registry, platform, size, when, digest, file = line.split()
        facts = image.facts()
        assert (name, registry, platform, int(size)) == (
            facts["name"],
            facts["registry"] or "-",
            facts["platform"],
            facts["size"],
        )
        assert (when, digest, file) == (facts["pulled_at"], facts["digest"], "here")


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("columns", [80, 200])
def test_a_terminal_shows_whole_names_in_its_width(columns: int, user: User, settings: Settings) -> None:
    title, *lines = on_terminal(user, "images", columns=columns)
    assert title.split()[0] == "NAME"
    assert ("REGISTRY" in title) is (columns == 200)
    for image in images(Context(settings)):
        assert any(line.startswith(str(image.row.name)) for line in lines)
    assert all(len(line) <= columns or line == LONG for line in lines)


@pytest.mark.usefixtures("three")
def test_colour_is_for_terminals_that_want_it(user: User) -> None:
    assert "\033[" in on_terminal(user, "images", columns=80, colour=True)[0]
    assert "\033[" not in on_terminal(user, "images", columns=80)[0]


def test_a_file_that_somebody_removed_is_told_with_what_to_do(user: User, three: Store) -> None:
    three.matching("team/tool:2")[0].path.unlink()
    done = user.sregistry("images")
    assert done.returncode == 0
    assert [line.split()[-1] for line in done.stdout.decode().splitlines()] == ["FILE", "here", "here", "missing"]
    assert b"`sregistry get --pull team/tool:2` fetches it again" in done.stderr
    three.matching("team/tool:1")[0].path.unlink()
    assert b"the files of 2 images are missing" in user.sregistry("images").stderr


def test_an_added_file_that_was_removed_can_only_be_forgotten(user: User, store: Store) -> None:
    add(store, "team/tool:1").path.unlink()
    assert b"`sregistry rm team/tool:1` forgets it" in user.sregistry("images").stderr


def test_nothing_is_said_to_be_nothing(user: User) -> None:
    empty = user.sregistry("images")
    assert (empty.returncode, empty.stdout) == (0, b"")
    assert b"sregistry pull" in empty.stderr
    assert b'No image has "tool"' in user.sregistry("images", "tool").stderr
    assert json.loads(user.sregistry("images", "--json").stdout) == []


def test_what_switches_recording_off_is_named(user: User) -> None:
    user.environment["SREGISTRY_DISABLE"] = "yes"
    assert b"not recorded here, see SREGISTRY_DISABLE (environment)" in user.sregistry("images").stderr


def test_a_label_needs_its_value(user: User) -> None:
    done = user.sregistry("images", "--label", "owner")
    assert done.returncode == 2
    assert b"KEY=VALUE" in done.stderr

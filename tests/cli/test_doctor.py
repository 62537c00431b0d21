from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from sregistry.client import Client
from sregistry.settings import Settings
from tests.cli.terminal import on_terminal
from tests.support import images, tars
from tests.support.pulling import User
from tests.support.registry import DockerRegistry

STEPS = [
    "reference",
    "settings",
    "output",
    "login",
    "mirrors",
    "proxy",
    "resolve",
    "connect",
    "tls",
    "ping",
    "token",
    "manifest",
    "formats",
    "platform",
    "image",
    "layers",
]


@pytest.fixture
def reference(docker_registry: DockerRegistry) -> str:
    docker_registry.push("team/tool", "1.2", images.image([tars.archive(tars.file("etc/motd", b"hello"))]))
    return f"{docker_registry.address}/team/tool:1.2"


def test_json_is_what_the_library_says(user: User, reference: str, settings: Settings) -> None:
    done = user.sregistry("doctor", "--json", reference)
    said = json.loads(done.stdout)
    with Client(settings, {}) as client:
        examination = client.doctor(reference)
    assert (done.returncode, said["healthy"], said["diagnosis"]) == (0, True, None)
    assert examination.healthy
    assert [step["name"] for step in said["steps"]] == [step.name for step in examination.steps]
    assert [step["name"] for step in said["steps"]][: len(STEPS)] == STEPS


def test_offline_nothing_is_asked_by_any_step(user: User, reference: str) -> None:
    done = user.sregistry("doctor", "--json", "--offline", reference)
    verdicts = {step["name"]: step["verdict"] for step in json.loads(done.stdout)["steps"]}
    assert done.returncode == user.sregistry("pull", "--offline", reference).returncode == 4
    assert {verdicts[name] for name in ("resolve", "connect", "tls", "ping", "token", "formats")} == {"skip"}
    assert verdicts["manifest"] == "fail"


def test_the_exit_code_and_the_words_are_those_of_a_pull(user: User, reference: str) -> None:
    wrong = reference.replace("1.2", "1.3")
    examined, pulled = user.sregistry("doctor", "--json", wrong), user.sregistry("pull", "--json", wrong)
    assert examined.returncode == pulled.returncode == 7
    ours, theirs = json.loads(examined.stdout)["diagnosis"], json.loads(pulled.stdout)
    assert (ours["code"], ours["title"]) == (theirs["code"], theirs["title"])


def test_a_report_can_go_into_a_pipe_which_stays_one(user: User, reference: str) -> None:
    os.mkfifo(user.home / "pipe")
    process = user.start("doctor", "--report", "pipe", reference)
    with (user.home / "pipe").open() as pipe:
        assert pipe.read().startswith("#")
    process.communicate(timeout=100)
    assert process.returncode == 0
    assert (user.home / "pipe").is_fifo()


def test_a_report_follows_a_symbolic_link(user: User, reference: str) -> None:
    (user.home / "link.md").symlink_to("report.md")
    assert user.sregistry("doctor", "--report", "link.md", reference).returncode == 0
    assert (user.home / "link.md").is_symlink()
    assert (user.home / "report.md").read_text().startswith("#")


def test_a_report_is_written_whole(user: User, reference: str) -> None:
    report: Path = user.home / "report.md"
    assert user.sregistry("doctor", "--report", report, reference).returncode == 0
    text = report.read_text()
    assert text.startswith(f"# sregistry doctor {reference}\n")
    assert [line for line in text.splitlines() if line.startswith("## ")][:3] == [
        "## Steps",
        "## Exchanges",
        "## Versions",
    ]


@pytest.mark.parametrize("columns", [80, 200])
def test_a_terminal_shows_a_line_for_each_step(columns: int, user: User, reference: str) -> None:
    drawn = on_terminal(user, "doctor", reference, columns=columns)
    assert [line.split()[1] for line in drawn if line[:1].isalpha()][: len(STEPS)] == STEPS
    # Paths and digests are never broken.
    assert [line for line in drawn if len(re.sub(r"\S{50,}", "", line)) > columns] == []

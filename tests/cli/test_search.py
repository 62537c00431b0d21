from __future__ import annotations

import json

import pytest

from sregistry.operations.context import Context
from sregistry.operations.search import search
from sregistry.settings import Settings
from tests.support import images
from tests.support.pulling import User
from tests.support.registry import DockerRegistry
from tests.support.tars import archive, file


@pytest.fixture
def address(docker_registry: DockerRegistry) -> str:
    for tag in ("1.9", "1.10", f"sha256-{'ab' * 32}.sig"):
        docker_registry.push("team/tool", tag, images.image([archive(file("etc/content", b"content"))]))
    return docker_registry.address


def test_every_line_can_be_pulled(address: str, user: User) -> None:
    done = user.sregistry("search", f"docker://{address}/team/tool")
    assert done.stdout.decode().splitlines() == [f"{address}/team/tool:1.10", f"{address}/team/tool:1.9"]
    assert b"Left out are 1 of signatures" in done.stderr
    assert len(user.sregistry("search", "--all", f"docker://{address}/team/tool").stdout.splitlines()) == 3


def test_every_line_can_be_searched(address: str, user: User) -> None:
    done = user.sregistry("search", f"docker://{address}", "TO")
    assert done.stdout.decode() == f"{address}/team/tool\n"


def test_json_is_what_the_library_says(address: str, user: User, settings: Settings) -> None:
    said = json.loads(user.sregistry("search", "--json", f"{address}/team/tool", "1.9").stdout)
    assert said == search(Context(settings), f"{address}/team/tool", text="1.9").facts()


def test_nothing_is_said_to_be_nothing(address: str, user: User) -> None:
    done = user.sregistry("search", f"{address}/team/tool", "2.")
    assert (done.returncode, done.stdout) == (0, b"")
    assert b'No tag has "2." in it.' in done.stderr


def test_a_registry_without_catalog_is_explained(token_registry: DockerRegistry, user: User) -> None:
    done = user.sregistry("search", token_registry.address)
    assert (done.returncode, done.stdout) == (11, b"")
    assert b"does not list its repositories" in done.stderr
    assert f"sregistry search 'docker://{token_registry.address}/<REPOSITORY>'".encode() in done.stderr

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sregistry.errors import SregistryError
from sregistry.operations.context import Context
from sregistry.operations.search import search
from sregistry.settings import Settings, load
from tests.support import images
from tests.support.registry import DockerRegistry
from tests.support.tars import archive, file

IMAGE = images.image([archive(file("etc/content", b"content"))])
SIGNATURE = f"sha256-{'ab' * 32}.sig"


@pytest.fixture
def plain(tmp_path: Path) -> Settings:
    return load({"HOME": str(tmp_path)})


@pytest.fixture
def filled(docker_registry: DockerRegistry) -> DockerRegistry:
    for repository, tag in (("team/tool", "1.9"), ("team/tool", "1.10"), ("team/tool", "latest"), ("lab/other", "1")):
        docker_registry.push(repository, tag, IMAGE)
    docker_registry.push("team/tool", SIGNATURE, IMAGE)
    return docker_registry


@pytest.mark.parametrize("target", ["docker://{}/team/tool", "{}/team/tool", "{}/team/tool:1.9"])
def test_tags_come_with_the_highest_version_first(target: str, filled: DockerRegistry, plain: Settings) -> None:
    found = search(Context(plain), target.format(filled.address))
    assert (found.registry, found.repository) == (filled.address, "team/tool")
    assert found.names == ("1.10", "1.9", "latest")
    assert found.references[0] == f"{filled.address}/team/tool:1.10"


def test_signatures_are_left_out_but_for_who_wants_them(filled: DockerRegistry, plain: Settings) -> None:
    assert search(Context(plain), f"{filled.address}/team/tool").attached == 1
    everything = search(Context(plain), f"{filled.address}/team/tool", attached=True)
    assert SIGNATURE in everything.names
    assert everything.attached == 0


@pytest.mark.parametrize("target", ["docker://{}", "{}", "{}/", "docker://{}/"])
def test_repositories_of_a_registry(target: str, filled: DockerRegistry, plain: Settings) -> None:
    found = search(Context(plain), target.format(filled.address))
    assert (found.repository, found.names) == (None, ("lab/other", "team/tool"))
    assert found.references == [f"{filled.address}/lab/other", f"{filled.address}/team/tool"]


def test_only_names_that_contain_a_text(filled: DockerRegistry, plain: Settings) -> None:
    assert search(Context(plain), filled.address, text="TOOL").names == ("team/tool",)
    assert search(Context(plain), f"{filled.address}/team/tool", text="1.1").names == ("1.10",)
    assert search(Context(plain), filled.address, text="nothing").names == ()


def test_a_registry_that_lists_nothing_to_the_public(token_registry: DockerRegistry, plain: Settings) -> None:
    with pytest.raises(SregistryError) as caught:
        search(Context(plain), token_registry.address)
    assert caught.value.code == "registry-no-catalog"
    assert caught.value.facts["cause"] in ("auth-required", "auth-denied")
    assert caught.value.facts["registry"] == token_registry.address


def test_a_login_may_list_the_repositories(start_registry: Callable[..., DockerRegistry], plain: Settings) -> None:
    registry = start_registry(users={"reader": "correct horse"})
    registry.push("team/tool", "1", IMAGE)
    with pytest.raises(SregistryError) as caught:
        search(Context(plain), registry.address)
    assert caught.value.code == "registry-no-catalog"
    assert search(Context(plain, login=("reader", "correct horse")), registry.address).names == ("team/tool",)


def test_a_wrong_login_is_said_to_be_wrong(start_registry: Callable[..., DockerRegistry], plain: Settings) -> None:
    registry = start_registry(users={"reader": "correct horse"})
    with pytest.raises(SregistryError) as caught:
        search(Context(plain, login=("reader", "wrong")), registry.address)
    assert caught.value.code == "auth-refused"


def test_a_repository_that_does_not_exist(docker_registry: DockerRegistry, plain: Settings) -> None:
    with pytest.raises(SregistryError) as caught:
        search(Context(plain), f"{docker_registry.address}/team/tol")
    assert caught.value.code == "repository-unknown"


@pytest.mark.parametrize("target", ["docker://UPPER/Case", "my_host.org", "docker://", "shub://a/b"])
def test_what_names_nothing_is_refused(target: str, plain: Settings) -> None:
    with pytest.raises(SregistryError) as caught:
        search(Context(plain), target)
    assert caught.value.code.startswith(("name-", "reference-"))

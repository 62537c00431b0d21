from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sregistry.errors import SregistryError
from sregistry.operations.context import Context
from sregistry.operations.get import get, get_or_pull
from sregistry.operations.pull import pull
from sregistry.settings import Settings
from sregistry.store.store import Store
from tests.store.images import add, keep, pulled
from tests.support import images
from tests.support.registry import DockerRegistry
from tests.support.tars import archive, file


def image(content: str) -> images.Image:
    return images.image([archive(file("etc/content", content.encode()))])


def code_of(error: pytest.ExceptionInfo[SregistryError]) -> tuple[str, dict[str, Any]]:
    return error.value.code, error.value.facts


def test_the_image_that_a_name_means_is_found_and_its_use_noted(store: Store, settings: Settings) -> None:
    kept = keep(store, pulled("team/tool:1.2"))
    found = get(Context(settings), "docker://gcr.io/team/tool:1.2")
    assert found.path == kept.path
    assert found.path.read_bytes() == b"content"
    assert store.matching("tool:1.2")[0].last_used is not None


@pytest.mark.parametrize("text", ["tool:1.2", "team/tool:1.2", "gcr.io/team/tool:1.2", "{digest}", "{short}"])
def test_the_ways_to_name_an_image(text: str, store: Store, settings: Settings) -> None:
    kept = keep(store, pulled("team/tool:1.2"))
    names = {"digest": kept.version, "short": kept.file_digest.hex[:8]}
    assert get(Context(settings), text.format(**names)).id == kept.id


def test_an_image_that_is_not_here_is_an_error_with_similar_names(store: Store, settings: Settings) -> None:
    add(store, "team/tool:1.2")
    with pytest.raises(SregistryError) as caught:
        get(Context(settings), "tool:2")
    assert code_of(caught) == ("store-image-unknown", {"source": "tool:2", "near": ["team/tool:1.2"]})


@pytest.mark.parametrize("misspelt", ["tol:1.2", "toool", "lab/Tool:1.2"])
def test_a_misspelt_name_is_answered_with_what_was_meant(misspelt: str, store: Store, settings: Settings) -> None:
    add(store, "team/tool:1.2", b"one")
    add(store, "team/other:1", b"two")
    with pytest.raises(SregistryError) as caught:
        get(Context(settings), misspelt)
    assert caught.value.facts["near"] == ["team/tool:1.2"]


def test_an_image_for_another_platform_is_not_given(store: Store, settings: Settings) -> None:
    add(store, "team/tool:1.2")
    with pytest.raises(SregistryError) as caught:
        get(Context(replace(settings, platform="arm64")), "tool:1.2")
    assert caught.value.code == "store-platform-unknown"
    assert caught.value.facts["platforms"] == ["linux/amd64"]


def test_a_file_that_somebody_removed_is_noticed(store: Store, settings: Settings) -> None:
    keep(store, pulled("team/tool:1.2")).path.unlink()
    with pytest.raises(SregistryError) as caught:
        get(Context(settings), "tool:1.2")
    code, facts = code_of(caught)
    assert code == "store-file-missing"
    assert (facts["source"], facts["reference"]) == ("tool:1.2", "docker://gcr.io/team/tool:1.2")


def test_what_is_here_is_not_pulled(store: Store, settings: Settings) -> None:
    kept = keep(store, pulled("team/tool:1.2", registry="registry.invalid"))
    assert get_or_pull(Context(settings), "tool:1.2") == kept.path


def test_what_is_not_here_is_pulled(settings: Settings, docker_registry: DockerRegistry) -> None:
    docker_registry.push("team/tool", "1.2", image("first"))
    path = get_or_pull(Context(settings), f"docker://{docker_registry.address}/team/tool:1.2")
    assert path == get(Context(settings), "tool:1.2").path
    assert path.is_file()


def test_a_removed_file_is_fetched_from_where_it_came(settings: Settings, docker_registry: DockerRegistry) -> None:
    docker_registry.push("team/tool", "1.2", image("first"))
    first = pull(Context(settings), f"{docker_registry.address}/team/tool:1.2", name="mine/other:3")
    content = first.path.read_bytes()
    first.path.unlink()
    path = get_or_pull(Context(settings), "other:3")
    assert path == first.path
    assert path.read_bytes() == content
    assert get(Context(settings), "other:3").name == get(Context(settings), "mine/other:3").name


def test_a_digest_brings_back_that_image_though_the_tag_moved(
    store: Store, settings: Settings, docker_registry: DockerRegistry
) -> None:
    address = docker_registry.address
    docker_registry.push("team/tool", "1.2", image("first"))
    first = pull(Context(settings), f"{address}/team/tool:1.2")
    docker_registry.push("team/tool", "1.2", image("second"))
    first.path.unlink()
    path = get_or_pull(Context(settings), f"tool:1.2@{first.manifest_digest}")
    assert path.is_file()
    (row,) = store.matching("tool:1.2")
    assert (row.version, row.path) == (first.manifest_digest, path)


def test_the_image_for_another_platform_comes_from_the_same_registry(
    settings: Settings, docker_registry: DockerRegistry
) -> None:
    built = [
        images.image([archive(file("etc/for", name.encode()))], platform=name)
        for name in ("linux/amd64", "linux/arm64")
    ]
    docker_registry.pusher("team/tool").push_index("team/tool", "1", built)
    first = pull(Context(settings), f"{docker_registry.address}/team/tool:1")
    other = get_or_pull(Context(replace(settings, platform="linux/arm64")), "team/tool:1")
    assert other != first.path
    assert get(Context(replace(settings, platform="linux/arm64")), "team/tool:1").path == other
    assert get(Context(settings), "team/tool:1").path == first.path


def test_a_file_that_was_added_cannot_be_fetched(store: Store, settings: Settings) -> None:
    add(store, "team/tool:1.2").path.unlink()
    with pytest.raises(SregistryError) as caught:
        get_or_pull(Context(settings), "tool:1.2")
    assert caught.value.code == "store-file-missing"


@pytest.mark.parametrize("text", ["deadbeef", "sha256:deadbeef"])
def test_a_digest_alone_cannot_be_pulled(text: str, settings: Settings) -> None:
    with pytest.raises(SregistryError) as caught:
        get_or_pull(Context(settings), text)
    assert caught.value.code == "store-image-unknown"


def test_without_database_the_file_goes_where_a_pull_puts_it(
    settings: Settings, docker_registry: DockerRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    docker_registry.push("team/tool", "1.2", image("first"))
    path = get_or_pull(Context(replace(settings, use_database=False)), f"{docker_registry.address}/team/tool:1.2")
    assert path == tmp_path / "tool_1.2.sif"

"""The packs of a pull, while somebody else empties the cache."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sregistry.errors import SregistryError
from sregistry.operations.context import Context
from sregistry.operations.layers import Packer
from sregistry.operations.local import open_cache
from sregistry.operations.pull import pull
from sregistry.settings import Settings, load
from sregistry.store.files import PartialFile
from tests.support.images import image
from tests.support.registry import DockerRegistry
from tests.support.sifs import small_image
from tests.support.tars import archive, hardlink


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"HOME": str(tmp_path)})


def emptying(settings: Settings, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """Let the cache be emptied right after it was looked through, so often."""
    make_missing = Packer._make_missing
    left = [times]

    def then_emptied(packer: Packer, *arguments: object) -> object:
        made = make_missing(packer, *arguments)
        if left[0]:
            left[0] -= 1
            assert open_cache(settings).clean().entries
        return made

    monkeypatch.setattr(Packer, "_make_missing", then_emptied)


def test_a_pack_that_is_removed_before_it_is_opened_is_made_again(
    docker_registry: DockerRegistry, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker_registry.push("team/tool", "1", small_image("1"))
    reference = f"docker://{docker_registry.address}/team/tool:1"
    pull(Context(settings), reference)
    emptying(settings, monkeypatch, 1)
    result = pull(Context(settings), reference, force=True)
    assert result.path.is_file()
    assert [layer.cached for layer in result.layers] == [False]


@pytest.fixture
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files get their names half a second late."""
    commit = PartialFile.commit

    def commit_late(partial: PartialFile, target: Path) -> Path:
        time.sleep(0.5)
        return commit(partial, target)

    monkeypatch.setattr(PartialFile, "commit", commit_late)


@pytest.mark.usefixtures("slow_disk")
def test_a_pull_ends_when_its_packs_are_in_the_cache(docker_registry: DockerRegistry, settings: Settings) -> None:
    docker_registry.push("team/tool", "1", small_image("1"))
    reference = f"docker://{docker_registry.address}/team/tool:1"
    assert pull(Context(settings), reference).path.is_file()
    assert open_cache(settings).entries()


@pytest.mark.usefixtures("slow_disk")
def test_so_does_a_pull_whose_layers_cannot_be_assembled(docker_registry: DockerRegistry, settings: Settings) -> None:
    docker_registry.push("team/broken", "1", image([archive(hardlink("name", "nowhere"))], {}))
    with pytest.raises(SregistryError) as caught:
        pull(Context(settings), f"docker://{docker_registry.address}/team/broken:1")
    assert caught.value.code == "layer-link-target-missing"
    cache = open_cache(settings)
    assert cache.entries()
    assert not list(cache.paths.partial.iterdir())


def test_somebody_who_empties_the_cache_again_and_again_is_named(
    docker_registry: DockerRegistry, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker_registry.push("team/tool", "1", small_image("1"))
    reference = f"docker://{docker_registry.address}/team/tool:1"
    pull(Context(settings), reference)
    emptying(settings, monkeypatch, 1)
    monkeypatch.setattr(Packer, "_usable", lambda packer, layer: True)
    with pytest.raises(SregistryError) as caught:
        pull(Context(settings), reference, force=True)
    assert (caught.value.code, caught.value.facts["setting"]) == ("disk-no-such-path", "cache_dir")

from __future__ import annotations

from pathlib import Path

import pytest

from sregistry.errors import SregistryError
from sregistry.operations.context import Context
from sregistry.operations.delete import delete, find
from sregistry.operations.search import search
from sregistry.settings import load
from tests.registry.scripted import tiny
from tests.support.registry import DockerRegistry

ONE, TWO = tiny("one"), tiny("two")


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(load({"HOME": str(tmp_path)}))


@pytest.fixture
def at(docker_registry: DockerRegistry) -> str:
    for name, one in (("1", ONE), ("2", TWO), ("latest", ONE)):
        docker_registry.push("team/tool", name, one)
    return f"docker://{docker_registry.address}/team/tool"


def test_what_is_found_is_told_and_an_image_goes_with_all_its_tags(context: Context, at: str) -> None:
    found = find(context, f"{at}:1", every_tag=True)
    assert (found.digest, found.others, found.named) == (ONE.manifest.digest, ("latest",), "1")
    assert found.place in at
    assert find(context, f"{at}:1", every_tag=True, others=False).others is None
    assert delete(context, found).facts() == {
        "reference": f"{at}:1",
        "digest": ONE.manifest.digest,
        "every_tag": True,
        "others": ["latest"],
    }
    assert search(context, at).names == ("2",)


def test_no_tag_goes_that_was_not_named(context: Context, at: str) -> None:
    for reference, code in ((f"{at}:1", "registry-tag-bound"), (f"{at}:absent", "tag-unknown")):
        with pytest.raises(SregistryError) as caught:
            delete(context, find(context, reference))
        assert (caught.value.code, caught.value.facts["repeat"]) == (code, ["rm", reference])
    with pytest.raises(SregistryError) as caught:
        find(context, f"{at}@{ONE.manifest.digest}", others=False)
    assert (caught.value.code, caught.value.facts["others"]) == ("registry-digest-tagged", ["1", "latest"])
    assert set(search(context, at).names) == {"1", "2", "latest"}


def test_an_image_that_no_tag_means_goes_by_its_digest(context: Context, at: str) -> None:
    untagged = f"{at}@{TWO.manifest.digest}"
    delete(context, find(context, untagged, every_tag=True))
    with pytest.raises(SregistryError) as caught:
        find(context, untagged)
    assert caught.value.code == "manifest-unknown"


def test_what_a_tag_means_by_now_does_not_go_instead(
    context: Context, at: str, docker_registry: DockerRegistry
) -> None:
    found = find(context, f"{at}:1", every_tag=True)
    docker_registry.push("team/tool", "1", TWO)
    delete(context, found)
    assert set(search(context, at).names) == {"1", "2"}

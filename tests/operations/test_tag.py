from __future__ import annotations

from pathlib import Path

import pytest

from sregistry.errors import SregistryError
from sregistry.operations.context import Context
from sregistry.operations.tag import tag
from sregistry.settings import load
from tests.registry.scripted import tiny
from tests.support import tools
from tests.support.registry import DockerRegistry

ONE, TWO = tiny("one"), tiny("two")


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(load({"HOME": str(tmp_path)}))


def raw(reference: str) -> bytes:
    """A manifest as skopeo gets it."""
    done = tools.require("skopeo", newest=True).run("inspect", "--tls-verify=false", "--raw", reference)
    return done.stdout


def test_the_bytes_of_a_manifest_are_those_it_had(docker_registry: DockerRegistry, context: Context) -> None:
    docker_registry.pusher("team/tool").push_index("team/tool", "all", [ONE, tiny("arm", platform="linux/arm64")])
    at = f"docker://{docker_registry.address}/team/tool"
    done = tag(context, f"{at}:all", "stable")
    assert (done.reference, done.former, done.moved) == (f"{at}:stable", None, False)
    assert raw(f"{at}:stable") == raw(f"{at}@{done.digest}") == raw(f"{at}:all")
    assert done.facts() == {"reference": f"{at}:stable", "digest": str(done.digest), "former": None}


def test_a_tag_that_moves_says_what_it_meant(docker_registry: DockerRegistry, context: Context) -> None:
    first, second = (docker_registry.push("team/tool", name, one) for name, one in (("1", ONE), ("2", TWO)))
    at = f"docker://{docker_registry.address}/team/tool"
    done = tag(context, f"{at}@{first}", "2")
    assert (str(done), str(done.former), done.moved) == (first, second, True)
    assert not tag(context, f"{at}:1", "2").moved
    assert raw(f"{at}:2") == ONE.manifest.data


@pytest.mark.parametrize("new", ["", "a b", "team/tool:2", "docker://h/r:2", "a:b", "-x", "oci:x"])
def test_what_is_no_tag_is_refused_and_nobody_is_asked(new: str, context: Context) -> None:
    with pytest.raises(SregistryError) as caught:
        tag(context, "docker://registry.invalid/team/tool:1", new)
    assert caught.value.code == "reference-tag"


def test_an_image_that_is_absent_and_a_place_without_tags(
    docker_registry: DockerRegistry, context: Context, tmp_path: Path
) -> None:
    docker_registry.push("team/tool", "1", ONE)
    at = f"docker://{docker_registry.address}/team/tool"
    with pytest.raises(SregistryError) as caught:
        tag(context, f"{at}:absent", "2")
    assert (caught.value.code, caught.value.facts["repeat"]) == ("tag-unknown", ["tag", f"{at}:absent", "2"])
    with pytest.raises(SregistryError) as caught:
        tag(context, f"docker-archive:{tmp_path}/a.tar", "2")
    assert caught.value.code == "endpoint-unable"

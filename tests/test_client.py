"""The local registry through `sregistry.client.Client`."""

from __future__ import annotations

from pathlib import Path

import pytest

from sregistry.client import Client
from sregistry.errors import SregistryError
from sregistry.settings import Settings, load
from tests.support import images
from tests.support.registry import DockerRegistry
from tests.support.sifs import foreign_sif, make_sif
from tests.support.tars import archive, file


@pytest.fixture
def settings(tmp_path: Path, database_url: str | None) -> Settings:
    """Settings of somebody with an empty home folder; the platform is fixed."""
    places = {"database_url": database_url, "platform": "linux/amd64"}
    return load({"HOME": str(tmp_path)}, command_line=places)


def test_the_life_of_an_image(settings: Settings, tmp_path: Path) -> None:
    with Client(settings, {}) as client:
        added = client.add(foreign_sif(tmp_path / "tool_1.sif"))
        assert str(added.image.name) == "library/tool:1"
        assert str(client.rename("tool:1", "team/tool").name) == "team/tool:1"
        assert client.mv("team/tool:1", tmp_path / "out.sif").path == tmp_path / "out.sif"
        assert client.get("team/tool:1") == tmp_path / "out.sif"
        assert client.check().left == []
        (tmp_path / "out.sif").unlink()
        assert [problem.kind for problem in client.check(repair=True).left] == ["missing"]
        assert [one.deleted for one in client.rm("team/tool:1")] == [False]
        assert client.images() == []


def test_names_that_fit_several_images(settings: Settings, tmp_path: Path) -> None:
    client = Client(settings, {})
    for number in (1, 2):
        client.add(make_sif(tmp_path / "x.sif", str(number)), f"team/tool:{number}", copy=True)
    with pytest.raises(SregistryError):
        client.rm("team/tool")
    assert len(client.rm("team/tool", every=True)) == 2


def test_looking_and_getting(settings: Settings, docker_registry: DockerRegistry) -> None:
    docker_registry.push("team/tool", "1", images.image([archive(file("etc/content", b"content"))]))
    reference = f"docker://{docker_registry.address}/team/tool:1"
    with Client(settings, {}) as client:
        assert client.search(docker_registry.address, "tool").names == ("team/tool",)
        assert client.search(reference).references == [reference.removeprefix("docker://")]
        remote = client.inspect(client.reference(reference))
        path = client.get(reference, pull=True)
        assert client.get("team/tool:1") == path
        assert client.inspect(str(path)).manifest_digest == remote.manifest_digest
        assert repr(client.images("tool")) == "[<team/tool:1>]"
        path.unlink()
        assert repr(client.images("tool")) == "[<team/tool:1, file missing>]"
        assert client.get("team/tool:1", pull=True) == path

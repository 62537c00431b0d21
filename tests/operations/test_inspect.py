from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sregistry.errors import SregistryError
from sregistry.operations.context import Context
from sregistry.operations.inspect import inspect
from sregistry.operations.pull import pull
from sregistry.settings import Settings, load
from tests.sif.files import sif_bytes
from tests.support import images
from tests.support.registry import DockerRegistry
from tests.support.tars import archive, file

CONFIG = {"Env": ["A=1"], "Entrypoint": ["/bin/tool"], "Labels": {"owner": "ada"}}
BASE = images.layer(archive(file("etc/base", b"base")))


def image(platform: str = "linux/amd64") -> images.Image:
    return images.image([BASE, archive(file("etc/for", platform.encode()))], CONFIG, platform=platform)


@pytest.fixture
def plain(tmp_path: Path) -> Settings:
    return load({"HOME": str(tmp_path)}, command_line={"platform": "linux/amd64"})


@pytest.fixture
def pushed(docker_registry: DockerRegistry) -> str:
    docker_registry.push("team/tool", "1", image())
    built = [image("linux/amd64"), image("linux/arm64")]
    docker_registry.pusher("team/tool").push_index("team/tool", "multi", built)
    return f"docker://{docker_registry.address}/team/tool"


def test_a_reference_is_looked_at_without_pulling(pushed: str, plain: Settings) -> None:
    found = inspect(Context(plain), f"{pushed}:1")
    made = image()
    assert (found.manifest_digest, found.index_digest) == (made.manifest.digest, None)
    assert (found.platform, found.config, dict(found.texts.labels)) == ("linux/amd64", CONFIG, {"owner": "ada"})
    assert [(str(layer.digest), layer.size) for layer in found.layers] == [
        (layer.blob.digest, len(layer.blob.data)) for layer in made.layers
    ]
    assert (found.file, found.contents, found.row) == (None, None, None)
    assert not plain.storage.exists()
    assert not plain.cache_dir.exists()


def test_the_platforms_of_an_index_are_listed(pushed: str, plain: Settings) -> None:
    found = inspect(Context(plain), f"{pushed}:multi")
    assert [offer.platform for offer in found.offers] == ["linux/amd64", "linux/arm64"]
    assert found.manifest_digest == found.offers[0].digest
    other = inspect(Context(replace(plain, platform="linux/arm64")), f"{pushed}:multi")
    assert (other.manifest_digest, other.platform) == (other.offers[1].digest, "linux/arm64")


def test_an_index_without_this_machine_is_no_failure_unless_a_platform_is_named(
    docker_registry: DockerRegistry, plain: Settings
) -> None:
    docker_registry.pusher("team/tool").push_index("team/tool", "other", [image("linux/s390x")])
    reference = f"docker://{docker_registry.address}/team/tool:other"
    found = inspect(Context(replace(plain, platform=None)), reference)
    assert [offer.platform for offer in found.offers] == ["linux/s390x"]
    assert (found.config, len(found.warnings)) == (None, 1)
    with pytest.raises(SregistryError) as caught:
        inspect(Context(plain), reference)
    assert caught.value.code == "image-no-platform"


def test_a_tag_that_does_not_exist_is_looked_into(pushed: str, plain: Settings) -> None:
    with pytest.raises(SregistryError) as caught:
        inspect(Context(plain), f"{pushed}:mult")
    assert caught.value.code == "tag-unknown"
    assert caught.value.facts["second_look"]["tags"]["near"] == ["multi"]


def test_what_is_here_says_what_its_registry_said(pushed: str, settings: Settings) -> None:
    remote = inspect(Context(settings), f"{pushed}:1")
    path = pull(Context(settings), f"{pushed}:1").path
    here = inspect(Context(settings), "team/tool:1")
    for name in ("reference", "manifest_digest", "platform", "created", "config", "layers"):
        assert getattr(here, name) == getattr(remote, name)
    for name in ("environment", "runscript", "startscript", "deffile"):
        assert getattr(here.texts, name) == getattr(remote.texts, name)
    assert here.texts.labels.items() > remote.texts.labels.items()
    assert (here.file, here.size) == (path, path.stat().st_size)
    assert here.row is not None


def test_a_file_of_the_local_registry_is_known_by_its_path(pushed: str, settings: Settings) -> None:
    path = pull(Context(settings), f"{pushed}:1").path
    assert inspect(Context(settings), str(path)) == inspect(Context(settings), "team/tool:1")


def test_any_file_whatever_its_name(plain: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "image").write_bytes(sif_bytes())
    found = inspect(Context(plain), "image")
    assert (found.file, found.row, found.platform) == (tmp_path / "image", None, "linux/amd64")
    assert len(found.warnings) == 1


def test_a_file_that_is_no_sif_is_named(plain: Settings, tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"text")
    with pytest.raises(SregistryError) as caught:
        inspect(Context(plain), str(tmp_path / "text"))
    assert (caught.value.code, caught.value.facts["file"]) == ("sif-not-an-image", str(tmp_path / "text"))


def test_a_file_that_does_not_exist(plain: Settings, tmp_path: Path) -> None:
    with pytest.raises(SregistryError) as caught:
        inspect(Context(plain), str(tmp_path / "image.sif"))
    assert (caught.value.code, caught.value.facts["path"]) == ("disk-no-such-file", str(tmp_path / "image.sif"))


def test_a_name_that_is_not_here(plain: Settings) -> None:
    with pytest.raises(SregistryError) as caught:
        inspect(Context(plain), "team/tool:1")
    assert caught.value.code == "store-image-unknown"


def test_a_file_that_somebody_removed_is_noticed(pushed: str, settings: Settings) -> None:
    pull(Context(settings), f"{pushed}:1").path.unlink()
    with pytest.raises(SregistryError) as caught:
        inspect(Context(settings), "tool:1")
    assert caught.value.code == "store-file-missing"


def test_a_login_is_used(start_registry: Callable[..., DockerRegistry], plain: Settings) -> None:
    registry = start_registry(users={"reader": "correct horse"})
    registry.push("team/tool", "1", image())
    found = inspect(Context(plain, login=("reader", "correct horse")), f"docker://{registry.address}/team/tool:1")
    assert found.config == CONFIG


def test_facts_are_json(pushed: str, settings: Settings) -> None:
    pull(Context(settings), f"{pushed}:multi")
    for target in (f"{pushed}:multi", "team/tool:multi"):
        facts = json.loads(json.dumps(inspect(Context(settings), target).facts()))
        assert facts["config"] == CONFIG
        assert len(facts["layers"]) == 2
        assert facts["runscript"].startswith("#!/bin/sh")

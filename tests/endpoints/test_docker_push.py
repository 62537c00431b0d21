"""A SIF pushed as an image of one layer: what is sent, what is refused before anything is, what is left behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import zstandard

from sregistry.endpoints.base import About, Layered
from sregistry.endpoints.docker import Docker
from sregistry.errors import SregistryError
from sregistry.layers import blob
from sregistry.operations.context import Context
from sregistry.operations.push import push
from sregistry.references import Platform, Reference
from sregistry.settings import load
from sregistry.sif.descriptors import Filesystem
from tests.disassembly.sifs import CONFIG
from tests.registry.sessions import fails
from tests.sif.files import partition, sif_bytes
from tests.support import images, tars
from tests.support.building import build_sif
from tests.support.registry import DockerRegistry


@dataclass
class Somebody:
    """Who pushes to one place, with settings of their own."""

    context: Context
    reference: Reference
    endpoint: Docker

    def push(self, sif: Path, about: About | None = None) -> tuple[str, int]:
        """Push; return the digest, and how many bytes were told of."""
        told: list[int] = []
        return str(self.endpoint.push(self.reference, sif, about or About(), told.append)), sum(told)

    @property
    def manifest(self) -> dict[str, Any]:
        """What is there now."""
        return self.endpoint.repository(self.reference).manifest("").document

    def image(self, platform: str = "linux/amd64") -> Layered:
        """What a pull finds."""
        return self.endpoint.find(self.reference, Platform.parse(platform))


Open = Callable[..., Somebody]


@pytest.fixture
def somebody(tmp_path: Path, docker_registry: DockerRegistry) -> Iterator[Open]:
    """Gives people with an empty home and these settings."""
    opened: list[Docker] = []

    def start(**settings: Any) -> Somebody:
        environ = {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp")}
        (tmp_path / "tmp").mkdir(exist_ok=True)
        context = Context(load(environ, command_line=settings), environ)
        opened.append(Docker(context))
        return Somebody(context, context.parse(f"docker://{docker_registry.address}/tool:1"), opened[-1])

    yield start
    for endpoint in opened:
        endpoint.close()


@pytest.fixture
def sif(tmp_path: Path) -> Path:
    """A small image."""
    return build_sif(images.image([tars.archive(tars.file("f", b"text" * 1000))], CONFIG), tmp_path / "a.sif")


def requests(registry: DockerRegistry, method: str) -> int:
    """How often the registry was asked so."""
    return registry.log.count(f"http.request.method={method}")


def test_the_manifest_is_of_oci_and_its_digest_returned(
    somebody: Open, docker_registry: DockerRegistry, sif: Path
) -> None:
    me = somebody()
    about = About({"org.opencontainers.image.description": "a tool"})
    digest, told = me.push(sif, about)
    found = me.manifest
    assert found["mediaType"] == images.OCI_MANIFEST
    assert found["annotations"] == about.annotations
    assert found["config"]["mediaType"] == images.OCI_CONFIG
    (layer,) = found["layers"]
    assert layer["mediaType"] == images.OCI_LAYERS["gzip"]
    assert told == layer["size"] + found["config"]["size"]
    assert digest == str(me.endpoint.version(me.reference))


def test_the_same_again_is_not_sent(somebody: Open, docker_registry: DockerRegistry, sif: Path) -> None:
    me = somebody()
    first, _ = me.push(sif)
    sent = requests(docker_registry, "POST")
    assert somebody(jobs=3).push(sif) == (first, 0)
    assert requests(docker_registry, "POST") == sent


@pytest.mark.parametrize("compression", ["gzip:1", "zstd", "zstd:19", "none"])
def test_the_compression_is_that_of_the_settings(
    compression: str, somebody: Open, docker_registry: DockerRegistry, sif: Path
) -> None:
    me = somebody(compression=compression)
    me.push(sif)
    assert me.manifest["layers"][0]["mediaType"] == images.OCI_LAYERS[compression.split(":")[0]]


def test_a_zstd_layer_is_zstd(somebody: Open, docker_registry: DockerRegistry, sif: Path) -> None:
    me = somebody(compression="zstd")
    me.push(sif)
    found = me.image()
    with found.repository.blob(found.image.layers[0].descriptor) as stream:
        assert b"texttext" in zstandard.ZstdDecompressor().stream_reader(stream.read()).read()


def test_the_platform_can_be_another(somebody: Open, docker_registry: DockerRegistry, sif: Path) -> None:
    me = somebody()
    me.push(sif, About(platform=Platform("linux", "arm", "v6")))
    assert me.image("linux/arm/v6").image.config["variant"] == "v6"


def test_the_variant_that_the_file_knows_is_kept(somebody: Open, tmp_path: Path) -> None:
    """A caller knows the architecture only."""
    made = images.image([tars.archive(tars.file("f"))], CONFIG, platform="linux/arm/v6")
    me = somebody()
    me.push(build_sif(made, tmp_path / "arm.sif"), About(platform=Platform.parse("linux/arm")))
    assert me.image("linux/arm/v6").image.config["variant"] == "v6"


def test_who_ends_it_while_the_layer_is_made_ends_it(
    somebody: Open, docker_registry: DockerRegistry, sif: Path
) -> None:
    def end(size: int) -> None:
        assert not size
        raise KeyboardInterrupt

    me = somebody()
    with pytest.raises(KeyboardInterrupt):
        me.endpoint.push(me.reference, sif, About(), end)
    assert not requests(docker_registry, "POST")


def test_a_file_that_changes_while_it_is_read_is_not_pushed(
    somebody: Open, docker_registry: DockerRegistry, sif: Path
) -> None:
    me = somebody()
    error = fails("disk-file-changed", lambda: me.endpoint.push(me.reference, sif, About(), lambda _: sif.touch()))
    assert error.facts["path"] == str(sif)
    assert not requests(docker_registry, "POST")


@pytest.mark.parametrize("filesystem", [Filesystem.ENCRYPTED_SQUASHFS, Filesystem.EXT3])
def test_what_cannot_be_read_goes_to_a_registry_as_it_is(somebody: Open, sif: Path, filesystem: Filesystem) -> None:
    me = somebody()
    sif.write_bytes(sif_bytes([partition(filesystem)]))
    with pytest.raises(SregistryError) as caught:
        me.push(sif)
    assert any("oras://" in step.comment for step in caught.value.diagnosis.steps)
    assert push(me.context, sif, me.reference.uri.replace("docker:", "oras:")).sent == sif.stat().st_size


REFUSED: dict[str, bytes] = {
    "sif-encrypted": sif_bytes([partition(Filesystem.ENCRYPTED_SQUASHFS)]),
    "sif-filesystem": sif_bytes([partition(Filesystem.EXT3)]),
    "squashfs-not-an-image": sif_bytes([partition(Filesystem.SQUASHFS)]),
    "sif-not-an-image": b"text" * 2000,
}


@pytest.mark.parametrize("code", REFUSED)
def test_what_cannot_be_read_is_refused_before_anything_is_sent(
    code: str, somebody: Open, docker_registry: DockerRegistry, tmp_path: Path
) -> None:
    (tmp_path / "b.sif").write_bytes(REFUSED[code])
    with pytest.raises(SregistryError) as caught:
        somebody().push(tmp_path / "b.sif")
    assert (caught.value.code, caught.value.facts["file"]) == (code, str(tmp_path / "b.sif"))
    assert not requests(docker_registry, "POST")
    assert not requests(docker_registry, "HEAD")


def test_a_damaged_file_is_refused_before_anything_is_sent(
    somebody: Open, docker_registry: DockerRegistry, tmp_path: Path
) -> None:
    """Its header is right, its last block is not."""
    sif = build_sif(images.image([tars.archive(tars.file("f", b"text" * 100_000))], CONFIG), tmp_path / "a.sif")
    data = bytearray(sif.read_bytes())
    start = data.rindex(b"hsqs") + 96
    data[start + 20 : start + 60] = bytes(40)
    sif.write_bytes(data)
    with pytest.raises(SregistryError) as caught:
        somebody().push(sif)
    assert caught.value.code == "squashfs-corrupt"
    assert not requests(docker_registry, "POST")


@pytest.mark.parametrize(("use_cache", "setting"), [(True, "cache_dir"), (False, "tmpdir")])
def test_no_room_for_the_layer_is_said(
    use_cache: bool, setting: str, somebody: Open, docker_registry: DockerRegistry, sif: Path
) -> None:
    """The kernel's own device that is always full."""
    me = somebody(use_cache=use_cache)
    folder: Path = getattr(me.context.settings, setting)

    def always_full(**_: Any) -> Any:
        return Path("/dev/full").open("wb", buffering=0)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(SregistryError) as caught:
        patch.setattr("sregistry.endpoints.docker_push.tempfile.TemporaryFile", always_full)
        me.push(sif)
    assert (caught.value.code, caught.value.facts["setting"]) == ("disk-full", setting)
    assert caught.value.facts["folder"] == str(folder)
    assert not requests(docker_registry, "POST")


def test_nothing_is_left_behind(somebody: Open, docker_registry: DockerRegistry, sif: Path) -> None:
    me = somebody()
    me.push(sif)
    cache = me.context.settings.cache_dir
    assert [path for path in cache.rglob("*") if path.is_file() and path.stat().st_size] == []


def test_a_file_that_is_not_there_is_named(somebody: Open, docker_registry: DockerRegistry, tmp_path: Path) -> None:
    with pytest.raises(SregistryError) as caught:
        somebody().push(tmp_path / "none.sif")
    assert caught.value.code == "disk-no-such-path"
    assert caught.value.facts["path"] == str(tmp_path / "none.sif")


def test_a_large_layer_is_sent_in_many_pieces_and_whole(
    somebody: Open, docker_registry: DockerRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blob, "PIECE", 100_000)
    content = b"".join(b"%d\n" % number for number in range(400_000))
    sif = build_sif(images.image([tars.archive(tars.file("f", content))], CONFIG), tmp_path / "a.sif")
    me = somebody()
    digest, _ = me.push(sif)
    monkeypatch.setattr(blob, "PIECE", 100_000)
    assert me.push(sif)[0] == digest
    found = me.image()
    assert json.dumps(found.image.config["config"]) == json.dumps(CONFIG)

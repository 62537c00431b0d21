"""The same image from a registry, and from every folder and archive that real programs make of it, is the same file."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from sregistry.operations.clock import Clock
from sregistry.operations.context import Context
from sregistry.operations.layered import assemble
from sregistry.operations.targets import FileTarget
from sregistry.references import parse
from sregistry.settings import load
from sregistry.testing.images import text_in
from tests.endpoints.layouts.here import found, put
from tests.endpoints.layouts.here import place as place_of
from tests.support import images, saved, tars, tools
from tests.support.apptainer import Apptainer
from tests.support.debian import skopeo_copy
from tests.support.pulling import User
from tests.support.registry import DockerRegistry

BASE = tars.archive(*(tars.file(f"usr/file-{number}", b"%d" % number * number) for number in range(50)))
TOP = tars.archive(tars.whiteout("usr/file-7"), tars.file("etc/text", b"the same"), tars.file("bin/sh", b"#!", 0o755))
CONFIG = {"Cmd": ["/bin/sh"], "Env": ["A=b c"], "Labels": {"key": "value"}}
IMAGE = images.image([BASE, TOP], CONFIG)
PLACES = ("oci", "oci-archive", "docker-archive", "dir")


def pulled(reference: str, home: Path) -> bytes:
    """The file that a pull makes of a place, were it from `ORIGIN`."""
    context = Context(load({"HOME": str(home), "TMPDIR": "/tmp"}, command_line={"platform": "linux/amd64"}))
    origin, read = parse("registry.example.org/team/tool:1"), parse(reference)
    output = home / f"{len(list(home.glob('*.sif')))}.sif"
    target = FileTarget(output, force=False, mode=None, reference=reference)
    with context.endpoint(read) as endpoint:
        image = endpoint.find(read, context.platform)
        assemble(context, image, origin, target, Clock())  # type: ignore[arg-type]
    return output.read_bytes()


def test_every_place_gives_the_same_file(docker_registry: DockerRegistry, tmp_path: Path) -> None:
    docker_registry.push("team/tool", "1", IMAGE)
    source = f"docker://{docker_registry.address}/team/tool:1"
    wanted = pulled(source, tmp_path)
    for scheme in ("oci", "oci-archive", "dir"):
        target = f"{scheme}:{tmp_path}/{scheme}" + ("" if scheme == "dir" else ":team/tool:1")
        skopeo_copy(source, target, "--preserve-digests")
        assert pulled(target, tmp_path) == wanted, scheme


def test_an_archive_without_digests_gives_the_same_image(docker_registry: DockerRegistry, tmp_path: Path) -> None:
    docker_registry.push("team/tool", "1", IMAGE)
    skopeo_copy(f"docker://{docker_registry.address}/team/tool:1", f"docker-archive:{tmp_path}/skopeo.tar:team/tool:1")
    made = {
        "old": saved.archive(tmp_path / "old.tar", saved.before_25({"team/tool:1": IMAGE})),
        "skopeo": tmp_path / "skopeo.tar",
    }
    one, other = (pulled(f"docker-archive:{path}", tmp_path) for path in made.values())
    assert one == other
    assert found(f"docker-archive:{made['old']}", tmp_path).image.config_digest == IMAGE.config.digest


def test_what_buildah_and_umoci_write_is_pulled(tmp_path: Path) -> None:
    buildah, umoci = tools.require("buildah"), tools.require("umoci", newest=True)
    tools.require_root()
    umoci.run("init", "--layout", tmp_path / "umoci")
    umoci.run("new", "--image", f"{tmp_path}/umoci:1")
    (tmp_path / "layer.tar").write_bytes(TOP)
    umoci.run("raw", "add-layer", "--image", f"{tmp_path}/umoci:1", tmp_path / "layer.tar")
    places = ("--root", tmp_path / "root", "--runroot", tmp_path / "run", "--storage-driver", "vfs")
    container = buildah.run(*places, "from", "scratch").stdout.decode().strip()
    buildah.run(*places, "add", container, tmp_path / "layer.tar", "/")
    committed = [
        f"oci:{tmp_path}/buildah:1",
        f"oci-archive:{tmp_path}/b.tar:1",
        f"docker-archive:{tmp_path}/d.tar:a/b:1",
    ]
    for target in (*committed, f"dir:{tmp_path}/buildah-dir"):
        buildah.run(*places, "commit", "--quiet", container, target)
    user = User(tmp_path / "home")
    for number, reference in enumerate((f"oci:{tmp_path}/umoci:1", *committed, f"dir:{tmp_path}/buildah-dir")):
        assert text_in(_pull(user, reference, tmp_path / f"{number}.sif")) == "the same", reference


def _pull(user: User, reference: str, output: Path) -> Path:
    user.pull(reference, output)
    return output


@pytest.mark.parametrize("scheme", ["oci", "oci-archive", "dir"])
def test_what_is_written_here_is_unpacked_by_umoci_and_pushed_by_skopeo(
    scheme: str, docker_registry: DockerRegistry, tmp_path: Path
) -> None:
    name = "" if scheme == "dir" else ":1"
    with place_of(f"{scheme}:{tmp_path}/place{name}", tmp_path) as target:
        put(target, IMAGE, name.removeprefix(":"))
    pushed = f"docker://{docker_registry.address}/team/{scheme}:1"
    skopeo_copy(f"{scheme}:{tmp_path}/place{name}", pushed, "--preserve-digests")
    assert pulled(pushed, tmp_path) == pulled(f"{scheme}:{tmp_path}/place{name}", tmp_path)
    if scheme == "oci":
        umoci = tools.require("umoci", newest=True)
        umoci.run("unpack", "--rootless", "--image", f"{tmp_path}/place:1", tmp_path / "bundle")
        assert (tmp_path / "bundle/rootfs/etc/text").read_bytes() == b"the same"
        umoci.run("gc", "--layout", tmp_path / "place")
        assert found(f"oci:{tmp_path}/place:1", tmp_path).image.manifest_digest == IMAGE.manifest.digest


@pytest.mark.parametrize("scheme", ["oci", "oci-archive", "dir"])
def test_a_copy_that_is_killed_leaves_what_was_there_and_nothing_else(scheme: str, tmp_path: Path) -> None:
    large = images.image([tars.archive(tars.file("data", os.urandom(40 << 20)))])
    source = saved.archive(tmp_path / "from.tar", saved.layout({"1": large}))
    place = f"{scheme}:{tmp_path}/to/place"
    with place_of(place, tmp_path) as target:
        put(target, IMAGE)
    user = User(tmp_path / "home")
    for _ in range(3):
        process = user.start("copy", "--quiet", f"oci-archive:{source}:1", place)
        while process.poll() is None and not list((tmp_path / "to").rglob("*.partial")):
            time.sleep(0.001)
        process.kill()
        process.communicate()
        if process.returncode == 0:
            pytest.skip("the copy was faster than its end")
        assert found(place, tmp_path).image.manifest_digest == IMAGE.manifest.digest
    done = user.sregistry("copy", "--quiet", f"oci-archive:{source}:1", f"{place}:new" if scheme != "dir" else place)
    assert done.returncode == 0, done.stderr.decode()
    new = place if scheme == "dir" else f"{place}:new"
    assert found(new, tmp_path).image.manifest_digest == large.manifest.digest
    assert not list((tmp_path / "to").rglob(".sregistry-*"))
    assert not list((tmp_path / "to").rglob("*.lock"))


def test_real_apptainer_builds_from_what_is_written_here(apptainer: Apptainer, tmp_path: Path) -> None:
    for scheme in ("oci", "oci-archive"):
        with place_of(f"{scheme}:{tmp_path}/{scheme}", tmp_path) as target:
            put(target, IMAGE)
        sif = tmp_path / f"{scheme}.sif"
        apptainer.command("build", sif, f"{scheme}:{tmp_path}/{scheme}", check=True)
        assert text_in(sif) == "the same"

"""Whole ways of a SIF to a registry as an image for Docker, judged by skopeo, umoci, unsquashfs and Apptainer."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sregistry.endpoints.base import About
from sregistry.endpoints.docker import Docker
from sregistry.operations.context import Context
from sregistry.operations.pull import pull
from sregistry.settings import load
from tests.support import debian, images, tars, tools, trees
from tests.support.apptainer import Apptainer
from tests.support.pulling import partition_offset
from tests.support.registry import DockerRegistry

pytestmark = pytest.mark.root

PACKAGES = ("base-files", "libtinfo6", "bash", "busybox-static", "sudo")
#: cap_net_raw+ep.
CAPABILITY = bytes.fromhex("0100000200200000000000000000000000000000")
#: Files that say where an image came from.
OF_THE_ORIGIN = (b".singularity.d/labels.json", b".singularity.d/Singularity")


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """Somebody with an empty home."""
    environ = {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp"), "PATH": os.environ["PATH"]}
    (tmp_path / "tmp").mkdir()
    return Context(load(environ, command_line={"platform": "linux/amd64"}), environ)


#: What is rare in images, and must arrive all the same.
RARE = tars.archive(
    tars.directory("./", 0o711, uid=7),
    tars.directory("opt", 0o2750, uid=1000, gid=2000),
    tars.file("opt/tool", b"x" * 300_000, 0o6755, uid=3, xattrs={"security.capability": CAPABILITY}),
    tars.hardlink("opt/again", "opt/tool"),
    tars.file("opt/ünï → code", b"x", uid=3_000_000_000, xattrs={"user.comment": b"\xff\x00binary"}),
    tars.file("long/" * 30 + "name" * 30, b"long"),
    tars.symlink("opt/link", "t" * 300),
    tars.fifo("opt/pipe", 0o620),
    tars.device("dev/console", 5, 1, mode=0o600),
    tars.device("dev/sda", 8, 0, block=True),
    tars.file("opt/zeros", bytes(1 << 20) + b"end"),
    tars.symlink("tmp", "/opt"),
)


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image of Debian packages and all that is rare in images, by umoci."""
    folder = tmp_path_factory.mktemp("layout")
    (folder / "rare.tar").write_bytes(RARE)
    packages = debian.package_tars(folder, PACKAGES)
    debian.umoci_image(folder / "layout", "latest", [*packages, folder / "rare.tar"])
    return folder / "layout"


def push(context: Context, sif: Path, text: str) -> str:
    with closing(Docker(context)) as endpoint:
        return str(endpoint.push(context.parse(text), sif, About(), lambda size: None))


def squashed(sif: Path, folder: Path) -> trees.Tree:
    """The root file system by unsquashfs, without what names the origin."""
    tree = trees.read(trees.unsquashed(sif, folder, partition_offset(sif)))
    for path in OF_THE_ORIGIN:
        del tree[path]
    return tree


def listed(sif: Path) -> list[str]:
    """What unsquashfs lists, without sizes that depend on the name of the image."""
    program = tools.require("unsquashfs", newest=True)
    lines = program.run("-llnumeric", "-offset", str(partition_offset(sif)), sif).stdout.decode(errors="replace")
    return sorted(line for line in lines.splitlines() if not line.endswith(("/labels.json", "/Singularity")))


@pytest.mark.parametrize("exact", [False, True], ids=["usable", "exact"])
def test_pushed_and_pulled_again_it_is_the_same(
    exact: bool, context: Context, layout: Path, docker_registry: DockerRegistry, tmp_path: Path
) -> None:
    """The tree by listing and content, and the config; skopeo and umoci accept what was pushed."""
    here = docker_registry.address
    context = context.adjusted(exact=exact)
    debian.skopeo_copy(f"oci:{layout}:latest", f"docker://{here}/first:1")
    first = pull(context, f"docker://{here}/first:1", output=tmp_path / "first.sif").path
    digest = push(context, first, f"docker://{here}/second:1")
    second = pull(context, f"docker://{here}/second:1", output=tmp_path / "second.sif")
    assert second.manifest_digest == digest
    assert listed(second.path) == listed(first)
    trees.assert_equal(squashed(first, tmp_path / "one"), squashed(second.path, tmp_path / "two"))
    before, after = (inspected(f"docker://{here}/{name}:1") for name in ("first", "second"))
    assert after["config"] == before["config"]
    assert (after["architecture"], after["os"]) == (before["architecture"], before["os"])
    debian.skopeo_copy(f"docker://{here}/second:1", f"oci:{tmp_path}/copy:latest")
    one = unpacked(layout, tmp_path / "bundle-1")
    two = unpacked(tmp_path / "copy", tmp_path / "bundle-2")
    if exact:
        assert_same_but_for_folders(one, two)


def inspected(name: str) -> dict[str, Any]:
    """The config by skopeo."""
    program = tools.require("skopeo", newest=True)
    found: dict[str, Any] = json.loads(program.run("inspect", "--config", "--tls-verify=false", name).stdout)
    return found


def unpacked(layout: Path, folder: Path) -> trees.Tree:
    return trees.read(trees.unpacked_by_umoci(layout, folder))


def assert_same_but_for_folders(before: trees.Tree, after: trees.Tree) -> None:
    """Who has exactly the image's files pushes exactly those, and an empty folder or two that programs look for."""
    added = {path: entry for path, entry in after.items() if path not in before}
    assert set(added) <= {b"root", b"home", b"tmp", b"var", b"var/tmp"}
    # umoci gives folders that no layer describes the time of the unpacking.
    same = {path: entry._replace(mtime=0) if entry.type == "directory" else entry for path, entry in before.items()}
    trees.assert_equal(
        same,
        {
            path: entry._replace(mtime=0) if entry.type == "directory" else entry
            for path, entry in after.items()
            if path not in added
        },
    )


def test_skopeo_makes_a_docker_archive_of_it(
    context: Context, layout: Path, docker_registry: DockerRegistry, tmp_path: Path
) -> None:
    """The form that `docker load` takes."""
    here = docker_registry.address
    debian.skopeo_copy(f"oci:{layout}:latest", f"docker://{here}/first:1")
    first = pull(context, f"docker://{here}/first:1", output=tmp_path / "first.sif").path
    for compression in ("gzip", "zstd"):
        push(context.adjusted(compression=context.settings.compression.__class__(compression)), first, f"{here}/b:1")
        debian.skopeo_copy(f"docker://{here}/b:1", f"docker-archive:{tmp_path}/{compression}.tar:b:1", "--format=v2s2")
        assert (tmp_path / f"{compression}.tar").stat().st_size > 1_000_000


@pytest.fixture(scope="module")
def built(apptainer: Apptainer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SIF that real Apptainer built, with an environment that only a shell can tell, and a label."""
    folder = tmp_path_factory.mktemp("built")
    root = folder / "root"
    (root / "bin").mkdir(parents=True)
    busybox = Path(tools.require("busybox").argv[0])
    (root / "bin/busybox").write_bytes(busybox.read_bytes())
    (root / "bin/busybox").chmod(0o755)
    for applet in ("sh", "env", "echo", "true"):
        (root / "bin" / applet).symlink_to("busybox")
    (root / "etc").mkdir()
    os.link(root / "bin/busybox", root / "bin/again")
    (folder / "tool.def").write_text(
        f"Bootstrap: localimage\nFrom: {root}\n\n"
        "%environment\n    export PLAIN='a b'\n    export MADE=$(echo made)\n    export PATH=/opt/bin:$PATH\n\n"
        '%runscript\n    echo "ran $PLAIN $MADE: $*"\n\n%labels\n    Author me\n'
    )
    apptainer.command("build", folder / "tool.sif", folder / "tool.def", check=True)
    return folder / "tool.sif"


def test_what_apptainer_built_runs_in_docker_and_again_in_apptainer(
    built: Path, context: Context, docker_registry: DockerRegistry, apptainer: Apptainer, tmp_path: Path
) -> None:
    here = docker_registry.address
    push(context, built, f"docker://{here}/tool:1")
    expected = apptainer.run(built, "x", "y z").stdout
    assert expected == b"ran a b made: x y z\n"
    config = inspected(f"docker://{here}/tool:1")["config"]
    assert config["Labels"]["Author"] == "me"
    assert config["Env"] == ["PLAIN=a b"]
    debian.skopeo_copy(f"docker://{here}/tool:1", f"oci:{tmp_path}/copy:latest")
    root = trees.unpacked_by_umoci(tmp_path / "copy", tmp_path / "bundle")
    assert started(root, config, "x", "y z") == expected
    by_us = pull(context, f"docker://{here}/tool:1", output=tmp_path / "ours.sif").path
    assert apptainer.run(by_us, "x", "y z").stdout == expected
    apptainer.command("build", "--no-https", tmp_path / "theirs.sif", f"docker://{here}/tool:1", check=True)
    assert apptainer.run(tmp_path / "theirs.sif", "x", "y z").stdout == expected
    for number, sif in enumerate((by_us, tmp_path / "theirs.sif")):
        push(context, sif, f"docker://{here}/again:{number}")
        last = pull(context, f"docker://{here}/again:{number}", output=tmp_path / f"last-{number}.sif").path
        assert apptainer.run(last, "x", "y z").stdout == expected


def started(root: Path, config: dict[str, Any], *arguments: str) -> bytes:
    """What the image's entry point prints, started as Docker starts it."""
    environment = dict(entry.split("=", 1) for entry in config["Env"])
    environment.setdefault("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    command = ["chroot", str(root), *config["Entrypoint"], *arguments]
    return subprocess.run(command, env=environment, capture_output=True, check=True).stdout


def test_what_apptainer_pulled_is_the_image_again(
    context: Context, layout: Path, docker_registry: DockerRegistry, apptainer: Apptainer, tmp_path: Path
) -> None:
    """Its config is the image's, and nothing of Apptainer's scripts is left."""
    here = docker_registry.address
    debian.skopeo_copy(f"oci:{layout}:latest", f"docker://{here}/base:1")
    apptainer.command("build", "--no-https", tmp_path / "a.sif", f"docker://{here}/base:1", check=True)
    push(context, tmp_path / "a.sif", f"docker://{here}/a:1")
    assert inspected(f"docker://{here}/a:1")["config"] == inspected(f"docker://{here}/base:1")["config"]
    debian.skopeo_copy(f"docker://{here}/a:1", f"oci:{tmp_path}/copy:latest")
    names = unpacked(tmp_path / "copy", tmp_path / "bundle").keys()
    assert not [name for name in names if b"singularity" in name]
    assert b"usr/bin/bash" in names or b"bin/bash" in names


def test_an_image_of_real_layers_is_pushed_with_the_same_digest_each_time(
    context: Context, docker_registry: DockerRegistry, tmp_path: Path
) -> None:
    made = images.image([b"".ljust(10240, b"\0")], {"Cmd": ["/x"]})
    docker_registry.push("empty", "1", made)
    here = docker_registry.address
    first = pull(context, f"docker://{here}/empty:1", output=tmp_path / "a.sif").path
    digests = {push(context, first, f"docker://{here}/empty:{number}") for number in (2, 3)}
    second = pull(context, f"docker://{here}/empty:2", output=tmp_path / "b.sif").path
    assert len(digests) == 1
    assert listed(first) == listed(second)

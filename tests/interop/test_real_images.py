"""Images of real packages, made by real programs, in a real registry: the SIF holds what umoci unpacks.

The tree inside the SIF is read back by the kernel, by squashfuse and by unsquashfs, and compared entry by entry
(content, type, mode, owner, time, link target, link groups, device numbers, extended attributes).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import debian, trees
from tests.support.additions import without_additions
from tests.support.pulling import User, partition_offset
from tests.support.registry import DockerRegistry
from tests.support.tools import Tool

pytestmark = pytest.mark.root

FORMS = {
    "packages": ("packages", ()),
    "umoci": ("umoci", ()),
    "buildah": ("buildah", ()),
    "docker": ("umoci", ("--format", "v2s2")),
    "zstd": ("umoci", ("--format", "oci", "--dest-compress-format", "zstd", "--dest-force-compress-format")),
    "uncompressed": ("umoci", ("--dest-decompress",)),
}
"""How each image of the registry is made: the tag in the layout, and the options of `skopeo copy`."""


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An OCI layout with the images `packages`, `umoci` and `buildah`."""
    folder = tmp_path_factory.mktemp("real")
    debian.umoci_image(folder / "layout", "packages", debian.package_tars(folder))
    debian.umoci_changed(folder / "layout", "packages", "umoci", folder / "bundle")
    debian.buildah_changed(folder / "layout", "packages", "buildah", folder / "buildah")
    return folder / "layout"


@pytest.fixture(scope="module")
def registry(registry_program: Tool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerRegistry]:
    """A registry for this module."""
    with DockerRegistry(registry_program, tmp_path_factory.mktemp("registry")).running() as running:
        yield running


@pytest.fixture(scope="module", params=FORMS)
def image(request: pytest.FixtureRequest, layout: Path, registry: DockerRegistry) -> str:
    """The name in the registry of an image in one of its forms."""
    tag, options = FORMS[request.param]
    name = f"{registry.address}/real/{request.param}:1"
    if options == ("--dest-decompress",):  # skopeo decompresses only into a folder
        plain = layout.with_name("plain")
        debian.skopeo_copy(f"oci:{layout}:{tag}", f"dir:{plain}", *options)
        debian.skopeo_copy(f"dir:{plain}", f"docker://{name}")
    else:
        debian.skopeo_copy(f"oci:{layout}:{tag}", f"docker://{name}", *options)
    return name


@pytest.fixture(scope="module")
def expected(image: str, tmp_path_factory: pytest.TempPathFactory) -> trees.Tree:
    """What umoci makes of the image in the registry."""
    with debian.copied(f"docker://{image}") as copy:
        return trees.read(trees.unpacked_by_umoci(copy, tmp_path_factory.mktemp("umoci") / "bundle"))


@pytest.fixture(scope="module")
def sif(image: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What we make of it exactly."""
    folder = tmp_path_factory.mktemp("pulled")
    return User(folder).pull(f"docker://{image}", folder / "image.sif", "--exact")


def test_the_kernel_reads_what_umoci_unpacks(sif: Path, expected: trees.Tree, tmp_path: Path) -> None:
    with trees.mounted(sif, tmp_path / "tree", partition_offset(sif)) as root:
        trees.assert_equal(expected, without_additions(trees.read(root), expected))


def test_without_exact_only_device_nodes_are_other(
    image: str, expected: trees.Tree, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("usable")
    sif = User(folder).pull(f"docker://{image}", folder / "image.sif")
    with trees.mounted(sif, folder / "tree", partition_offset(sif)) as root:
        tree = without_additions(trees.read(root), expected)
    nothing = hashlib.sha256(b"").hexdigest()
    changed = {
        path: entry._replace(type="file", device=None, sha256=nothing) if entry.device else entry
        for path, entry in expected.items()
    }
    trees.assert_equal(changed, tree)


def test_squashfuse_reads_what_umoci_unpacks(sif: Path, expected: trees.Tree, tmp_path: Path) -> None:
    with trees.fused(sif, tmp_path / "tree", partition_offset(sif)) as root:
        trees.assert_equal(expected, without_additions(trees.read(root), expected))


def test_unsquashfs_reads_what_umoci_unpacks(sif: Path, expected: trees.Tree, tmp_path: Path) -> None:
    root = trees.unsquashed(sif, tmp_path / "tree", partition_offset(sif))
    trees.assert_equal(expected, without_additions(trees.read(root), expected))

"""What is in the files of the trials' images: by default, exactly, and what is said about the difference."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zstandard

from tests.support import images, tars, tools, trees
from tests.support.building import build_sif
from tests.support.pulling import User, partition_offset
from tests.support.registry import DockerRegistry
from tests.trials.conftest import Pulled
from tests.trials.images import OWN_SCRIPTS, TRIALS

pytestmark = pytest.mark.root


@contextmanager
def mounted(sif: Path, folder: Path) -> Iterator[Path]:
    with trees.mounted(sif, folder, partition_offset(sif)) as root:
        yield root


def tree(name: str, folder: Path, *, exact: bool = False) -> trees.Tree:
    """The files of a trial without its busybox, as the kernel reads them."""
    sif = build_sif(images.image(TRIALS[name].tars), folder / "image.sif", exact=exact)
    with mounted(sif, folder / "mount") as root:
        return trees.read(root)


def changes(sif: Path, user: User) -> dict[str, object] | None:
    shown: dict[str, dict[str, object] | None] = json.loads(user.sregistry("inspect", "--json", sif).stdout)
    return shown["changes"]


def test_device_nodes_become_empty_files_with_all_else_as_it_was(tmp_path: Path) -> None:
    exact, usual = tree("devices", tmp_path, exact=True), tree("devices", tmp_path)
    nothing = hashlib.sha256(b"").hexdigest()
    for path in (b"dev/null", b"disk", b"disk-too"):
        assert exact[path].type.endswith("device")
        assert usual[path] == exact[path]._replace(type="file", device=None, sha256=nothing)
    assert usual[b"disk"].names == (b"disk", b"disk-too")
    assert {path for path in usual if usual[path] != exact[path]} == {b"dev/null", b"disk", b"disk-too"}


@pytest.mark.parametrize("mode", [0, 0o111, 0o555, 0o700])
def test_a_closed_root_folder_is_opened(mode: int, tmp_path: Path) -> None:
    assert tree(f"root-{mode:04o}", tmp_path)[b"."].mode == mode | 0o755
    assert tree(f"root-{mode:04o}", tmp_path, exact=True)[b"."].mode == mode


def test_an_image_without_anything_of_the_kind_is_the_same_both_ways(tmp_path: Path) -> None:
    made = [
        build_sif(images.image(TRIALS["closed-folders"].tars), tmp_path / f"{exact}.sif", exact=exact).read_bytes()
        for exact in (False, True)
    ]
    assert made[0] == made[1]


def test_owners_modes_and_attributes_stay(tmp_path: Path) -> None:
    assert tree("other-owners", tmp_path)[b"srv/f"][:4] == ("file", 0o600, 999, 999)
    assert tree("closed-folders", tmp_path)[b"shut"].mode == 0
    found = {name for path, entry in tree("attributes", tmp_path).items() for name, _ in entry.xattrs}
    assert {"security.capability", "security.ima", "user.comment", "trusted.secret"} <= found


def test_nothing_outside_is_touched_by_the_scripts(tmp_path: Path) -> None:
    found = tree("own-scripts", tmp_path)
    lower = trees.Entry("file", 0o644, 0, 0, tars.MTIME, 5, hashlib.sha256(b"keep\n").hexdigest())
    assert found[b"usr/share/keep"] == lower
    assert {path for path in found if path.startswith(b"usr")} == {b"usr", b"usr/share", b"usr/share/keep"}
    assert b".singularity.d/env/10-docker.sh" not in found
    assert found[b"singularity"].target == b".singularity.d/runscript"
    assert found[b"environment"].target == b".singularity.d/env/90-environment.sh"
    assert found[b".singularity.d/tool"].size == len(OWN_SCRIPTS[3][1])


def test_aufs_bookkeeping_is_gone_and_its_links_are_one_file(tmp_path: Path) -> None:
    found = tree("aufs-links", tmp_path)
    assert not [path for path in found if b".wh." in path]
    assert found[b"usr/bin/a"].names == (b"usr/bin/a", b"usr/bin/b")


def test_whiteouts_of_overlay_are_devices_only_in_an_exact_image(tmp_path: Path) -> None:
    assert not {b"etc/removed", b"data/old"} & tree("overlay-whiteouts", tmp_path).keys()


def test_inspect_and_pull_tell_what_was_changed(
    registry: DockerRegistry, pulled: Callable[[str], Pulled], tmp_path: Path
) -> None:
    user = User(tmp_path)
    usual = changes(pulled("devices").sif, user)
    nothing = {"opened": {}, "whiteouts": 0, "links": [], "replaced": []}
    nodes = {"/dev/null": "c 1:3", "/disk": "b 8:1", "/disk-too": "b 8:1"}
    assert usual == {"exact": False, "devices": 2, "nodes": nodes, **nothing}
    made = user.sregistry(
        "pull", "--json", "--exact", "-o", tmp_path / "exact.sif", f"{registry.address}/trials/devices:1"
    )
    facts = json.loads(made.stdout)
    told = {"exact": True, "devices": 2, "nodes": {}, **nothing}
    assert facts["changes"] == changes(tmp_path / "exact.sif", user) == told
    assert facts["warnings"] == []
    assert changes(pulled("labels").sif, user) is None
    page = user.sregistry("inspect", pulled("root-0555").sif).stdout.decode()
    assert "changed  / has the mode 0555 in the layers" in page


def test_an_exact_image_and_a_usable_one_are_never_taken_for_each_other(
    registry: DockerRegistry, tmp_path: Path
) -> None:
    user = User(tmp_path)
    reference = f"{registry.address}/trials/devices:1"

    def unchanged(*options: str) -> bool:
        done = user.sregistry("pull", "--json", *options, reference)
        facts = json.loads(done.stdout)
        assert facts["changes"]["exact"] == ("--exact" in options)
        return bool(facts["unchanged"])

    asked = [(), (), ("--exact",), ("--exact",), ()]
    assert [unchanged(*options) for options in asked] == [False, True, False, True, False]
    assert len(list(tmp_path.rglob("images/**/*.sif"))) == 1


def test_the_setting_keeps_everything(registry: DockerRegistry, tmp_path: Path) -> None:
    user = User(tmp_path, {"SREGISTRY_EXACT": "yes"})
    sif = user.pull(f"{registry.address}/trials/devices:1", tmp_path / "exact.sif")
    with mounted(sif, tmp_path / "mount") as root:
        assert trees.read(root)[b"disk"].device == (8, 1)


def test_zeros_of_a_sparse_file_are_a_hole(docker_registry: DockerRegistry, tmp_path: Path) -> None:
    size = 1200 << 20
    info, _ = tars.file("lastlog")
    info.size = size
    header = info.tobuf()
    encoder, digest = zstandard.ZstdCompressor(1).compressobj(), hashlib.sha256()
    packed = b""
    for piece in (header, *[bytes(1 << 20)] * 1200, bytes(1024)):
        digest.update(piece)
        packed += encoder.compress(piece)
    packed += encoder.flush()
    layer = images.Layer(images.Blob(images.OCI_LAYERS["zstd"], packed), "sha256:" + digest.hexdigest())
    docker_registry.push("team/tool", "1", images.image([layer]))
    sif = User(tmp_path).pull(f"{docker_registry.address}/team/tool:1", tmp_path / "image.sif")
    assert len(packed) * 1000 < size
    assert sif.stat().st_size < 1 << 20
    with mounted(sif, tmp_path / "mount") as root:
        assert (root / "lastlog").stat().st_size == size


def test_seventy_thousand_names_of_one_file(tmp_path: Path) -> None:
    names = [tars.hardlink(f"store/{number}", "store/f") for number in range(70_000)]
    sif = build_sif(images.image([tars.archive(tars.file("store/f", b"x" * 200_000), *names)]), tmp_path / "image.sif")
    with mounted(sif, tmp_path / "mount") as root:
        assert (root / "store/69999").stat().st_nlink == 70_001
    shown = tools.require("unsquashfs").run("-offset", str(partition_offset(sif)), "-stat", sif).stdout
    assert b"Number of inodes" in shown


def test_a_listing_of_megabytes(tmp_path: Path) -> None:
    names = [f"{number:06}{'n' * 200}" for number in range(20_000)]
    sif = build_sif(images.image([tars.archive(*(tars.file(f"d/{name}") for name in names))]), tmp_path / "image.sif")
    with mounted(sif, tmp_path / "mount") as root:
        assert sorted(path.name for path in (root / "d").iterdir()) == names
    with trees.fused(sif, tmp_path / "fused", partition_offset(sif)) as root:
        assert (root / "d" / names[-1]).is_file()

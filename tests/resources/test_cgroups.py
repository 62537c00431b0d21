from __future__ import annotations

from pathlib import Path

import pytest

from sregistry.resources.cgroups import tightest

UNLIMITED_OF_VERSION_1 = "9223372036854771712"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty system."""
    (tmp_path / "proc/self").mkdir(parents=True)
    return tmp_path


def describe(root: Path, groups: str, mounts: str) -> None:
    """Write what the kernel tells a process of its groups and mounts."""
    (root / "proc/self/cgroup").write_text(groups)
    (root / "proc/self/mountinfo").write_text(mounts)


def write(root: Path, folder: str, **files: str) -> Path:
    """Write files of a group; "__" in a name is a dot."""
    place = root / folder
    place.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (place / name.replace("__", ".")).write_text(text)
    return place


def version_2(root: Path, group: str, inside: str = "/") -> None:
    describe(root, f"0::{group}\n", f"31 23 0:28 {inside} /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n")


def test_the_group_with_the_least_room_counts(root: Path) -> None:
    version_2(root, "/slurm/job/step")
    write(root, "sys/fs/cgroup/slurm/job/step", pids__max="max\n", pids__current="3\n")
    job = write(root, "sys/fs/cgroup/slurm/job", pids__max="20\n", pids__current="18\n")
    write(root, "sys/fs/cgroup/slurm", pids__max="100\n", pids__current="50\n")
    found = tightest("pids", root)
    assert found is not None
    assert (found.limit, found.used, found.room, found.file) == (20, 18, 2, job / "pids.max")


def test_memory_that_the_kernel_gives_back_is_room(root: Path) -> None:
    version_2(root, "/job")
    stat = "anon 300\nfile 800\ninactive_file 500\nactive_file 100\n"
    write(root, "sys/fs/cgroup/job", memory__max="1000", memory__current="950", memory__stat=stat)
    found = tightest("memory", root)
    assert found is not None
    assert found.room == 650


def test_version_1_has_a_mount_for_each_controller(root: Path) -> None:
    mounts = "".join(
        f"{number} 31 0:{number} / /sys/fs/cgroup/{name} rw - cgroup cgroup rw,{name}\n"
        for number, name in enumerate(("pids", "memory"), 40)
    )
    describe(root, "8:pids:/box\n4:memory:/box\n1:name=systemd:/\n", mounts)
    write(root, "sys/fs/cgroup/pids/box", pids__max="9", pids__current="1")
    write(
        root,
        "sys/fs/cgroup/memory/box",
        memory__limit_in_bytes="5000",
        memory__usage_in_bytes="3000",
        memory__stat="inactive_file 1\ntotal_inactive_file 1000\n",
    )
    write(root, "sys/fs/cgroup/memory", memory__limit_in_bytes=UNLIMITED_OF_VERSION_1, memory__usage_in_bytes="7")
    pids, memory = tightest("pids", root), tightest("memory", root)
    assert pids is not None
    assert memory is not None
    assert (pids.room, memory.room) == (8, 3000)


def test_a_container_sees_its_own_group_as_the_root(root: Path) -> None:
    version_2(root, "/docker/abc", inside="/docker/abc")
    write(root, "sys/fs/cgroup", pids__max="5", pids__current="5")
    found = tightest("pids", root)
    assert found is not None
    assert found.room == 0


@pytest.mark.parametrize("groups", ["", "garbage", "0::/elsewhere\n", "a:b:c:d\n::\n"])
def test_what_cannot_be_read_limits_nothing(groups: str, root: Path) -> None:
    describe(root, groups, "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\nshort\n - \n")
    assert tightest("pids", root) is None
    assert tightest("memory", root / "nothing") is None

"""The same image gives the same file, whoever pulls it, wherever and with how many threads."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import images, tars
from tests.support.pulling import User
from tests.support.registry import DockerRegistry

BASE = tars.archive(*(tars.file(f"usr/file-{n}", b"%d" % n * n * 100) for n in range(300)))
TOP = tars.archive(tars.whiteout("usr/file-7"), tars.file("usr/large", bytes(range(256)) * 9000))
IMAGE = images.image([BASE, images.layer(TOP, "zstd")], {"Cmd": ["/bin/true"], "Env": ["A=b c"]})


@pytest.mark.parametrize("compression", ["gzip", "zstd", "none"])
def test_two_pulls_of_two_users_give_the_same_bytes(
    compression: str, docker_registry: DockerRegistry, tmp_path: Path
) -> None:
    docker_registry.push("team/tool", "1", IMAGE)
    reference = f"docker://{docker_registry.address}/team/tool:1"
    first, second = User(tmp_path / "first", {"TZ": "Asia/Tokyo"}), User(tmp_path / "second", {"LANG": "C"})
    options = ("--compression", compression, "--jobs")
    one = first.pull(reference, first.home / "one.sif", *options, "1").read_bytes()
    two = second.pull(reference, second.home / "two.sif", *options, "4").read_bytes()
    assert one == two
    again = first.pull(reference, first.home / "again.sif", *options, "2").read_bytes()
    assert again == one, "from packs in the cache as from the network"

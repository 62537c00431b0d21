from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import images
from tests.support.pulling import User
from tests.support.registry import DockerRegistry
from tests.support.tars import archive, file

IMAGE = images.image([archive(file("etc/content", b"content"))])


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User(tmp_path / "home")


@pytest.fixture
def source(start_registry: Callable[..., DockerRegistry]) -> str:
    registry = start_registry()
    registry.push("team/tool", "1", IMAGE)
    return f"{registry.address}/team/tool:1"


def test_what_was_done_is_said_and_the_target_alone_is_printed(
    source: str, docker_registry: DockerRegistry, user: User
) -> None:
    target = f"{docker_registry.address}/lab/tool:1"
    done = user.sregistry("copy", source, target)
    assert done.stdout.decode() == f"{target}@{IMAGE.manifest.digest}\n"
    said = done.stderr.decode().splitlines()
    assert said[0].startswith("2 blobs; ")
    assert said[-1].startswith("1 manifest, blobs: 2 sent; ")
    again = user.sregistry("copy", source, target)
    assert again.stderr.decode() == "already there, unchanged\n"
    assert user.sregistry("copy", "--quiet", source, target).stderr == b""


def test_the_line_that_is_printed_can_be_pulled(source: str, docker_registry: DockerRegistry, user: User) -> None:
    pinned = user.sregistry("copy", source, f"{docker_registry.address}/lab/tool:1").stdout.decode().strip()
    assert user.pull(pinned, user.home / "image.sif").is_file()


@pytest.mark.parametrize("words", [(), ("a",), ("a", "b", "c"), ("--from-file", "-", "a", "b")])
def test_too_few_and_too_many_words(words: tuple[str, ...], user: User) -> None:
    done = user.sregistry("copy", *words)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"Usage:")


def test_a_list_goes_on_after_a_failure_and_ends_with_its_code(
    source: str, docker_registry: DockerRegistry, user: User
) -> None:
    host, _, path = source.partition("/")
    listed = user.home / "list.txt"
    listed.write_text(f"{host}/team/absent:1\n{source}  # this one is there\n")
    done = user.sregistry("copy", "--from-file", listed, f"docker://{docker_registry.address}/mirror")
    assert done.stdout.decode() == f"{docker_registry.address}/mirror/{path}@{IMAGE.manifest.digest}\n"
    assert done.returncode == 7
    assert b"1 of 2 copied, 1 failed" in done.stderr
    assert f"sregistry copy docker://{host}/team/absent:1".encode() not in done.stderr  # it would fail again

    done = user.sregistry("copy", "--json", "--from-file", listed, f"docker://{docker_registry.address}/mirror")
    said = json.loads(done.stdout)
    assert said["failed"] == 1
    assert said["copies"][0]["error"]["code"] == "repository-unknown"
    assert said["copies"][1]["unchanged"]


def test_a_list_that_is_not_there(user: User) -> None:
    done = user.sregistry("copy", "--from-file", "absent.txt", "docker://r.example")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"absent.txt" in done.stderr
    (user.home / "binary").write_bytes(b"\xff\xfe\x00")
    assert b"no text in UTF-8" in user.sregistry("copy", "--from-file", "binary", "docker://r.example").stderr


def test_a_failure_proposes_the_copy_and_no_pull(source: str, user: User) -> None:
    absent = source.replace(":1", ":0")[:-1] + "0"
    done = user.sregistry("copy", "--with-referrers", absent.rpartition(":")[0] + ":0", "r.example/tool:1")
    said = done.stderr.decode()
    assert done.returncode == 7
    assert f"sregistry copy --with-referrers docker://{source} docker://r.example/tool:1" in said
    assert "sregistry pull" not in said


def test_a_platform_that_cannot_be_read(source: str, user: User) -> None:
    done = user.sregistry("copy", "--platform", "a/b/c/d", source, "r.example/tool:1")
    assert (done.returncode, done.stdout) == (3, b"")


@pytest.mark.parametrize(
    ("target", "proposed"),
    [("oci:there.tar", "oci-archive:there.tar"), ("dir:there", "oci:./there"), ("oci-archive:there", "oci:./there")],
)
def test_what_is_proposed_where_other_things_are_in_the_way_works(target: str, proposed: str, user: User) -> None:
    images.write_layout(user.home / "from", IMAGE)
    for place in ("oci:there", "oci-archive:there.tar"):
        user.sregistry("copy", "oci:from", place)
    done = user.sregistry("copy", "oci:from", target)
    assert done.returncode == 9
    assert f"sregistry copy oci:./from {proposed} " in done.stderr.decode()
    assert user.sregistry("copy", "oci:from", proposed).returncode == 0


@pytest.mark.parametrize("target", ["oci:file", "dir:file", "oci:file/x", "oci-archive:file/x.tar", "oci:dangling"])
def test_a_file_in_the_way_is_named(target: str, user: User) -> None:
    images.write_layout(user.home / "from", IMAGE)
    (user.home / "file").write_text("mine")
    (user.home / "dangling").symlink_to("nowhere")
    done = user.sregistry("copy", "--quiet", "oci:from", target)
    assert done.returncode in (9, 10)
    assert re.search(rb"a folder .*but a file|(file|dangling) is no folder", done.stderr)
    assert b"mkdir" not in done.stderr
    shown = sorted(path.name for path in user.home.iterdir() if path.name[0] != ".")
    assert shown == ["dangling", "file", "from", "tmp"]

from __future__ import annotations

import json
import random
import re
import shutil

import pytest

from sregistry.client import Client
from sregistry.settings import Settings
from tests.cli.terminal import on_terminal
from tests.support import images, tars
from tests.support.pulling import User
from tests.support.registry import DockerRegistry

REPOSITORY = "a-collection-with-a-long-name/and/parts/in/it/tool-with-a-name-that-does-not-end"
TAG = "2024.11.24-cuda12"
LAYERS = 14
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture
def reference(docker_registry: DockerRegistry) -> str:
    """An image with many layers and a long name."""
    noise = random.Random(1)
    layers = [tars.archive(tars.file(f"data/{number}", noise.randbytes(400_000))) for number in range(LAYERS)]
    docker_registry.push(REPOSITORY, TAG, images.image(layers, {"Cmd": ["/bin/true"]}))
    return f"{docker_registry.address}/{REPOSITORY}:{TAG}"


def test_only_the_path_goes_to_standard_output(user: User, reference: str, settings: Settings) -> None:
    done = user.sregistry("pull", reference)
    assert done.returncode == 0
    assert done.stdout.decode() == f"{Client(settings, {}).get(f'{REPOSITORY}:{TAG}')}\n"


def test_a_log_gets_a_line_for_each_step(user: User, reference: str) -> None:
    lines = user.sregistry("pull", reference).stderr.decode().splitlines()
    assert lines[0].startswith(f"{reference} is sha256:")
    assert lines[1].startswith(f"{LAYERS} layers; ")
    layers = [re.match(r"layer (\d+)/14 [0-9a-f]{12}: 400 kB in ", line) for line in lines[2 : 2 + LAYERS]]
    assert [int(found[1]) for found in layers if found] == list(range(1, LAYERS + 1))
    assert lines[2 + LAYERS].startswith("assembling ")
    assert re.fullmatch(r"\S+ [kM]B in [0-9.]+ s; 5\.\d MB fetched", lines[-1])
    assert "\x1b" not in "".join(lines)


def test_quiet_says_nothing(user: User, reference: str) -> None:
    done = user.sregistry("pull", "--quiet", "--output", "tool.sif", reference)
    assert (done.returncode, done.stderr, done.stdout.decode()) == (0, b"", f"{user.home / 'tool.sif'}\n")


def test_the_home_folder_is_understood_where_shells_do_not_put_it_in(user: User, reference: str) -> None:
    done = user.sregistry("pull", "--quiet", "--output=~/tool.sif", reference)
    assert done.stdout.decode() == f"{user.home / 'tool.sif'}\n"


def test_without_cache_the_layers_are_gone_afterwards(user: User, reference: str) -> None:
    image = user.pull(reference, user.home / "tool.sif").read_bytes()
    shutil.rmtree(user.cache)
    user.environment["APPTAINER_DISABLE_CACHE"] = "1"
    assert user.pull(reference, user.home / "same.sif").read_bytes() == image
    assert not user.cache.exists()
    assert list(user.temporary.iterdir()) == []
    assert json.loads(user.sregistry("pull", "--json", "--force", reference).stdout)["bytes_from_cache"] == 0


def test_without_cache_the_folder_of_temporary_files_is_named(user: User, reference: str) -> None:
    user.environment |= {"APPTAINER_DISABLE_CACHE": "1", "SREGISTRY_TMPDIR": str(user.home / "none")}
    done = user.sregistry("pull", "--output", "tool.sif", reference)
    assert done.returncode == 10
    assert b"export SREGISTRY_TMPDIR=" in done.stderr


def test_json_is_what_the_library_says(user: User, reference: str, settings: Settings) -> None:
    said = json.loads(user.sregistry("pull", "--json", "--output", "tool.sif", reference).stdout)
    with Client(settings, {}) as client:
        image = client.image(reference)
    assert said["manifest_digest"] == str(image.manifest_digest)
    assert [layer["digest"] for layer in said["layers"]] == [str(layer.descriptor.digest) for layer in image.layers]
    assert said["bytes_from_network"] >= sum(layer.descriptor.size for layer in image.layers)
    assert said["path"] == str(user.home / "tool.sif")


def test_json_of_a_failure_is_on_standard_output_too(user: User, reference: str) -> None:
    done = user.sregistry("pull", "--json", f"{reference}-no")
    assert (json.loads(done.stdout)["code"], done.returncode) == ("tag-unknown", 7)


@pytest.mark.parametrize("columns", [80, 200])
@pytest.mark.parametrize("colour", [False, True])
def test_on_a_terminal_nothing_is_wider_and_the_path_is_last(
    columns: int, colour: bool, user: User, reference: str, settings: Settings
) -> None:
    drawn = on_terminal(user, "pull", reference, columns=columns, colour=colour)
    path = str(Client(settings, {}).get(f"{REPOSITORY}:{TAG}"))
    assert _ESCAPE.sub("", drawn[-1]).strip() == path
    for line in drawn[:-1]:
        for frame in _ESCAPE.sub("", line).split("\r"):
            assert len(frame) <= columns or reference in frame
    assert any(_ESCAPE.sub("", line).startswith(f"{LAYERS} layers; ") for line in drawn)


def test_on_a_terminal_that_cannot_go_back_there_is_a_line_for_each_step(user: User, reference: str) -> None:
    user.environment["TERM"] = "dumb"
    drawn = on_terminal(user, "pull", reference, columns=80)
    assert not any("\x1b" in line or "\r" in line for line in drawn)
    assert sum(line.startswith("layer ") for line in drawn) == LAYERS


def test_the_file_that_is_there_is_replaced_only_by_force(user: User, reference: str) -> None:
    (user.home / "tool.sif").write_bytes(b"mine")
    refused = user.sregistry("pull", "--quiet", "--output", "tool.sif", reference)
    assert refused.returncode != 0
    assert (user.home / "tool.sif").read_bytes() == b"mine"
    user.pull(reference, user.home / "tool.sif", "--force")
    assert (user.home / "tool.sif").read_bytes()[32:42] == b"SIF_MAGIC\0"


def test_what_is_here_is_said_to_be_here_with_all_that_is_known(user: User, reference: str) -> None:
    first = json.loads(user.sregistry("pull", "--json", reference).stdout)
    again = user.sregistry("pull", "--json", reference)
    assert b"already here, unchanged" in again.stderr
    said = json.loads(again.stdout)
    assert said["unchanged"]
    same = ("path", "manifest_digest", "file_digest", "platform", "size")
    assert {name: said[name] for name in same} == {name: first[name] for name in same}
    assert [layer["digest"] for layer in said["layers"]] == [layer["digest"] for layer in first["layers"]]


@pytest.mark.parametrize("words", [["tool.sif", "REF"], ["--name", "tool.sif", "REF"], ["-q", "-o", "tool.sif", "REF"]])
def test_a_file_may_be_named_as_other_programs_take_it(words: list[str], user: User, reference: str) -> None:
    done = user.sregistry("pull", *(reference if word == "REF" else word for word in words))
    assert done.stdout.decode() == f"{user.home / 'tool.sif'}\n", done.stderr
    assert (user.home / "tool.sif").is_file()
    assert user.sregistry("images").stdout == b""


def test_labels_of_a_pulled_image_are_those_of_its_file(user: User, reference: str) -> None:
    user.sregistry("pull", reference)
    assert (
        REPOSITORY.rpartition("/")[2].encode()
        in user.sregistry("images", "--label", "org.label-schema.build-arch=amd64").stdout
    )


def test_offline_nobody_is_asked(user: User, reference: str) -> None:
    refused = user.sregistry("pull", "--offline", "--debug", reference)
    assert (refused.returncode, refused.stdout) == (4, b"")
    assert b"network-offline" in refused.stderr
    assert b"GET " not in refused.stderr
    here = user.sregistry("pull", "--quiet", reference).stdout
    again = user.sregistry("--offline", "pull", "--debug", reference)
    assert (again.returncode, again.stdout) == (0, here)
    assert b"HEAD " not in again.stderr

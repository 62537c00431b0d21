"""Push: what is meant, what is told with it, what is counted, and who hears of it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sregistry.client import Client
from sregistry.digests import Digest
from sregistry.errors import Cancelled, SregistryError
from sregistry.oci.manifests import parse as parse_manifest
from sregistry.operations.add import add
from sregistry.operations.context import Context
from sregistry.operations.progress import Progress, Silent
from sregistry.operations.pull import pull
from sregistry.operations.push import PushResult, push
from sregistry.references import parse_registry
from sregistry.settings import COMMAND_LINE, Settings, load
from sregistry.settings.load import adjusted
from sregistry.testing.images import make_sif
from tests.registry.sessions import fails, session
from tests.support.building import build_sif
from tests.support.images import image
from tests.support.registry import DockerRegistry
from tests.support.tars import archive, file

CREATED, DESCRIPTION = "org.opencontainers.image.created", "org.opencontainers.image.description"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"HOME": str(tmp_path), "SREGISTRY_PLATFORM": "linux/amd64", "SREGISTRY_UPLOAD_CHUNK": "1MiB"})


@pytest.fixture
def context(settings: Settings, tmp_path: Path) -> Context:
    return Context(settings, {"HOME": str(tmp_path)})


@pytest.fixture
def sif(tmp_path: Path) -> Path:
    return make_sif(tmp_path / "tool.sif", "pushed", 3 << 20)


@pytest.fixture
def place(docker_registry: DockerRegistry) -> Callable[[str], str]:
    """The reference of a name in an empty registry."""
    return lambda name: f"oras://{docker_registry.address}/{name}"


def manifest(reference: str) -> dict[str, Any]:
    with session() as one:
        return one.get_manifest(parse_registry(reference)).document


def test_a_file_is_pushed_and_comes_back(
    context: Context, sif: Path, place: Callable[[str], str], tmp_path: Path
) -> None:
    done = push(context, sif, place("team/tool:1"))
    assert (done.reference, done.size, done.sent) == (place("team/tool:1"), sif.stat().st_size, sif.stat().st_size)
    assert done.platform == "linux/amd64"
    pull(context, place("team/tool:1"), output=tmp_path / "again.sif")
    assert (tmp_path / "again.sif").read_bytes() == sif.read_bytes()
    again = push(context, sif, place("team/tool:2"))
    assert (again.digest, again.sent) == (done.digest, 0)


def test_an_image_of_the_local_registry_is_called_as_there(
    context: Context, sif: Path, place: Callable[[str], str]
) -> None:
    add(context, sif, name="team/tool:1.2")
    push(context, "tool:1.2", place("team/tool:1"))
    (layer,) = manifest(place("team/tool:1"))["layers"]
    assert layer["annotations"] == {"org.opencontainers.image.title": "tool_1.2.sif"}


def test_what_was_pulled_from_the_same_registry_is_mounted(
    context: Context, sif: Path, place: Callable[[str], str]
) -> None:
    push(context, sif, place("team/tool:1"))
    pull(context, place("team/tool:1"))
    told: list[str] = []
    listening = replace(context, on_exchange=lambda exchange: told.append(f"{exchange.method} {exchange.url}"))
    assert push(listening, "tool:1", place("other/tool:1")).sent == 0
    assert [line for line in told if "mount=" in line]
    assert not [line for line in told if line.startswith("PATCH")]


def test_labels_are_told_as_annotations_and_others_added(
    context: Context, sif: Path, place: Callable[[str], str]
) -> None:
    done = push(context, sif, place("team/tool:1"), annotations={"a": "1", DESCRIPTION: "x"})
    assert {"a": "1", DESCRIPTION: "x"}.items() <= done.annotations.items()
    assert "org.opencontainers.image.base.digest" in done.annotations
    assert manifest(place("team/tool:1"))["annotations"] == done.annotations
    fewer = push(context, sif, place("team/tool:1"), annotations={"org.opencontainers.image.base.digest": ""})
    assert "org.opencontainers.image.base.digest" not in fewer.annotations


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("oras://127.0.0.1:1/team/tool@" + str(Digest.of(b"")), "reference-pinned"),
        ("shub://team/tool", "reference-scheme"),
        ("oci-archive:x.tar", "endpoint-unable"),
    ],
)
def test_where_nothing_can_be_pushed(context: Context, sif: Path, target: str, code: str) -> None:
    fails(code, lambda: push(context, sif, target))


def test_what_cannot_be_pushed(context: Context, tmp_path: Path, place: Callable[[str], str]) -> None:
    error = fails("store-image-unknown", lambda: push(context, "nothing", place("team/tool:1")))
    assert (error.facts["verb"], error.facts["more"]) == ("push", [place("team/tool:1")])
    fails("disk-no-such-file", lambda: push(context, "nothing.sif", place("team/tool:1")))
    (tmp_path / "text.sif").write_text("text")
    fails("sif-not-an-image", lambda: push(context, tmp_path / "text.sif", place("team/tool:1")))


class Heard(Silent):
    def __init__(self) -> None:
        self.size, self.bytes, self.closed = 0, 0, False

    def sending(self, size: int) -> None:
        self.size = size

    def sent(self, done: int) -> None:
        self.bytes += done

    def close(self) -> None:
        self.closed = True


def test_a_listener_hears_how_much_is_sent(context: Context, sif: Path, place: Callable[[str], str]) -> None:
    heard = Heard()
    push(replace(context, progress=heard), sif, place("team/tool:1"))
    assert (heard.size, heard.bytes, heard.closed) == (sif.stat().st_size, sif.stat().st_size, True)


class Older:
    """A listener of before there were pushes: all that `Progress` asks for, and no more."""

    step = warning = waiting = layers = layer_started = layer_progress = layer_finished = lambda *_: None
    assembling = assembled = close = lambda *_: None


def test_a_listener_that_knows_nothing_of_sending_is_not_told(
    settings: Settings, tmp_path: Path, sif: Path, place: Callable[[str], str]
) -> None:
    older: Progress = Older()
    with Client(settings, {"HOME": str(tmp_path)}, progress=older) as client:
        done = client.push(sif, place("team/tool:1"), annotations={"a": "1"})
    assert isinstance(done, PushResult)
    assert (str(done), done.facts()["digest"]) == (done.digest, done.digest)


class Stops(Heard):
    """Cancels once so much has been sent."""

    def __init__(self, event: threading.Event, after: int) -> None:
        super().__init__()
        self._event, self._after = event, after

    def sent(self, done: int) -> None:
        super().sent(done)
        if self.bytes > self._after and not self._event.is_set():
            self._event.set()
            time.sleep(0.3)  # so that it is seen before all is sent


def test_what_is_cancelled_goes_on_where_it_was(
    settings: Settings, tmp_path: Path, sif: Path, place: Callable[[str], str]
) -> None:
    event, sent = threading.Event(), list[tuple[str, int]]()
    with Client(settings, {"HOME": str(tmp_path)}) as client, pytest.raises(Cancelled):
        client.push(sif, place("team/tool:1"), progress=Stops(event, 1 << 20), cancel=event)
    with Client(settings, {"HOME": str(tmp_path)}, on_exchange=lambda one: sent.append((one.method, 1))) as client:
        client.push(sif, place("team/tool:1"))
    assert 0 < [method for method, _ in sent].count("PATCH") < 3


def test_architectures_stand_beside_each_other_under_one_tag(
    context: Context, sif: Path, tmp_path: Path, place: Callable[[str], str]
) -> None:
    arm = for_arm(sif, tmp_path / "arm.sif")
    one = push(context, sif, place("team/tool:1"))
    other = push(context, arm, place("team/tool:1"))
    document = manifest(place("team/tool:1"))
    assert [(entry["platform"], entry["digest"]) for entry in document["manifests"]] == [
        ({"architecture": "amd64", "os": "linux"}, str(one.digest)),
        ({"architecture": "arm64", "os": "linux"}, str(other.digest)),
    ]
    changed = push(context, sif, place("team/tool:1"), annotations={"a": "2"})
    document = manifest(place("team/tool:1"))
    assert [entry["digest"] for entry in document["manifests"]] == [str(other.digest), str(changed.digest)]
    pull(context.adjusted(platform="linux/arm64"), place("team/tool:1"), output=tmp_path / "found.sif")
    assert (tmp_path / "found.sif").read_bytes() == arm.read_bytes()
    error = fails(
        "image-no-platform",
        lambda: pull(context.adjusted(platform="linux/s390x"), place("team/tool:1"), output=tmp_path / "s390x.sif"),
    )
    assert error.facts["platforms"] == ["linux/arm64", "linux/amd64"]


def for_arm(sif: Path, target: Path) -> Path:
    """The same file, called one for arm64 in its header and its partition."""
    data = bytearray(sif.read_bytes())
    data[0x2D:0x2F] = b"04"
    table = int.from_bytes(data[0x60:0x68], "little")
    for start in range(table, table + 48 * 585, 585):
        if data[start : start + 5] == b"\x04\x40\x00\x00\x01":
            data[start + 209 : start + 211] = b"04"
    target.write_bytes(data)
    return target


def test_what_is_of_another_kind_under_the_tag_is_replaced(
    context: Context, sif: Path, docker_registry: DockerRegistry, place: Callable[[str], str]
) -> None:
    from tests.registry.scripted import tiny

    docker_registry.pusher("team/tool").push_index("team/tool", "1", [tiny(), tiny("other", platform="linux/arm64")])
    done = push(context, sif, place("team/tool:1"))
    with session() as one:
        assert one.get_manifest(parse_registry(place("team/tool:1"))).digest == done.digest


def test_it_is_said_which_scheme_is_meant(
    context: Context, sif: Path, docker_registry: DockerRegistry, place: Callable[[str], str], tmp_path: Path
) -> None:
    from tests.registry.scripted import tiny

    docker_registry.push("team/image", "1", tiny())
    push(context, sif, place("team/tool:1"))
    for wrong, right in (
        (place("team/image:1"), f"docker://{docker_registry.address}/team/image:1"),
        (f"docker://{docker_registry.address}/team/tool:1", place("team/tool:1")),
    ):
        with pytest.raises(SregistryError) as caught:
            pull(context, wrong, output=tmp_path / "x.sif")
        commands = [step.command for step in caught.value.diagnosis.steps]
        assert f"sregistry pull {right}" in commands


def test_a_digest_that_is_not_that_of_the_manifest_is_none_of_ours(
    context: Context, sif: Path, place: Callable[[str], str]
) -> None:
    done = push(context, sif, place("team/tool:1"))
    with session() as one:
        assert parse_manifest(one.get_manifest(parse_registry(place("team/tool:1"))).raw).digest == done.digest


def test_an_image_of_one_layer_is_made_first(context: Context, sif: Path, docker_registry: DockerRegistry) -> None:
    """A listener hears of that, and of the bytes that are really sent."""

    class Steps(Heard):
        def __init__(self) -> None:
            super().__init__()
            self.steps: list[str] = []

        def step(self, text: str) -> None:
            assert not self.bytes
            self.steps.append(text)

    heard, where = Steps(), f"docker://{docker_registry.address}/team/tool:1"
    done = push(replace(context, progress=heard), sif, where)
    assert heard.steps == ["tool.sif becomes an image of one layer"]
    found = manifest(where)
    assert done.sent == heard.bytes == found["layers"][0]["size"] + found["config"]["size"]
    assert found["annotations"] == done.annotations
    assert pull(context, where, output=sif.with_name("again.sif")).manifest_digest == done.digest


def test_a_damaged_file_is_not_pulled_from_where_it_was_to_go(
    context: Context, tmp_path: Path, docker_registry: DockerRegistry
) -> None:
    """An image of the local registry is pulled again by its own reference; what a file was pulled from is not known."""
    where = f"docker://{docker_registry.address}/team"
    sif = build_sif(image([archive(file("f", b"text" * 100_000))]), tmp_path / "text.sif")
    push(context, sif, f"{where}/tool:1")
    here = pull(context, f"{where}/tool:1").path
    for path in (sif, here):
        data = bytearray(path.read_bytes())
        start = data.rindex(b"hsqs") + 96
        data[start + 20 : start + 60] = bytes(40)
        path.chmod(0o644)
        path.write_bytes(data)
    error = fails("squashfs-corrupt", lambda: push(context, sif, f"{where}/tool:2"))
    assert "reference" not in error.facts
    error = fails("squashfs-corrupt", lambda: push(context, "team/tool:1", f"{where}/tool:2"))
    assert error.facts["reference"] == f"{where}/tool:1"


@pytest.mark.parametrize("name", ["./nothing", "/dev/null", ".", "pipe", "pipe.sif"])
def test_what_is_a_path_is_no_name(
    context: Context, place: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")  # who opened it would wait for somebody to write into it
    os.mkfifo("pipe.sif")
    error = fails("disk-no-such-file", lambda: push(context, name, place("team/tool:1")))
    assert str(tmp_path) in error.message or name in error.message


@pytest.mark.parametrize("name", ["tool.sif", "made/tool:1"])
def test_a_platform_that_was_not_asked_for_is_not_pushed(
    context: Context, sif: Path, place: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(sif.parent)
    add(context, sif, name="made/tool:1", copy=True)
    other = replace(context, settings=adjusted(context.settings, COMMAND_LINE, platform="linux/arm64"))
    error = fails("store-platform-unknown", lambda: push(other, name, place("team/tool:1")))
    again = f"sregistry push --platform linux/amd64 {name} {place('team/tool:1')}"
    assert again in [step.command for step in error.diagnosis.steps]


@pytest.mark.parametrize("name", ["oras://127.0.0.1:5000", "localhost:5000", "docker://ghcr.io"])
def test_a_registry_alone_is_no_place_for_an_image(context: Context, sif: Path, name: str) -> None:
    """As the name of an image it would be one of Docker Hub's own."""
    fails("name-missing", lambda: push(context, sif, name))


@pytest.mark.parametrize(
    ("image", "where", "steps"),
    [
        ("oras://ghcr.io/a/b", "tool.sif", ["push tool.sif oras://ghcr.io/a/b"]),
        ("oras://ghcr.io/a/b", "/x/tool.sif", ["push /x/tool.sif oras://ghcr.io/a/b"]),
        ("docker://ghcr.io/a/b", "docker://quay.io/a/b", ["copy docker://ghcr.io/a/b docker://quay.io/a/b"]),
        (
            "docker://ghcr.io/a/b",
            "oras://ghcr.io/a/c",
            ["get --pull docker://ghcr.io/a/b", "push docker://ghcr.io/a/b oras://ghcr.io/a/c"],
        ),
    ],
)
def test_an_image_that_is_elsewhere_gets_there_by_other_commands(
    context: Context, image: str, where: str, steps: list[str]
) -> None:
    error = fails("store-image-unknown", lambda: push(context, image, where))
    proposed = [step.command for step in error.diagnosis.steps]
    assert proposed[: len(steps)] == [f"sregistry {step}" for step in steps]


@pytest.mark.parametrize("size", [0, 2 << 20, 4 << 20])
def test_a_file_that_changes_while_it_is_sent_is_not_pushed(
    context: Context, sif: Path, place: Callable[[str], str], size: int
) -> None:
    class Changing(Heard):
        def sent(self, done: int) -> None:
            if size < sif.stat().st_size:
                os.truncate(sif, size)
            else:
                sif.write_bytes(bytes(size))

    changing = replace(context, progress=Changing())
    error = fails("disk-file-changed", lambda: push(changing, sif, place("team/tool:1")))
    assert f"sregistry push {sif} {place('team/tool:1')}" in [step.command for step in error.diagnosis.steps]
    with session() as one:
        fails("repository-unknown", lambda: one.tags(parse_registry(place("team/tool:1")), None))


def test_a_label_that_is_too_long_is_left_out_alone(
    context: Context, tmp_path: Path, place: Callable[[str], str]
) -> None:
    labels = {"a": "text" * 20_000, "b": "1"}
    sif = build_sif(image([archive(file("f", b"text"))], {"Labels": labels}), tmp_path / "text.sif")
    done = push(context, sif, place("team/tool:1"))
    assert "a" not in done.annotations
    assert done.annotations["b"] == "1"
    assert "org.opencontainers.image.base.digest" in done.annotations

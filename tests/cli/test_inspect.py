from __future__ import annotations

import json
from pathlib import Path

import pytest

from sregistry.operations.context import Context
from sregistry.operations.inspect import inspect
from sregistry.settings import Settings
from sregistry.store.store import Store
from tests.cli.terminal import on_terminal
from tests.store.images import add
from tests.support import images
from tests.support.building import build_sif
from tests.support.pulling import User
from tests.support.registry import DockerRegistry
from tests.support.tars import archive, file

CONFIG = {
    "Env": ["PATH=/bin", "TEXT=two\nlines"],
    "Entrypoint": ["/bin/tool", "a b"],
    "WorkingDir": "/data",
    "ExposedPorts": {"80/tcp": {}},
    "Labels": {"owner": "ada", "bell": "\a"},
}
IMAGE = images.image([archive(file("etc/one", b"1")), archive(file("etc/two", b"2"))], CONFIG)


@pytest.fixture
def sif(tmp_path: Path) -> Path:
    return build_sif(IMAGE, tmp_path / "image.sif")


def lines(user: User, *arguments: str | Path) -> list[str]:
    done = user.sregistry("inspect", *arguments)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().splitlines()


def test_json_is_what_the_library_says(user: User, settings: Settings, sif: Path) -> None:
    assert json.loads("\n".join(lines(user, "--json", sif))) == inspect(Context(settings), str(sif)).facts()


def test_json_of_the_parts_asked_for(user: User, sif: Path) -> None:
    said = json.loads("\n".join(lines(user, "--json", "--config", "-d", sif)))
    assert set(said) == {"config", "deffile"}
    assert said["config"] == CONFIG


def test_the_page_has_what_matters(user: User, docker_registry: DockerRegistry) -> None:
    docker_registry.push("team/tool", "1", IMAGE)
    page = lines(user, f"docker://{docker_registry.address}/team/tool:1")
    assert page[:3] == [
        f"from     docker://{docker_registry.address}/team/tool:1",
        f"digest   {IMAGE.manifest.digest}",
        "platform linux/amd64",
    ]
    at = page.index("entry    /bin/tool 'a b'")
    assert page[at : at + 8] == [
        "entry    /bin/tool 'a b'",
        "folder   /data",
        "ports    80/tcp",
        "env      PATH=/bin",
        "         TEXT=two\\nlines",
        "labels   bell=\N{REPLACEMENT CHARACTER}",
        "         owner=ada",
        "scripts  --runscript --startscript --deffile",
    ]
    assert page[-1].endswith("in 2 layers")
    assert IMAGE.layers[1].blob.digest in page[-2]


def test_one_part_is_printed_as_it_is(user: User, settings: Settings, sif: Path) -> None:
    texts = inspect(Context(settings), str(sif)).texts
    assert lines(user, "--runscript", sif) == (texts.runscript or "").splitlines()
    assert lines(user, "-d", sif) == (texts.deffile or "").splitlines()
    assert json.loads("\n".join(lines(user, "--config", sif))) == CONFIG
    assert "owner: ada" in lines(user, "--labels", sif)


def test_a_name_that_is_not_here_is_answered_with_what_can_be_inspected(user: User, store: Store) -> None:
    add(store, "team/tool:1")
    user.environment["SREGISTRY_DEFAULT_REGISTRY"] = "localhost:1"
    done = user.sregistry("inspect", "tool:2")
    assert done.returncode == 7
    assert b"sregistry inspect team/tool:1" in done.stderr
    assert b"sregistry inspect docker://tool" in done.stderr


def test_several_parts_have_titles(user: User, sif: Path) -> None:
    titles = [line for line in lines(user, "-e", "-r", sif) if line.startswith("== ")]
    assert titles == ["== environment ==", "== runscript =="]
    everything = [line for line in lines(user, "--all", sif) if line.startswith("== ")]
    assert everything == [
        f"== {name} ==" for name in ("labels", "environment", "runscript", "startscript", "deffile", "config")
    ]


def test_a_part_that_there_is_not(user: User, sif: Path) -> None:
    done = user.sregistry("inspect", "--helpfile", sif)
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"The image has no helpfile." in done.stderr


def test_a_terminal_is_not_rung(user: User, sif: Path) -> None:
    shown = "\n".join(on_terminal(user, "inspect", sif, columns=80))
    assert "owner=ada" in shown
    assert "\a" not in shown


def test_texts_are_wrapped_on_a_terminal_and_what_is_for_copying_is_not(
    user: User, docker_registry: DockerRegistry
) -> None:
    labels = {"text": "many words " * 20, "url": "https://example.org/" + "x" * 90}
    made = images.image([archive(file("one", b"1")), archive(file("two", b"2"))], {"Labels": labels})
    docker_registry.push("team/tool", "1", made)
    reference = f"docker://{docker_registry.address}/team/tool:1"
    shown = on_terminal(user, "inspect", reference, columns=80)
    assert sum("many words" in line for line in shown) == 4
    assert f"digest   {made.manifest.digest}" in shown
    assert [line for line in shown if len(line) > 80] == [f"         url={labels['url']}"]
    layers = [line.split()[-1] for line in shown if " B  sha256:" in line]
    assert layers == [f"{layer.blob.digest[:19]}…" for layer in made.layers]
    wide = on_terminal(user, "inspect", reference, columns=200)
    assert [line.split()[-1] for line in wide if " B  sha256:" in line] == [layer.blob.digest for layer in made.layers]
    assert sum("many words" in line for line in lines(user, reference)) == 1


def test_the_platform_is_chosen(user: User, docker_registry: DockerRegistry) -> None:
    built = [
        images.image([archive(file("for", name.encode()))], platform=f"linux/{name}") for name in ("amd64", "arm64")
    ]
    docker_registry.pusher("team/tool").push_index("team/tool", "1", built)
    page = lines(user, "--platform", "arm64", f"docker://{docker_registry.address}/team/tool:1")
    assert "platform linux/arm64" in page
    assert any(line.startswith("offers   linux/amd64") for line in page)


def test_what_is_not_here_is_looked_at_in_its_registry(user: User, docker_registry: DockerRegistry) -> None:
    docker_registry.push("team/tool", "1", IMAGE)
    done = user.sregistry("inspect", f"{docker_registry.address}/team/tool:1")
    assert done.stdout.decode().startswith(f"from     docker://{docker_registry.address}/team/tool:1\n")
    assert b"there is no image" in done.stderr

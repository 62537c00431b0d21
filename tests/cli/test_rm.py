from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sregistry.store.store import Store
from tests.cli.terminal import answering
from tests.registry.scripted import tiny
from tests.store.images import add, files, keep, pulled
from tests.support.pulling import User
from tests.support.registry import DockerRegistry
from tests.support.tools import Tool

ONE, TWO = tiny("one"), tiny("two")


def test_what_was_removed_is_said(user: User, store: Store) -> None:
    row = add(store, "team/tool:1")
    done = user.sregistry("rm", "tool:1")
    assert (done.returncode, done.stdout.decode()) == (0, f"removed {row.uri}\n")
    assert files(store.paths.storage) == []


def test_facts(user: User, store: Store) -> None:
    row = add(store, "team/tool:1")
    assert json.loads(user.sregistry("rm", "--json", row.uri).stdout) == [
        {**row.facts(), "deleted": True, "stays": False}
    ]


def test_an_ambiguous_name_is_refused_with_a_command_for_each(user: User, store: Store) -> None:
    first, second = add(store, "team/tool:1"), add(store, "team/tool:1", b"newer")
    done = user.sregistry("rm", "tool:1")
    assert (done.returncode, done.stdout) == (3, b"")
    for line in (f"sregistry rm {first.uri}", f"sregistry rm {second.uri}", "sregistry rm --all tool:1"):
        assert line in done.stderr.decode()
    assert len(files(store.paths.storage)) == 2
    assert user.sregistry("rm", "--all", "tool:1").returncode == 0
    assert files(store.paths.storage) == []


def test_a_terminal_is_asked_before_a_file_is_lost_and_only_then(user: User, store: Store) -> None:
    add(store, "team/mine:1")
    keep(store, pulled("team/pulled:1"))
    status, shown = answering(user, "n", "rm", "mine:1", "pulled:1")
    assert "No registry is known to have team/mine:1. Delete for ever? [y/N]" in shown
    assert "Nothing was removed." in shown
    assert (status, len(files(store.paths.storage))) == (0, 2)
    assert "Delete" not in answering(user, "", "rm", "pulled:1")[1]
    assert "Delete" not in answering(user, "", "rm", "--yes", "mine:1")[1]
    assert files(store.paths.storage) == []


def tags(registry: DockerRegistry, user: User) -> set[str]:
    found = user.sregistry("search", "--json", f"docker://{registry.address}/team/tool")
    return set(json.loads(found.stdout)["names"])


def test_a_reference_with_its_scheme_is_never_an_image_that_is_here(
    user: User, store: Store, docker_registry: DockerRegistry
) -> None:
    add(store, "team/tool:1")
    done = user.sregistry("rm", f"docker://{docker_registry.address}/team/tool:1")
    assert (done.returncode, done.stdout) == (7, b"")
    assert len(files(store.paths.storage)) == 1
    assert user.sregistry("rm", "--all-tags", "tool:1").returncode == 2


def test_a_terminal_is_told_what_goes_and_asked(user: User, docker_registry: DockerRegistry) -> None:
    for name, one in (("1", ONE), ("2", TWO), ("latest", ONE)):
        docker_registry.push("team/tool", name, one)
    at = f"docker://{docker_registry.address}/team/tool"
    means = f"The tag 1 means {ONE.manifest.digest}, which 1 other tag means as well (latest)"
    status, shown = answering(user, "n", "rm", f"{at}:1")
    assert (status, "Nothing was removed." in shown) == (0, True)
    assert f"{means}: they stay. Delete {at}:1 at {docker_registry.address}? [y/N]" in shown
    status, shown = answering(user, "y", "rm", f"{at}:1")
    assert (status, "registry-tag-bound" in shown, f"sregistry rm --all-tags {at}:1" in shown) == (11, True, True)
    assert tags(docker_registry, user) == {"1", "2", "latest"}
    status, shown = answering(user, "y", "rm", "--all-tags", f"{at}:1")
    assert f"{means}: they go, too. Delete {at}:1 with all its tags at" in shown
    assert f"deleted {at}:1 and all its tags; it was {ONE.manifest.digest}" in shown
    assert tags(docker_registry, user) == {"2"}


def test_scripts_are_not_asked_and_facts_come_together(
    user: User, store: Store, docker_registry: DockerRegistry
) -> None:
    row = add(store, "team/tool:1")
    docker_registry.push("team/tool", "1", ONE)
    reference = f"docker://{docker_registry.address}/team/tool:1"
    done = user.sregistry("rm", "--json", "--all-tags", "tool:1", reference)
    assert json.loads(done.stdout) == [
        {**row.facts(), "deleted": True, "stays": False},
        {"reference": reference, "digest": ONE.manifest.digest, "every_tag": True, "others": None},
    ]
    assert files(store.paths.storage) == []


def test_a_registry_that_deletes_nothing_says_what_its_operator_can_do(
    user: User, registry_program: Tool, tmp_path: Path
) -> None:
    class Keeping(DockerRegistry):
        def configuration(self) -> dict[str, Any]:
            found = super().configuration()
            del found["storage"]["delete"]
            return found

    with Keeping(registry_program, tmp_path / "keeping").running() as registry:
        registry.push("team/tool", "1", ONE)
        for options in ((), ("--all-tags",)):
            done = user.sregistry("rm", *options, f"docker://{registry.address}/team/tool:1")
            assert (done.returncode, done.stdout) == (11, b"")
            assert "registry-delete-disabled" in done.stderr.decode()
            assert "REGISTRY_STORAGE_DELETE_ENABLED=true" in done.stderr.decode()

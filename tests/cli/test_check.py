from __future__ import annotations

import json

from sregistry.operations.context import Context
from sregistry.operations.get import get
from sregistry.operations.local import open_cache
from sregistry.settings import Settings
from sregistry.store.store import Store
from tests.store.images import add, keep, pulled
from tests.support.pulling import User
from tests.support.registry import DockerRegistry
from tests.support.sifs import small_image


def test_all_is_well(user: User, store: Store) -> None:
    assert user.sregistry("check").stdout == b"No images, and nothing that does not fit.\n"
    add(store, "team/tool:1")
    done = user.sregistry("check")
    assert (done.returncode, done.stdout) == (0, b"1 image, 7 B: every file is there and has its digest\n")
    assert user.sregistry("check", "--quick").stdout == b"1 image, 7 B: all files are there with their sizes\n"


def test_what_does_not_fit_is_told_with_what_to_do(user: User, store: Store) -> None:
    lost, fetchable = add(store, "team/mine:1"), keep(store, pulled("team/tool:1", b"other"), b"other")
    lost.path.unlink()
    fetchable.path.write_bytes(b"OTHER")
    note = store.paths.storage / "note.txt"
    note.write_text("mine")
    done = user.sregistry("check")
    shown = done.stdout.decode()
    assert done.returncode == 12
    for line in (
        f"✗ {lost.uri}",
        "  the file is missing",
        f"  no registry is known to have it; to forget it: sregistry rm {lost.uri}",
        "  the file is damaged: its content has changed",
        f"  to have it again: sregistry pull --force --name team/tool:1 docker://gcr.io/team/tool:1@{fetchable.version}",
        f"  to keep it: sregistry add {note}, else remove it",
        "2 images, 12 B: 3 problems, 3 left",
    ):
        assert line in shown.splitlines()


def test_the_names_of_files_cannot_do_anything(user: User, store: Store) -> None:
    add(store, "team/tool:1")
    (store.paths.storage / "a\nb; \x1b[2J.sif").write_text("mine")
    shown = user.sregistry("check").stdout
    assert b"\x1b" not in shown
    assert f"✗ {store.paths.storage}/a b; �[2J.sif" in shown.decode().splitlines()


def test_facts(user: User, store: Store) -> None:
    row = add(store, "team/mine:1")
    row.path.unlink()
    done = user.sregistry("check", "--json")
    assert done.returncode == 12
    assert json.loads(done.stdout) == {
        "images": 1,
        "size": 7,
        "cached_layers": 0,
        "quick": False,
        "problems": [
            {
                "kind": "missing",
                "path": str(row.path),
                "uri": row.uri,
                "detail": "",
                "repaired": None,
                "pull": None,
            }
        ],
        "left": 1,
    }


def test_a_repair_says_what_it_did(user: User, store: Store) -> None:
    row = add(store, "team/tool:1")
    stray = store.paths.storage / "stray"
    row.path.rename(stray)
    assert b"`sregistry check --repair` repairs" in user.sregistry("check").stdout
    done = user.sregistry("check", "--repair")
    assert done.returncode == 0
    assert f"✓ {row.uri}" in done.stdout.decode().splitlines()
    assert f"  repaired: its file was found at {stray}" in done.stdout.decode().splitlines()
    assert "1 image, 7 B: 1 problem, 1 repaired, 0 left" in done.stdout.decode().splitlines()


def test_a_cached_layer_that_is_damaged(user: User, settings: Settings, docker_registry: DockerRegistry) -> None:
    docker_registry.push("team/tool", "1", small_image("1"))
    user.sregistry("pull", f"docker://{docker_registry.address}/team/tool:1")
    (entry,) = open_cache(settings).entries()
    entry.path.write_bytes(entry.path.read_bytes()[:-1])
    done = user.sregistry("check")
    assert done.returncode == 12
    assert done.stdout.decode().splitlines()[:3] == [
        f"✗ {entry.path}",
        "  a cached layer that cannot be used: its end is damaged",
        "  nothing is lost: a pull that needs the layer fetches it again",
    ]
    assert b"`sregistry check --repair` repairs" in done.stdout
    facts = json.loads(user.sregistry("check", "--json").stdout)
    assert facts["cached_layers"] == 1
    assert facts["problems"] == [
        {
            "kind": "cached-layer",
            "path": str(entry.path),
            "uri": None,
            "detail": "its end is damaged",
            "repaired": None,
            "pull": None,
        }
    ]
    done = user.sregistry("check", "--repair")
    assert (done.returncode, b"repaired: removed" in done.stdout, entry.path.exists()) == (0, True, False)


def test_images_are_pulled_again(user: User, settings: Settings, docker_registry: DockerRegistry) -> None:
    docker_registry.push("team/tool", "1", small_image("1"))
    user.sregistry("pull", f"docker://{docker_registry.address}/team/tool:1")
    get(Context(settings), "team/tool:1").path.unlink()
    done = user.sregistry("check", "--pull", "--json")
    facts = json.loads(done.stdout)
    assert (done.returncode, facts["left"]) == (0, 0), done.stderr.decode()
    assert facts["problems"][0]["repaired"] == "pulled again"
    assert get(Context(settings), "team/tool:1").path.is_file()

from __future__ import annotations

import os

from sregistry.operations.context import Context
from sregistry.operations.get import get
from sregistry.operations.local import open_store
from sregistry.settings import Settings, load
from sregistry.store.store import Store
from tests.store.images import keep, pulled
from tests.support import images
from tests.support.pulling import User
from tests.support.registry import DockerRegistry
from tests.support.tars import archive, file


def test_the_path_and_nothing_else_is_printed(user: User, store: Store) -> None:
    kept = keep(store, pulled("team/tool:2"))
    done = user.sregistry("get", "tool:2")
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, f"{kept.path}\n", b"")


def test_an_image_that_is_not_here_ends_with_a_code_and_no_path(user: User) -> None:
    done = user.sregistry("get", "tool:2")
    assert (done.returncode, done.stdout) == (7, b"")
    assert b"sregistry get --pull tool:2" in done.stderr


def test_it_is_pulled_when_asked_for(user: User, settings: Settings, docker_registry: DockerRegistry) -> None:
    docker_registry.push("team/tool", "2", images.image([archive(file("etc/content", b"content"))]))
    done = user.sregistry("get", "--pull", f"docker://{docker_registry.address}/team/tool:2")
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode() == f"{get(Context(settings), 'tool:2').path}\n"


def test_the_command_that_is_proposed_brings_a_removed_file_back(
    user: User, settings: Settings, docker_registry: DockerRegistry
) -> None:
    docker_registry.push("team/tool", "2", images.image([archive(file("etc/content", b"content"))]))
    user.sregistry("pull", f"docker://{docker_registry.address}/team/tool:2")
    path = get(Context(settings), "tool:2").path
    path.unlink()
    done = user.sregistry("get", "tool:2")
    assert (done.returncode, done.stdout) == (7, b"")
    assert b"store-file-missing" in done.stderr
    assert b"sregistry get --pull tool:2" in done.stderr
    assert user.sregistry("get", "--pull", "tool:2").stdout.decode() == f"{path}\n"
    assert path.is_file()


def test_what_is_proposed_goes_the_same_way(user: User, store: Store) -> None:
    keep(store, pulled("team/tool:2", platform="linux/arm64")).path.unlink()
    gone = user.sregistry("get", "--platform", "arm64", "--plain-http", "tool:2")
    assert b"sregistry get --pull --platform arm64 --plain-http tool:2" in gone.stderr
    other = user.sregistry("get", "--platform", "s390x", "--plain-http", "tool:2")
    assert b"sregistry get --pull --plain-http --platform linux/s390x tool:2" in other.stderr


def test_the_platform_is_chosen(user: User, store: Store) -> None:
    keep(store, pulled("team/tool:2", b"one"), b"one")
    other = keep(store, pulled("team/tool:2", b"two", platform="linux/arm64"), b"two")
    assert user.sregistry("get", "--platform", "arm64", "tool:2").stdout.decode() == f"{other.path}\n"


def test_a_shell_completes_names(user: User, store: Store) -> None:
    for name in ("team/tool:1", "team/tool:2", "lab/team:1"):
        keep(store, pulled(name, name.encode()), name.encode())
    user.environment |= {"_SREGISTRY_COMPLETE": "bash_complete", "COMP_WORDS": "sregistry get team/", "COMP_CWORD": "2"}
    assert user.sregistry().stdout.decode().splitlines() == ["plain,team/tool:1", "plain,team/tool:2"]


def test_a_shell_completes_nothing_where_the_database_is_damaged(user: User, settings: Settings) -> None:
    settings.database.mkdir(parents=True)
    (settings.database / "sregistry.db").write_bytes(b"no database" * 100)
    user.environment |= {"_SREGISTRY_COMPLETE": "bash_complete", "COMP_WORDS": "sregistry get team/", "COMP_CWORD": "2"}
    done = user.sregistry()
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, b"", b"")


def test_a_path_that_is_no_text_is_printed_byte_for_byte(user: User) -> None:
    folder = os.fsdecode(bytes(user.home) + b"/caf\xe9")
    user.environment["SREGISTRY_STORAGE"] = folder
    kept = keep(open_store(load({"HOME": str(user.home), "SREGISTRY_STORAGE": folder})), pulled("team/tool:2"))
    assert user.sregistry("get", "tool:2").stdout == os.fsencode(kept.path) + b"\n"


def test_the_path_is_absolute_where_the_setting_is_not(user: User) -> None:
    user.environment |= {"SREGISTRY_DATABASE": "folder"}
    store = open_store(load({"HOME": str(user.home), "SREGISTRY_DATABASE": str(user.home / "folder")}))
    row = keep(store, pulled("team/tool:2"))
    assert user.sregistry("get", "tool:2").stdout.decode() == f"{row.path}\n"


def test_a_bare_name_is_enough_where_one_image_has_it(user: User, store: Store) -> None:
    kept = keep(store, pulled("lab/tool:1.0"))
    assert user.sregistry("get", "tool").stdout.decode() == f"{kept.path}\n"
    keep(store, pulled("lab/tool:2.0", b"two"), b"two")
    assert user.sregistry("get", "tool").returncode == 7


def test_an_image_of_another_tag_is_not_taken_for_the_one_to_pull(user: User, store: Store) -> None:
    keep(store, pulled("lab/tool:1.0"))
    done = user.sregistry("get", "--pull", "localhost:1/lab/tool")
    assert (done.returncode, done.stdout) == (4, b"")


def test_a_scheme_that_is_unknown_means_no_image(user: User, store: Store) -> None:
    keep(store, pulled("lab/tool:1.0"))
    done = user.sregistry("get", "library://lab/tool:1.0")
    assert (done.returncode, done.stdout) == (3, b"")

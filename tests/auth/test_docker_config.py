"""The shared credentials file: every spelling is found, nothing unknown is lost, no secret shows."""

from __future__ import annotations

import base64
import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sregistry.auth import docker_config
from sregistry.auth.docker_config import DockerConfig, Login
from sregistry.errors import RegistryError, SregistryError
from sregistry.http.secret import Secret


def auth(username: str, password: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{username}:{password}".encode()).decode()}


def config(**document: Any) -> DockerConfig:
    return docker_config.parse(json.dumps(document).encode(), "config.json")


def user(document: DockerConfig, registry: str, repository: str = "") -> str | None:
    login = document.login(docker_config.scopes(registry, repository))
    return login.username if login else None


@pytest.mark.parametrize(
    ("key", "normal"),
    [
        ("https://index.docker.io/v1/", "docker.io"),
        ("index.docker.io", "docker.io"),
        ("registry-1.docker.io", "docker.io"),
        ("docker.io:443", "docker.io"),
        ("docker.io/library", "docker.io/library"),
        ("https://GHCR.io", "ghcr.io"),
        ("https://ghcr.io/v2/", "ghcr.io"),
        ("http://localhost:5000", "localhost:5000"),
        ("http://localhost:80/", "localhost"),
        ("ghcr.io/acme/", "ghcr.io/acme"),
        ("ghcr.io/v2/", "ghcr.io"),
    ],
)
def test_every_spelling_of_a_key_is_one(key: str, normal: str) -> None:
    assert docker_config.normal_key(key) == normal


@pytest.mark.parametrize("key", ["https://index.docker.io/v1/", "docker.io", "index.docker.io", "registry-1.docker.io"])
@pytest.mark.parametrize("asked", ["docker.io", "registry-1.docker.io", "index.docker.io:443"])
def test_docker_hub_is_found_under_each_of_its_names(key: str, asked: str) -> None:
    assert user(config(auths={key: auth("me", "x")}), asked) == "me"


def test_the_longest_path_wins() -> None:
    auths = {"ghcr.io": auth("all", "x"), "ghcr.io/acme": auth("acme", "x"), "ghcr.io/acme/tool": auth("tool", "x")}
    document = config(auths=auths)
    assert user(document, "ghcr.io", "acme/tool") == "tool"
    assert user(document, "ghcr.io", "acme/toolbox") == "acme"
    assert user(document, "ghcr.io", "other/x") == "all"
    assert user(document, "ghcr.io:5000", "acme/tool") is None


def test_a_path_of_another_repository_is_not_used() -> None:
    assert user(config(auths={"ghcr.io/acme": auth("acme", "x")}), "ghcr.io", "other/tool") is None


def test_the_plain_spelling_goes_before_an_old_one_with_https() -> None:
    auths = {"https://1.dkr.ecr.example": auth("old", "x"), "1.dkr.ecr.example": auth("new", "x")}
    assert user(config(auths=auths), "1.dkr.ecr.example") == "new"


def test_docker_s_own_key_goes_before_others_for_docker_hub() -> None:
    auths = {"docker.io": auth("other", "x"), "https://index.docker.io/v1/": auth("docker", "x")}
    assert user(config(auths=auths), "docker.io") == "docker"


@pytest.mark.parametrize(
    ("entry", "login"),
    [
        (auth("me", "pass:word"), Login("basic", "me", Secret("pass:word"))),
        ({"auth": base64.b64encode(b"me:pw\0\0").decode()}, Login("basic", "me", Secret("pw"))),
        ({"auth": "bWU6cHc"}, Login("basic", "me", Secret("pw"))),
        ({"auth": "bWU6\ncHc=\r\n"}, Login("basic", "me", Secret("pw"))),
        ({"AUTH": "bWU6cHc=", "Email": "me@example.org"}, Login("basic", "me", Secret("pw"))),
        ({"UserName": "me", "Password": "pw", "auth": None}, Login("basic", "me", Secret("pw"))),
        (None, None),
        ({"username": "me", "password": "pw"}, Login("basic", "me", Secret("pw"))),
        ({**auth("0000", ""), "identitytoken": "tok"}, Login("identity-token", "0000", Secret("tok"))),
        ({"registrytoken": "tok"}, Login("registry-token", "", Secret("tok"))),
        ({}, None),
        ({"auth": ""}, None),
    ],
)
def test_reads_every_kind_of_entry(entry: dict[str, str] | None, login: Login | None) -> None:
    assert config(auths={"ghcr.io": entry}).login(["ghcr.io"]) == login


@pytest.mark.parametrize("name", ["auths", "Auths", "AUTHS"])
def test_the_file_is_read_in_any_case_and_without_auths_around_its_entries(name: str) -> None:
    data = json.dumps({name: {"GHCR.io": auth("me", "x")}, "CREDSSTORE": None, "quay.io": auth("old", "x")})
    document = docker_config.parse(data.encode(), "config.json")
    assert user(document, "ghcr.io") == "me"
    assert user(document, "quay.io") == "old"


def test_entries_are_dropped_wherever_they_are() -> None:
    document = {"auths": {"https://quay.io/v1/": {}, "ghcr.io": {}}, "quay.io": auth("old", "x"), "other": {"a": 1}}
    assert docker_config.drop(document, lambda key: key == "quay.io")
    assert document == {"auths": {"ghcr.io": {}}, "other": {"a": 1}}
    assert not docker_config.drop(document, lambda key: key == "quay.io")


def test_a_login_beside_bare_entries_keeps_them(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"quay.io": auth("old", "x")}))
    docker_config.edit(
        file, "config.json", lambda document: bool(document.update(auths={"ghcr.io": auth("me", "x")}) or 1)
    )
    document = docker_config.read(file, "config.json")
    assert document is not None
    assert (user(document, "quay.io"), user(document, "ghcr.io")) == ("old", "me")


@pytest.mark.parametrize(
    "login",
    [
        Login("basic", "me", Secret("p:w")),
        Login("identity-token", "me", Secret("t")),
        Login("registry-token", "", Secret("t")),
    ],
)
def test_law_an_entry_written_is_read_again(login: Login) -> None:
    assert config(auths={"ghcr.io": docker_config.entry(login)}).login(["ghcr.io"]) == login


@pytest.mark.parametrize("entry", [{"auth": "!canary!"}, {"auth": "Y2FuYXJ5"}, {"auth": "//8="}, "canary", 7])
def test_a_broken_entry_is_named_without_its_content(entry: Any) -> None:
    with pytest.raises(RegistryError) as caught:
        config(auths={"ghcr.io": entry}).login(["ghcr.io"])
    assert caught.value.code == "auth-entry-malformed"
    assert caught.value.facts["key"] == "ghcr.io"
    assert "canary" not in f"{caught.value} {caught.value.facts}"


def test_helpers_for_a_host_go_before_the_store_for_all() -> None:
    document = config(credHelpers={"ghcr.io": "one"}, credsStore="all")
    assert document.helper(["ghcr.io/a", "ghcr.io"]) == ("one", "credHelpers in config.json")
    assert document.helper(["quay.io"]) == ("all", "credsStore in config.json")
    assert config().helper(["quay.io"]) is None


def test_http_headers_are_kept_hidden_and_only_those_that_can_be_sent() -> None:
    headers = {"X-Meta-Team": "canary", "Authorization": "x", "Host": "x", "X-Bad": "a\r\nb: c", "X Y": "z", "N": 1}
    document = config(HttpHeaders=headers)
    assert {name: value.reveal() for name, value in document.http_headers.items()} == {"X-Meta-Team": "canary"}
    assert "canary" not in repr(document)


def test_parts_of_a_wrong_type_are_left_out() -> None:
    document = config(auths=[], credHelpers={"a": 1, "b": "x"}, credsStore=False, HttpHeaders="x")
    assert (document.auths, document.cred_helpers, document.creds_store) == ({}, {"b": "x"}, None)


def test_an_empty_file_is_an_empty_config() -> None:
    assert docker_config.parse(b" \n", "x") == DockerConfig("x")


@pytest.mark.parametrize("data", [b"{", b"[]", b"\xff", b"1", b"[" * 10**5, b'{"a": ' * 10**5, b"9" * 5000])
def test_a_malformed_file_is_said_to_be_one(data: bytes) -> None:
    with pytest.raises(RegistryError) as caught:
        docker_config.parse(data, "config.json")
    assert (caught.value.code, caught.value.facts["file"]) == ("auth-file-malformed", "config.json")


def test_the_line_of_a_fault_is_named() -> None:
    with pytest.raises(RegistryError) as caught:
        docker_config.parse(b'{\n"auths": {},\n}', "config.json")
    assert caught.value.facts["line"] == 3


def test_a_missing_file_is_none_and_a_folder_is_unreadable(tmp_path: Path) -> None:
    assert docker_config.read(tmp_path / "config.json", "x") is None
    with pytest.raises(RegistryError) as caught:
        docker_config.read(tmp_path, "x")
    assert caught.value.code == "auth-file-unreadable"


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    with file.open("wb") as stream:
        stream.truncate(1 << 30)
    with pytest.raises(RegistryError) as caught:
        docker_config.read(file, "x")
    assert caught.value.code == "auth-file-malformed"


def put(document: dict[str, Any]) -> bool:
    document.setdefault("auths", {})["ghcr.io"] = {}
    return True


def test_an_edit_keeps_what_it_does_not_know_and_its_order(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text('{"zeta": {"ü": [1, 2.50]}, "auths": {"quay.io": {"auth": "x", "email": "y"}}, "alpha": null}')
    file.chmod(0o644)
    assert docker_config.edit(file, "x", put)
    document = json.loads(file.read_text())
    assert list(document) == ["zeta", "auths", "alpha"]
    assert document["zeta"] == {"ü": [1, 2.5]}
    assert document["auths"] == {"quay.io": {"auth": "x", "email": "y"}, "ghcr.io": {}}
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_an_edit_makes_the_file_and_its_folder(tmp_path: Path) -> None:
    file = tmp_path / ".docker" / "config.json"
    assert docker_config.edit(file, "x", put)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_an_edit_that_changes_nothing_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    assert not docker_config.edit(file, "x", lambda document: False)
    assert not file.exists()


def test_an_edit_follows_a_symbolic_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "config.json"
    real.write_text("{}")
    link.symlink_to(real)
    docker_config.edit(link, "x", put)
    assert link.is_symlink()
    assert "ghcr.io" in real.read_text()


def test_a_malformed_file_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text("{oops")
    with pytest.raises(RegistryError):
        docker_config.edit(file, "x", put)
    assert file.read_text() == "{oops"


@pytest.mark.parametrize("place", ["file/config.json", "loop/config.json"])
def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(RegistryError) as caught:
        docker_config.edit(tmp_path / place, "words", put)
    assert caught.value.code in ("auth-file-unwritable", "auth-file-unreadable")


def test_a_file_below_a_file_is_unwritable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RegistryError) as caught:
        docker_config.edit(tmp_path / "file" / "config.json", "words", put)
    assert (caught.value.code, caught.value.facts["file"]) == ("auth-file-unwritable", "words")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["bWU6cHc=", "helper", "tok"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["auths", "auth", "identitytoken", "registrytoken", "credHelpers", "credsStore", "HttpHeaders"]
            )
            | st.sampled_from(["ghcr.io", "https://index.docker.io/v1/", "docker.io", "ghcr.io/a"])
            | st.text(max_size=8),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(deadline=5000)
@given(st.binary(max_size=80) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_content_is_read_or_refused(data: bytes) -> None:
    try:
        document = docker_config.parse(data, "config.json")
        for registry in ("ghcr.io", "docker.io", ""):
            scopes = docker_config.scopes(registry, "a/b")
            document.helper(scopes)
            document.login(scopes)
    except SregistryError as error:
        assert error.code in ("auth-file-malformed", "auth-entry-malformed")


@pytest.mark.parametrize("umask", [0, 0o077, 0o777])
def test_what_an_edit_makes_is_its_owner_s_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    file = tmp_path / "a" / "b" / "config.json"
    before = os.umask(umask)
    try:
        docker_config.edit(file, "f", lambda document: document.update(x=1) is None)
    finally:
        os.umask(before)
    modes = [stat.S_IMODE(place.stat().st_mode) for place in (tmp_path / "a", file.parent, file)]
    assert modes == [0o700, 0o700, 0o600]


def test_edits_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "new" / "config.json"

    def add(name: int) -> None:
        docker_config.edit(file, "f", lambda document: document.setdefault("auths", {}).update({str(name): {}}) is None)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    assert len(json.loads(file.read_text())["auths"]) == 40
    assert list(file.parent.iterdir()) == [file]


def test_bytes_that_are_no_text_are_kept_as_they_are() -> None:
    login = Login("basic", "me", Secret(b"\xff\xe4".decode("utf-8", "surrogateescape")))
    entry = docker_config.entry(login)
    assert base64.b64decode(entry["auth"]) == b"me:\xff\xe4"
    assert config(auths={"h": entry}).login(["h"]) == login


def test_a_token_that_cannot_be_sent_is_named_without_its_content() -> None:
    with pytest.raises(RegistryError) as caught:
        config(auths={"h": {"registrytoken": "c4n4ry\nX-Evil: 1"}}).login(["h"])
    assert caught.value.code == "auth-entry-malformed"
    assert "c4n4ry" not in str(caught.value)

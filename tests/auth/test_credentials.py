"""Logins are looked for in the documented order, and every source is called by name."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sregistry.auth.credentials import Credential, CredentialStore
from sregistry.errors import RegistryError
from sregistry.http.options import Options, Timeouts
from sregistry.http.secret import Secret
from tests.registry.helper_program import environ, write_helper
from tests.support import tools
from tests.support.registry import DockerRegistry


def options(home: Path, environment: dict[str, str] | None = None, **more: Any) -> Options:
    return Options(home=home, environ=environment or {}, **more)


def keep(file: Path, username: str, registry: str = "ghcr.io", **more: Any) -> Path:
    """Write a credentials file with one login."""
    auth = base64.b64encode(f"{username}:canary".encode()).decode()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"auths": {registry: {"auth": auth}}, **more}))
    return file


def find(options: Options, registry: str = "ghcr.io", repository: str = "a/b") -> Credential | None:
    return CredentialStore(options).find(registry, repository)


def sources(home: Path) -> Iterator[tuple[str, Options]]:
    """Add one source after the other, from the last in order to the first; yield what it is called."""
    variables: dict[str, str] = {}
    files = {
        ".dockercfg": "",
        ".singularity/docker-config.json": "",
        ".apptainer/docker-config.json": "",
        ".docker/config.json": "",
        "docker/config.json": "DOCKER_CONFIG",
        ".config/containers/auth.json": "",
        "run/containers/auth.json": "XDG_RUNTIME_DIR",
        "my/auth.json": "REGISTRY_AUTH_FILE",
    }
    for name, variable in files.items():
        keep(home / name, name)
        folder = {"DOCKER_CONFIG": "docker", "XDG_RUNTIME_DIR": "run", "REGISTRY_AUTH_FILE": "my/auth.json"}
        variables |= {variable: str(home / folder[variable])} if variable else {}
        yield f"~/{name} (auths)", options(home, variables)
    for prefix in ("SINGULARITY_DOCKER", "APPTAINER_DOCKER", "SREGISTRY_DOCKERHUB"):
        variables |= {f"{prefix}_USERNAME": prefix, f"{prefix}_PASSWORD": "canary"}
        yield f"{prefix}_USERNAME (environment)", options(home, variables)
    authfile = keep(home / "authfile.json", "authfile")
    yield "~/authfile.json (auths)", options(home, variables, authfile=authfile)
    given = options(home, variables, authfile=authfile, username="me", password=Secret("canary"))
    yield "the command line", given


def test_each_source_goes_before_those_below_it(tmp_path: Path) -> None:
    for words, given in sources(tmp_path):
        found = find(given)
        assert found is not None
        assert found.source == words
        assert found.secret.reveal() == "canary"


def test_without_any_source_the_pull_is_anonymous(tmp_path: Path) -> None:
    store = CredentialStore(options(tmp_path))
    assert store.find("ghcr.io", "a/b") is None
    assert store.warnings == ()


def test_the_secret_is_not_in_the_text_of_a_credential(tmp_path: Path) -> None:
    keep(tmp_path / ".docker" / "config.json", "me")
    found = find(options(tmp_path))
    assert "canary" not in f"{found!r} {found}"


def test_an_authfile_without_the_registry_lets_the_others_answer(tmp_path: Path) -> None:
    keep(tmp_path / ".docker" / "config.json", "me", "quay.io")
    authfile = keep(tmp_path / "authfile.json", "me", "ghcr.io")
    found = find(options(tmp_path, authfile=authfile), "quay.io")
    assert found is not None
    assert found.source == "~/.docker/config.json (auths)"


@pytest.mark.parametrize("content", [None, "{oops"])
def test_an_authfile_that_cannot_be_used_ends_the_pull(tmp_path: Path, content: str | None) -> None:
    authfile = tmp_path / "authfile.json"
    if content:
        authfile.write_text(content)
    with pytest.raises(RegistryError) as caught:
        find(options(tmp_path, authfile=authfile))
    assert caught.value.code == "setting-authfile"
    assert caught.value.facts["file"] == "~/authfile.json"


def test_a_file_without_the_registry_lets_the_next_one_answer(tmp_path: Path) -> None:
    keep(tmp_path / "my.json", "other", "quay.io")
    keep(tmp_path / ".docker" / "config.json", "me", "ghcr.io")
    found = find(options(tmp_path, {"REGISTRY_AUTH_FILE": str(tmp_path / "my.json")}))
    assert found is not None
    assert found.username == "me"


def test_a_malformed_file_is_a_warning_and_the_next_one_answers(tmp_path: Path) -> None:
    (tmp_path / "my.json").write_text("{oops")
    keep(tmp_path / ".docker" / "config.json", "me")
    store = CredentialStore(options(tmp_path, {"REGISTRY_AUTH_FILE": str(tmp_path / "my.json")}))
    assert store.find("ghcr.io", "a/b") is not None
    assert store.find("quay.io", "a/b") is None
    assert [warning.code for warning in store.warnings] == ["auth-file-malformed"]


def test_an_unreadable_file_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / ".docker" / "config.json").mkdir(parents=True)
    store = CredentialStore(options(tmp_path))
    assert store.find("ghcr.io", "a/b") is None
    assert [warning.code for warning in store.warnings] == ["auth-file-unreadable"]


def test_a_malformed_entry_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker" / "config.json").write_text('{"auths": {"ghcr.io": {"auth": "?"}}}')
    store = CredentialStore(options(tmp_path))
    assert store.find("ghcr.io", "a/b") is None
    assert [warning.code for warning in store.warnings] == ["auth-entry-malformed"]


@pytest.mark.parametrize("present", ["USERNAME", "PASSWORD"])
def test_half_a_login_in_the_environment_is_a_warning(tmp_path: Path, present: str) -> None:
    store = CredentialStore(options(tmp_path, {f"SREGISTRY_DOCKERHUB_{present}": "x"}))
    assert store.find("docker.io", "a/b") is None
    (warning,) = store.warnings
    assert warning.code == "auth-variable-incomplete"
    assert warning.facts["setting"].startswith("SREGISTRY_DOCKERHUB_")
    assert not warning.facts["setting"].endswith(present)


def test_variables_and_command_line_never_go_to_a_mirror(tmp_path: Path) -> None:
    variables = {"SREGISTRY_DOCKERHUB_USERNAME": "x", "SREGISTRY_DOCKERHUB_PASSWORD": "x"}
    given = options(tmp_path, variables, username="me", password=Secret("x"))
    assert CredentialStore(given).find("mirror.example", "a/b", mirror=True) is None
    keep(tmp_path / ".docker" / "config.json", "reader", "mirror.example")
    found = CredentialStore(given).find("mirror.example", "a/b", mirror=True)
    assert found is not None
    assert found.username == "reader"


def helped(folder: Path, script: str, **document: Any) -> CredentialStore:
    """A store whose config has the helper ``fake``."""
    write_helper(folder, "fake", script)
    keep(folder / ".docker" / "config.json", "in the file", "ghcr.io", **document)
    return CredentialStore(options(folder, environ(folder)))


ANSWER = """read server; echo "$server" >> $HOME/asked; echo "{\\"Username\\": \\"helped\\", \\"Secret\\": \\"s\\"}\""""


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"credsStore": "fake"}, "docker-credential-fake (credsStore in ~/.docker/config.json)"),
        ({"credHelpers": {"ghcr.io": "fake"}}, "docker-credential-fake (credHelpers in ~/.docker/config.json)"),
    ],
)
def test_a_helper_goes_before_the_login_in_the_file(tmp_path: Path, document: dict[str, Any], words: str) -> None:
    found = helped(tmp_path, ANSWER, **document).find("ghcr.io", "a/b")
    assert found is not None
    assert (found.username, found.source) == ("helped", words)


def test_a_helper_is_asked_once_per_registry_and_by_docker_s_key(tmp_path: Path) -> None:
    store = helped(tmp_path, ANSWER, credsStore="fake")
    for registry in ("ghcr.io", "ghcr.io", "registry-1.docker.io", "docker.io"):
        store.find(registry, "a/b")
    assert (tmp_path / "asked").read_text().split() == ["ghcr.io", "https://index.docker.io/v1/"]


def test_a_missing_helper_is_a_warning_and_the_login_in_the_file_is_used(tmp_path: Path) -> None:
    keep(tmp_path / ".docker" / "config.json", "me", "ghcr.io", credsStore="desktop")
    store = CredentialStore(options(tmp_path, environ(tmp_path)))
    assert store.find("quay.io", "a/b") is None
    found = store.find("ghcr.io", "a/b")
    assert found is not None
    assert found.source == "~/.docker/config.json (auths)"
    assert {warning.code for warning in store.warnings} == {"auth-helper-missing"}
    assert store.warnings[0].facts["configured_in"] == "credsStore in ~/.docker/config.json"


def test_a_failing_helper_is_a_warning_with_what_it_said(tmp_path: Path) -> None:
    store = helped(tmp_path, "echo 'key ring locked' >&2; exit 1", credsStore="fake")
    assert store.find("quay.io", "a/b") is None
    (warning,) = store.warnings
    assert (warning.code, warning.facts["output"]) == ("auth-helper-failed", "key ring locked")


def test_a_helper_that_hangs_is_waited_for_once(tmp_path: Path) -> None:
    write_helper(tmp_path, "fake", "echo asked >> $HOME/asked; sleep 60")
    keep(tmp_path / ".docker" / "config.json", "me", "ghcr.io", credsStore="fake")
    store = CredentialStore(options(tmp_path, environ(tmp_path), timeouts=Timeouts(helper=0.3)))
    found = [store.find(registry, "a/b") for registry in ("ghcr.io", "mirror.example", "docker.io")]
    assert found[0] is not None
    assert found[0].username == "me"
    assert (tmp_path / "asked").read_text().split() == ["asked"]
    assert [warning.code for warning in store.warnings] == ["auth-helper-timeout"]


def test_identity_and_registry_tokens_keep_their_kind(tmp_path: Path) -> None:
    (tmp_path / ".docker").mkdir()
    auths = {"a.example": {"identitytoken": "i"}, "b.example": {"registrytoken": "r"}}
    (tmp_path / ".docker" / "config.json").write_text(json.dumps({"auths": auths}))
    store = CredentialStore(options(tmp_path))
    kinds = [store.find(host) for host in auths]
    assert [found.kind for found in kinds if found] == ["identity-token", "registry-token"]


def test_http_headers_are_those_of_the_first_file_that_has_some(tmp_path: Path) -> None:
    keep(tmp_path / "my.json", "x")
    keep(tmp_path / ".docker" / "config.json", "x", HttpHeaders={"X-Meta-Team": "genomics"})
    store = CredentialStore(options(tmp_path, {"REGISTRY_AUTH_FILE": str(tmp_path / "my.json")}))
    assert {name: value.reveal() for name, value in store.http_headers().items()} == {"X-Meta-Team": "genomics"}


def test_finds_what_skopeo_login_has_written(password_registry: DockerRegistry, tmp_path: Path) -> None:
    host = password_registry.url.partition("://")[2]
    skopeo = tools.require("skopeo")
    user = ("-u", "reader", "-p", "correct horse")
    skopeo.run("login", "--authfile", tmp_path / "auth.json", "--tls-verify=false", *user, host)
    found = find(options(tmp_path, {"REGISTRY_AUTH_FILE": str(tmp_path / "auth.json")}), host)
    assert found is not None
    assert (found.kind, found.username, found.secret.reveal()) == ("basic", "reader", "correct horse")


@pytest.mark.parametrize(
    ("username", "password", "oddity"),
    [
        ("me", "pw", None),
        ("me", "pw\n", "password ends with a line feed"),
        ("me", "pw\r", "password ends with a carriage return"),
        ("me", " pw", "password begins with a blank"),
        ("me ", "pw", "user name ends with a blank"),
        ("", "", None),
    ],
)
def test_what_hardly_belongs_to_a_login_is_named_without_it(username: str, password: str, oddity: str | None) -> None:
    assert Credential("basic", username, Secret(password), "here").oddity == oddity


def test_a_variable_that_names_no_file_is_a_warning(tmp_path: Path) -> None:
    store = CredentialStore(options(tmp_path, {"REGISTRY_AUTH_FILE": str(tmp_path / "gone.json")}))
    assert store.find("ghcr.io") is None
    assert [warning.message for warning in store.warnings] == [
        "REGISTRY_AUTH_FILE names ~/gone.json, and there is no such file"
    ]


def test_another_login_for_the_same_place_is_known_without_asking_a_helper(tmp_path: Path) -> None:
    keep(tmp_path / ".docker/config.json", "from-file", credsStore="that-hangs")
    variables = {"APPTAINER_DOCKER_USERNAME": "other", "APPTAINER_DOCKER_PASSWORD": "old"}
    store = CredentialStore(options(tmp_path, variables))
    sent = store.find("ghcr.io", "a/b")
    assert sent is not None
    assert store.others("ghcr.io", "a/b", sent) == ["~/.docker/config.json"]
    assert store.others("quay.io", "a/b", sent) == []
    assert store.warnings == ()


def test_the_same_login_in_another_place_is_no_other_one(tmp_path: Path) -> None:
    keep(tmp_path / ".docker/config.json", "me")
    variables = {"APPTAINER_DOCKER_USERNAME": "me", "APPTAINER_DOCKER_PASSWORD": "canary"}
    store = CredentialStore(options(tmp_path, variables))
    sent = store.find("ghcr.io", "a/b")
    assert sent is not None
    assert store.others("ghcr.io", "a/b", sent) == []

"""A login is tried, then kept where Docker keeps it; a logout leaves no spelling behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sregistry.auth.credentials import Credential, CredentialStore
from sregistry.auth.login import LoginResult, login, logout, read_registry
from sregistry.errors import RegistryError
from sregistry.http.options import Options
from sregistry.http.secret import Secret
from sregistry.references import InvalidReference
from tests.registry.helper_program import environ, keeping_helper
from tests.support import tools


def accept(host: str, credential: Credential) -> Secret | None:
    return None


def refuse(host: str, credential: Credential) -> Secret | None:
    raise RegistryError("auth-refused", f"{host} does not accept the login")


def log_in(options: Options, registry: str = "ghcr.io", test: Any = accept) -> LoginResult:
    return login(options, registry, "me", Secret("canary"), test=test)


def config(home: Path) -> Path:
    return home / ".docker" / "config.json"


def auths(home: Path) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(config(home).read_text())["auths"]
    return kept


def write(home: Path, **document: Any) -> None:
    config(home).parent.mkdir(exist_ok=True)
    config(home).write_text(json.dumps(document))


def test_a_login_is_found_again(tmp_path: Path) -> None:
    options = Options(home=tmp_path)
    result = log_in(options)
    assert (result.registry, result.kept_in, result.readable) == ("ghcr.io", "~/.docker/config.json (auths)", True)
    assert result.shadowed_by is None
    assert config(tmp_path).stat().st_mode & 0o777 == 0o600
    found = CredentialStore(options).find("ghcr.io", "a/b")
    assert found is not None
    assert (found.username, found.secret.reveal()) == ("me", "canary")


def test_a_refused_login_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(RegistryError):
        log_in(Options(home=tmp_path), test=refuse)
    assert not config(tmp_path).exists()


def test_the_login_that_is_tried_is_the_one_given(tmp_path: Path) -> None:
    seen: list[tuple[str, str, str]] = []

    def record(host: str, credential: Credential) -> Secret | None:
        seen.append((host, credential.username, credential.secret.reveal()))
        return None

    log_in(Options(home=tmp_path), "https://registry-1.docker.io/v2/", record)
    assert seen == [("docker.io", "me", "canary")]


def test_an_identity_token_is_kept_in_place_of_the_password(tmp_path: Path) -> None:
    log_in(Options(home=tmp_path), test=lambda host, credential: Secret("identity"))
    assert "canary" not in config(tmp_path).read_text()
    found = CredentialStore(Options(home=tmp_path)).find("ghcr.io")
    assert found is not None
    assert (found.kind, found.username, found.secret.reveal()) == ("identity-token", "me", "identity")


@pytest.mark.parametrize("spelling", ["", "docker.io", "index.docker.io", "https://index.docker.io/v1/"])
def test_docker_hub_is_kept_under_docker_s_key(tmp_path: Path, spelling: str) -> None:
    log_in(Options(home=tmp_path), spelling)
    assert list(auths(tmp_path)) == ["https://index.docker.io/v1/"]


def test_a_login_takes_the_place_of_every_other_spelling(tmp_path: Path) -> None:
    old = {"https://ghcr.io": {"auth": "eDp5"}, "ghcr.io/acme": {"auth": "eDp5"}, "quay.io": {"auth": "eDp5"}}
    write(tmp_path, auths=old, detachKeys="ctrl-x")
    log_in(Options(home=tmp_path))
    assert sorted(auths(tmp_path)) == ["ghcr.io", "ghcr.io/acme", "quay.io"]
    assert json.loads(config(tmp_path).read_text())["detachKeys"] == "ctrl-x"


def test_docker_config_and_authfile_say_where(tmp_path: Path) -> None:
    elsewhere = Options(home=tmp_path, environ={"DOCKER_CONFIG": str(tmp_path / "there")})
    assert log_in(elsewhere).kept_in == "~/there/config.json (auths)"
    authfile = Options(home=tmp_path, authfile=tmp_path / "auth.json", environ=elsewhere.environ)
    assert log_in(authfile).kept_in == "~/auth.json (auths)"


def test_a_source_that_goes_before_the_new_login_is_named(tmp_path: Path) -> None:
    variables = {"APPTAINER_DOCKER_USERNAME": "x", "APPTAINER_DOCKER_PASSWORD": "y"}
    assert log_in(Options(home=tmp_path, environ=variables)).shadowed_by == "APPTAINER_DOCKER_USERNAME (environment)"


def test_a_malformed_file_is_left_alone(tmp_path: Path) -> None:
    config(tmp_path).parent.mkdir()
    config(tmp_path).write_text("{oops")
    with pytest.raises(RegistryError) as caught:
        log_in(Options(home=tmp_path))
    assert caught.value.code == "auth-file-malformed"
    assert config(tmp_path).read_text() == "{oops"


def test_a_helper_keeps_the_login_if_one_is_configured(tmp_path: Path) -> None:
    keeping_helper(tmp_path, "kept")
    write(tmp_path, credsStore="kept")
    options = Options(home=tmp_path, environ=environ(tmp_path))
    result = log_in(options)
    assert result.kept_in == "docker-credential-kept (credsStore in ~/.docker/config.json)"
    assert (result.readable, result.shadowed_by) == (False, None)
    assert auths(tmp_path) == {"ghcr.io": {}}
    done = logout(options, "ghcr.io")
    assert done.removed_from == (result.kept_in, "~/.docker/config.json (auths)")
    assert CredentialStore(options).find("ghcr.io") is None


def test_a_login_is_refused_where_the_helper_is_missing(tmp_path: Path) -> None:
    write(tmp_path, credsStore="desktop")
    with pytest.raises(RegistryError) as caught:
        log_in(Options(home=tmp_path, environ=environ(tmp_path)))
    assert caught.value.code == "auth-helper-missing"


def test_a_logout_removes_every_spelling_in_every_file(tmp_path: Path) -> None:
    hub = ["https://index.docker.io/v1/", "docker.io", "registry-1.docker.io", "docker.io/acme"]
    write(tmp_path, auths={key: {"auth": "eDp5"} for key in [*hub, "ghcr.io"]})
    other = tmp_path / ".apptainer" / "docker-config.json"
    other.parent.mkdir()
    other.write_text('{"auths": {"index.docker.io": {"auth": "eDp5"}}}')
    done = logout(Options(home=tmp_path), "docker.io")
    assert done.removed_from == ("~/.docker/config.json (auths)", "~/.apptainer/docker-config.json (auths)")
    assert done.remaining is None
    assert list(auths(tmp_path)) == ["ghcr.io"]


def test_a_logout_from_an_authfile_leaves_other_files_alone(tmp_path: Path) -> None:
    write(tmp_path, auths={"ghcr.io": {"auth": "eDp5"}})
    options = Options(home=tmp_path, authfile=tmp_path / "auth.json")
    log_in(options)
    done = logout(options, "ghcr.io")
    assert (done.removed_from, done.remaining) == (("~/auth.json (auths)",), "~/.docker/config.json (auths)")


def test_a_logout_of_a_path_leaves_the_rest(tmp_path: Path) -> None:
    write(tmp_path, auths={key: {"auth": "eDp5"} for key in ["ghcr.io", "ghcr.io/acme", "ghcr.io/acme/tool"]})
    done = logout(Options(home=tmp_path), "ghcr.io/acme")
    assert (done.registry, list(auths(tmp_path))) == ("ghcr.io/acme", ["ghcr.io"])
    assert done.remaining == "~/.docker/config.json (auths)"


def test_a_logout_says_what_it_cannot_remove(tmp_path: Path) -> None:
    variables = {"APPTAINER_DOCKER_USERNAME": "x", "APPTAINER_DOCKER_PASSWORD": "y"}
    done = logout(Options(home=tmp_path, environ=variables), "ghcr.io")
    assert (done.removed_from, done.remaining) == ((), "APPTAINER_DOCKER_USERNAME (environment)")


def test_a_logout_goes_on_past_a_missing_helper_and_a_broken_file(tmp_path: Path) -> None:
    write(tmp_path, auths={"ghcr.io": {"auth": "eDp5"}}, credsStore="desktop")
    (tmp_path / "broken.json").write_text("{oops")
    variables = {**environ(tmp_path), "REGISTRY_AUTH_FILE": str(tmp_path / "broken.json")}
    done = logout(Options(home=tmp_path, environ=variables), "ghcr.io")
    assert [warning.code for warning in done.warnings] == ["auth-file-malformed", "auth-helper-missing"]
    assert done.removed_from == ("~/.docker/config.json (auths)",)


def test_a_logout_without_login_changes_nothing(tmp_path: Path) -> None:
    assert logout(Options(home=tmp_path), "ghcr.io").removed_from == ()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["-", "a b", "ghcr.io:99999", "/", "ghcr.io//x", "ghcr.io/A"])
def test_what_is_no_registry_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidReference) as caught:
        log_in(Options(home=tmp_path), text)
    assert caught.value.code == "name-host"


def test_a_login_is_for_a_whole_registry(tmp_path: Path) -> None:
    with pytest.raises(InvalidReference) as caught:
        log_in(Options(home=tmp_path), "ghcr.io/acme")
    assert (caught.value.code, caught.value.facts["suggestion"]) == ("name-host", "ghcr.io")


def test_registries_are_read_in_every_spelling() -> None:
    assert read_registry("HTTPS://GHCR.io/v2/") == ("ghcr.io", "")
    assert read_registry("myhost") == ("myhost", "")
    assert read_registry("[::1]:5000") == ("[::1]:5000", "")


def test_skopeo_reads_what_login_has_written(tmp_path: Path) -> None:
    for registry in ("ghcr.io", "docker.io", "localhost:5000"):
        log_in(Options(home=tmp_path, authfile=tmp_path / "auth.json"), registry)
        got = tools.require("skopeo").run("login", "--get-login", "--authfile", tmp_path / "auth.json", registry)
        assert got.stdout.decode().strip() == "me"

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sregistry.auth.credentials import CredentialStore
from sregistry.errors import SregistryError
from sregistry.operations import backend
from sregistry.operations.connection import registry_options
from sregistry.settings import Settings, load

CLIENTS = ("docker", "s3")


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path)}


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    """Settings that need no database."""
    return load(environ)


def content(settings: Settings) -> dict[str, object]:
    found: dict[str, object] = json.loads(settings.client_secrets.read_text())
    return found


def code_of(caught: pytest.ExceptionInfo[SregistryError]) -> str:
    return caught.value.code


def test_a_client_is_active_until_it_is_not(settings: Settings, environ: dict[str, str]) -> None:
    assert backend.deactivate(settings) is None
    backend.activate("s3", settings, CLIENTS)
    assert load(environ).client == "s3"
    assert backend.deactivate(settings) == "s3"
    assert load(environ).client == "docker"
    with pytest.raises(SregistryError) as caught:
        backend.activate("docke", settings, CLIENTS)
    assert (code_of(caught), caught.value.facts["known"]) == ("setting-client-unknown", list(CLIENTS))


def test_only_the_owner_may_read_the_file_also_if_others_could_before(settings: Settings) -> None:
    settings.client_secrets.write_text('{"hub": {"base": 1}, "other": [1]}')
    settings.client_secrets.chmod(0o644)
    assert backend.status(settings).exposed
    backend.add("s3", "bucket", "images", settings)
    assert settings.client_secrets.stat().st_mode & 0o777 == 0o600
    assert not backend.status(settings).exposed
    assert content(settings) == {"hub": {"base": 1}, "other": [1], "s3": {"SREGISTRY_S3_BUCKET": "images"}}
    assert [path.name for path in settings.client_secrets.parent.iterdir()] == [".sregistry"]


def test_a_link_to_the_file_stays_one(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    settings.client_secrets.symlink_to(tmp_path / "kept/sregistry.json")
    backend.add("s3", "bucket", "images", settings)
    assert settings.client_secrets.is_symlink()
    assert (tmp_path / "kept/sregistry.json").stat().st_mode & 0o777 == 0o600


def test_settings_are_kept_shown_without_secrets_and_forgotten(settings: Settings) -> None:
    assert backend.add("s3", "bucket", "images", settings) == "SREGISTRY_S3_BUCKET"
    backend.add("s3", "secret-key", "hidden", settings)
    backend.add("docker", "username", "ada", settings)
    assert backend.ls(settings, "s3") == {"s3": {"SREGISTRY_S3_BUCKET": "images", "SREGISTRY_S3_SECRET_KEY": "***"}}
    assert list(backend.ls(settings)) == ["docker", "s3"]
    assert backend.remove("s3", "secret-key", settings) == "SREGISTRY_S3_SECRET_KEY"
    assert backend.remove("s3", "secret-key", settings) is None
    assert content(settings)["s3"] == {"SREGISTRY_S3_BUCKET": "images"}


def test_a_value_is_replaced_only_by_force(settings: Settings) -> None:
    backend.add("s3", "bucket", "images", settings)
    backend.add("s3", "bucket", "images", settings)
    with pytest.raises(SregistryError) as caught:
        backend.add("s3", "bucket", "others", settings)
    assert code_of(caught) == "setting-kept-already"
    assert "images" not in str(caught.value.facts.values())
    backend.add("s3", "bucket", "others", settings, force=True)
    assert content(settings) == {"s3": {"SREGISTRY_S3_BUCKET": "others"}}


def test_a_client_that_is_deleted_is_not_active(settings: Settings) -> None:
    backend.add("s3", "bucket", "images", settings)
    backend.activate("s3", settings, CLIENTS)
    backend.delete("s3", settings)
    assert content(settings) == {}
    for act in (backend.delete, lambda client, known: backend.ls(known, client)):
        with pytest.raises(SregistryError) as caught:
            act("s3", settings)
        assert code_of(caught) == "setting-client-unknown"


def test_many_at_once_lose_nothing(settings: Settings) -> None:
    with ThreadPoolExecutor(10) as executor:
        list(executor.map(lambda number: backend.add("s3", f"name-{number}", "value", settings), range(40)))
    assert len(backend.ls(settings, "s3")["s3"]) == 40


def test_a_login_that_is_kept_is_used_and_the_environment_goes_before_it(
    settings: Settings, environ: dict[str, str]
) -> None:
    backend.add("docker", "username", "ada", settings)
    backend.add("docker", "password", "correct horse", settings)

    def first(variables: dict[str, str]) -> tuple[str, str]:
        found = CredentialStore(registry_options(settings, variables)).find("ghcr.io")
        assert found is not None
        return found.username, found.source

    assert first(environ) == ("ada", f"SREGISTRY_DOCKERHUB_USERNAME ({settings.client_secrets})")
    other = {"APPTAINER_DOCKER_USERNAME": "eve", "APPTAINER_DOCKER_PASSWORD": "x"}
    assert first({**environ, **other}) == ("eve", "APPTAINER_DOCKER_USERNAME (environment)")

"""The file of clients: what it says, what it decides, and what of it is shown."""

import json
from pathlib import Path

import pytest

from sregistry.settings import SettingError, load
from sregistry.settings.backends import Backends, read_backends, shown_value, variable_of

#: As sregistry 0.2 wrote it.
OLD = {
    "SREGISTRY_CLIENT": "docker",
    "hub": {"base": "https://singularity-hub.org/api"},
    "docker": {"SREGISTRY_DOCKERHUB_BASE": "ghcr.io"},
    "nvidia": {"SREGISTRY_NVIDIA_TOKEN": "secret", "SREGISTRY_NVIDIA_NUMBER": 3},
}


def kept(tmp_path: Path, document: object = OLD) -> dict[str, str]:
    (tmp_path / ".sregistry").write_text(json.dumps(document))
    return {"HOME": str(tmp_path)}


def test_what_the_old_program_wrote_is_understood(tmp_path: Path) -> None:
    kept(tmp_path)
    found = read_backends(tmp_path / ".sregistry")
    assert found.active == "docker"
    assert set(found.clients) == {"hub", "docker", "nvidia"}
    assert found.variables == {
        "SREGISTRY_CLIENT": "docker",
        "SREGISTRY_DOCKERHUB_BASE": "ghcr.io",
        "SREGISTRY_NVIDIA_TOKEN": "secret",
    }
    assert "secret" not in repr(found)


def test_a_file_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    assert read_backends(tmp_path / "none") == Backends()


@pytest.mark.parametrize(
    ("content", "code"),
    [("{", "setting-file-malformed"), ("[1]", "setting-file-malformed"), (None, "setting-file-unreadable")],
)
def test_a_file_that_cannot_be_understood(content: str | None, code: str, tmp_path: Path) -> None:
    file = tmp_path / ".sregistry"
    if content is None:
        file.mkdir()
    else:
        file.write_text(content)
    with pytest.raises(SettingError) as caught:
        load({"HOME": str(tmp_path)})
    assert (caught.value.code, caught.value.facts["file"]) == (code, str(file))


def test_it_is_weaker_than_the_environment_and_stronger_than_the_configuration_file(tmp_path: Path) -> None:
    environ = kept(tmp_path)
    file = tmp_path / "config.toml"
    file.write_text("default_registry = 'quay.io'\nclient = 'other'\n")
    settings = load(environ, file)
    assert (settings.client, settings.default_registry) == ("docker", "ghcr.io")
    assert settings.source_of("client") == f"SREGISTRY_CLIENT ({tmp_path / '.sregistry'})"
    assert settings.source_of("default_registry") == f"SREGISTRY_DOCKERHUB_BASE ({tmp_path / '.sregistry'})"
    assert load({**environ, "SREGISTRY_CLIENT": "mine"}, file).client == "mine"
    assert load(environ, file, {"client": "yours"}).client == "yours"


def test_the_setting_moves_the_file(tmp_path: Path) -> None:
    kept(tmp_path)
    settings = load({"HOME": "/nowhere", "SREGISTRY_CLIENT_SECRETS": str(tmp_path / ".sregistry")})
    assert settings.default_registry == "ghcr.io"


@pytest.mark.parametrize(
    ("client", "name", "variable"),
    [
        ("s3", "bucket", "SREGISTRY_S3_BUCKET"),
        ("google-storage", "bucket-name", "SREGISTRY_GOOGLE_STORAGE_BUCKET_NAME"),
        ("docker", "username", "SREGISTRY_DOCKERHUB_USERNAME"),
        ("nvidia", "SREGISTRY_NVIDIA_TOKEN", "SREGISTRY_NVIDIA_TOKEN"),
    ],
)
def test_names_of_variables(client: str, name: str, variable: str) -> None:
    assert variable_of(client, name) == variable


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("SREGISTRY_S3_BUCKET", "images", "images"),
        ("SREGISTRY_S3_BASE", "https://ada:secret@example.org/x?token=1", "https://ada:***@example.org/x?***"),
        ("SREGISTRY_NVIDIA_TOKEN", "secret", "***"),
        ("SREGISTRY_S3_ACCESS_KEY", "secret", "***"),
        ("SREGISTRY_NEW_THING", "secret", "***"),
    ],
)
def test_only_what_is_known_to_be_no_secret_is_shown(name: str, value: str, shown: str) -> None:
    assert shown_value(name, value) == shown

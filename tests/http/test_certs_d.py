"""Certificates kept in a folder per registry are found where Docker and Podman look."""

from __future__ import annotations

from pathlib import Path

import pytest

from sregistry.errors import RegistryError
from sregistry.http import certs_d
from sregistry.http.certs_d import CertFiles
from sregistry.http.options import Options


def put(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text("")
    return folder


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return Options(home=tmp_path / "home", etc=tmp_path / "etc")


def test_finds_authorities_and_the_client_s_certificate(options: Options) -> None:
    names = ["ca.crt", "b.crt", "client.cert", "client.key", "README"]
    folder = put(options.home / ".config/containers/certs.d/ghcr.io", *names)
    found = certs_d.find(options, "GHCR.io")
    assert found.ca == (folder / "b.crt", folder / "ca.crt")
    assert found.client == (folder / "client.cert", folder / "client.key")
    assert found.source == "~/.config/containers/certs.d/ghcr.io"


def test_the_first_folder_that_exists_counts(options: Options) -> None:
    places = [
        options.etc / "docker/certs.d/host:5000",
        options.etc / "containers/certs.d/host:5000",
        options.home / ".docker/certs.d/host:5000",
        options.home / ".config/containers/certs.d/host:5000",
    ]
    for folder in places:
        put(folder, "ca.crt")
        assert certs_d.find(options, "host:5000").ca == (folder / "ca.crt",)


@pytest.mark.parametrize(
    ("folder", "host"),
    [
        ("ghcr.io", "ghcr.io:443"),
        ("ghcr.io:443", "ghcr.io"),
        ("docker.io", "registry-1.docker.io"),
        ("registry-1.docker.io", "docker.io"),
        ("[::1]:443", "[::1]"),
        ("[::1]", "[::1]:443"),
    ],
)
def test_other_names_of_the_same_host_are_found(options: Options, folder: str, host: str) -> None:
    put(options.etc / "docker/certs.d" / folder, "ca.crt")
    assert certs_d.find(options, host).ca


@pytest.mark.parametrize("host", ["", ".", "..", "../../x", "a/b", "x\0", "ghcr.io:5000"])
def test_nothing_is_found_for_other_hosts_and_odd_names(options: Options, host: str) -> None:
    put(options.etc / "docker/certs.d/ghcr.io", "ca.crt")
    assert certs_d.find(options, host) == CertFiles()


@pytest.mark.parametrize(("there", "missing"), [("client.cert", "client.key"), ("client.key", "client.cert")])
def test_half_a_client_certificate_is_an_error(options: Options, there: str, missing: str) -> None:
    put(options.etc / "docker/certs.d/ghcr.io", there)
    with pytest.raises(RegistryError) as caught:
        certs_d.find(options, "ghcr.io")
    assert caught.value.code == "tls-client-certificate"
    assert caught.value.facts["missing"] == missing


def test_a_folder_that_cannot_be_listed_is_an_error(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    put(options.etc / "docker/certs.d/ghcr.io", "ca.crt")

    def denied(folder: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", denied)  # root may list every folder
    with pytest.raises(RegistryError) as caught:
        certs_d.find(options, "ghcr.io")
    assert caught.value.code == "tls-certs-unreadable"

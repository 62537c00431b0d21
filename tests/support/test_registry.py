"""The registries of the tests do what the tests take for granted; skopeo is the judge."""

from __future__ import annotations

import json

import pytest

from tests.support import images, tars, tools
from tests.support.registry import Certificates, DockerRegistry

IMAGE = images.image([tars.archive(tars.file("hello", b"world\n"))], {"Cmd": ["/hello"]})


def skopeo_inspect(reference: str, *options: str) -> dict[str, object]:
    """What skopeo reads from a registry."""
    done = tools.require("skopeo").run("inspect", *options, f"docker://{reference}")
    return dict(json.loads(done.stdout))


def test_a_plain_registry_serves_what_was_pushed(docker_registry: DockerRegistry) -> None:
    digest = docker_registry.push("team/tool", "1", IMAGE)
    found = skopeo_inspect(f"{docker_registry.address}/team/tool:1", "--tls-verify=false")
    assert found["Digest"] == digest
    assert found["Layers"] == [IMAGE.layers[0].blob.digest]


def test_an_index_names_every_platform(docker_registry: DockerRegistry) -> None:
    other = images.image(IMAGE.layers, platform="linux/arm64/v8")
    docker_registry.pusher("team/tool").push_index("team/tool", "2", [IMAGE, other])
    reference = f"{docker_registry.address}/team/tool:2"
    found = skopeo_inspect(reference, "--tls-verify=false", "--override-arch=arm64")
    assert found["Architecture"] == "arm64"


def test_a_password_registry_asks_for_the_password(
    password_registry: DockerRegistry, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    password_registry.push("team/tool", "1", IMAGE)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    reference = f"{password_registry.address}/team/tool:1"
    with pytest.raises(AssertionError, match=r"unauthorized|authentication required"):
        skopeo_inspect(reference, "--no-creds")
    assert skopeo_inspect(reference, "--creds=reader:correct horse")["Digest"] == IMAGE.manifest.digest


def test_a_token_registry_lets_everybody_pull_and_only_the_writer_push(token_registry: DockerRegistry) -> None:
    token_registry.push("team/tool", "1", IMAGE)
    reference = f"{token_registry.address}/team/tool:1"
    assert skopeo_inspect(reference, "--tls-verify=false", "--no-creds")["Digest"] == IMAGE.manifest.digest
    assert token_registry.tokens is not None
    assert token_registry.tokens.asked[0]["scopes"] == ["repository:team/tool:pull"]
    nobody = images.Pusher(token_registry.url)
    with pytest.raises(AssertionError, match="401"):
        nobody.push("team/tool", "2", IMAGE)


def test_a_mirror_serves_what_is_upstream(docker_registry: DockerRegistry, mirror_registry: DockerRegistry) -> None:
    docker_registry.push("team/tool", "1", IMAGE)
    found = skopeo_inspect(f"{mirror_registry.address}/team/tool:1", "--tls-verify=false")
    assert found["Digest"] == IMAGE.manifest.digest

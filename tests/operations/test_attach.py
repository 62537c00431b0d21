from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from sregistry.errors import SregistryError
from sregistry.operations.attach import attach
from sregistry.operations.context import Context
from sregistry.operations.inspect import inspect
from sregistry.settings import load
from tests.registry.scripted import Contents, Request, Server, tiny
from tests.support import tools
from tests.support.images import OCI_INDEX
from tests.support.registry import DockerRegistry

SPDX = "application/spdx+json"
IMAGE = tiny()


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(load({"HOME": str(tmp_path)}, command_line={"platform": "linux/amd64"}))


@pytest.fixture
def sbom(tmp_path: Path) -> Path:
    path = tmp_path / "sbom.json"
    path.write_text('{"spdxVersion": "SPDX-2.3"}')
    return path


def oras(*words: str | Path) -> bytes:
    return tools.require("oras", newest=True).run(*words).stdout


def discovered(reference: str) -> list[dict[str, Any]]:
    """What oras finds attached to an image."""
    found = json.loads(oras("discover", "--plain-http", "--format", "json", reference))
    listed: list[dict[str, Any]] = found.get("referrers") or found.get("manifests")
    return listed


def test_oras_finds_what_is_attached_and_gets_it(
    docker_registry: DockerRegistry, context: Context, sbom: Path, tmp_path: Path
) -> None:
    docker_registry.push("team/tool", "1", IMAGE)
    at = f"{docker_registry.address}/team/tool"
    done = attach(context, sbom, f"docker://{at}:1", media_type=SPDX, annotations={"key": "value"})
    assert done.subject == IMAGE.manifest.digest
    found = discovered(f"{at}:1")
    assert [(one["digest"], one["artifactType"]) for one in found] == [(done.digest, SPDX)]
    assert found[0]["annotations"] == {"key": "value", "org.opencontainers.image.title": "sbom.json"}
    oras("pull", "--plain-http", "--output", tmp_path / "got", f"{at}@{done.digest}")
    assert (tmp_path / "got/sbom.json").read_bytes() == sbom.read_bytes()
    raw = json.loads(oras("manifest", "fetch", "--plain-http", f"{at}@{done.digest}"))
    assert raw["subject"]["digest"] == IMAGE.manifest.digest
    assert raw["layers"][0]["mediaType"] == SPDX


def test_what_oras_has_attached_is_listed_beside_it(
    docker_registry: DockerRegistry, context: Context, sbom: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker_registry.push("team/tool", "1", IMAGE)
    at = f"{docker_registry.address}/team/tool:1"
    monkeypatch.chdir(sbom.parent)
    oras("attach", "--plain-http", "--artifact-type", "application/x-theirs", at, f"{sbom.name}:{SPDX}")
    done = attach(context, sbom, f"oras://{at}", media_type=SPDX)
    found = inspect(context, f"docker://{at}")
    assert {one.artifact_type for one in found.referrers} == {"application/x-theirs", SPDX}
    mine = next(one for one in found.referrers if one.artifact_type == SPDX)
    assert (mine.digest, mine.title) == (done.digest, "sbom.json")
    assert mine.size > 0
    assert found.facts()["referrers"][0].keys() == {"artifact_type", "digest", "size", "title"}
    assert len(discovered(at)) == 2


def accepts(request: Request) -> bool:
    """A registry with the API of referrers."""
    held = request.server.contents
    if request.method == "POST":
        return request.reply(202, Location="/v2/team/tool/blobs/uploads/1")
    if request.method == "PUT" and "digest" in request.parameters:
        held.blobs[request.parameters["digest"][0]] = request.body
        return request.reply(201)
    if request.method == "PUT":
        held.add_manifest(request.body, request.headers["Content-Type"], request.name)
        return request.reply(201, OCI_Subject=json.loads(request.body)["subject"]["digest"])
    if request.kind == "referrer":
        listed = [
            {"mediaType": kind, "digest": name, "size": len(raw), "artifactType": json.loads(raw)["artifactType"]}
            for name, (kind, raw) in held.manifests.items()
            if json.loads(raw).get("subject", {}).get("digest") == request.name
        ]
        return request.reply(200, {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": listed}, OCI_INDEX)
    return False


def test_a_registry_that_lists_referrers_needs_no_tag_and_one_question(context: Context, sbom: Path) -> None:
    with Server(accepts, Contents().add(IMAGE, "1")) as server:
        reference = f"docker://{server.host}/team/tool:1"
        plain = context.adjusted(plain_http=True)
        done = attach(plain, sbom, reference, media_type=SPDX)
        assert not [name for name in server.contents.manifests if name.startswith("sha256-")]
        server.seen.clear()
        found = inspect(plain, reference)
        assert [(one.digest, one.title) for one in found.referrers] == [(str(done.digest), None)]
        assert len(server.paths("referrer")) == 1
        assert not [path for path in server.paths() if "sha256-" in path]


@pytest.mark.parametrize("status", [400, 403, 404, 405])
def test_a_registry_that_tells_nothing_is_no_matter(status: int, context: Context) -> None:
    def script(request: Request) -> bool:
        return request.kind == "referrer" and request.reply(status, b"no", "text/plain")

    with Server(script, Contents().add(IMAGE, "1")) as server:
        found = inspect(context.adjusted(plain_http=True), f"docker://{server.host}/team/tool:1")
        assert (found.referrers, found.warnings) == ((), ())


def test_a_list_that_fails_is_a_warning(context: Context) -> None:
    def script(request: Request) -> bool:
        return request.kind == "referrer" and request.reply(200, b'{"manifests": 1}', OCI_INDEX)

    with Server(script, Contents().add(IMAGE, "1")) as server:
        found = inspect(context.adjusted(plain_http=True), f"docker://{server.host}/team/tool:1")
        assert found.manifest_digest == IMAGE.manifest.digest
        assert found.referrers == ()
        assert found.warnings[0].startswith("what is attached to it is not known: ")


def test_places_that_take_nothing_and_words_that_are_no_type(context: Context, sbom: Path, tmp_path: Path) -> None:
    for reference, media_type, code in (
        (f"docker-archive:{tmp_path}/a.tar", SPDX, "endpoint-unable"),
        ("https://registry.invalid/tool.sif", SPDX, "endpoint-unable"),
        ("docker://registry.invalid/team/tool:1", "spdx", "argument-value"),
    ):
        with pytest.raises(SregistryError) as caught:
            attach(context, sbom, reference, media_type=media_type)
        assert caught.value.code == code
    with pytest.raises(SregistryError) as caught:
        attach(context, tmp_path / "none", "docker://registry.invalid/team/tool:1", media_type=SPDX)
    assert caught.value.code == "disk-no-such-path"


def test_a_pipe_is_not_waited_for(docker_registry: DockerRegistry, context: Context, tmp_path: Path) -> None:
    docker_registry.push("team/tool", "1", IMAGE)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SregistryError, match="is a pipe, not a file"):
        attach(context, tmp_path / "pipe", f"docker://{docker_registry.address}/team/tool:1", media_type=SPDX)

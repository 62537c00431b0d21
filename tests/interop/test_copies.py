"""Copies between real registries and through an archive, beside those of skopeo: the same bytes, the same digests."""

from __future__ import annotations

import hashlib
import json
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sregistry.digests import Digest
from sregistry.oci import media_types, schema1
from tests.support import tars, tools
from tests.support.images import OCI_INDEX, OCI_MANIFEST, Blob, Image, encode, image, index
from tests.support.pulling import User
from tests.support.registry import DockerRegistry
from tests.support.tools import Tool

Start = Callable[..., DockerRegistry]
REPOSITORY = "team/tool"


def noise(seed: int, size: int) -> bytes:
    return hashlib.shake_128(b"%d" % seed).digest(size)


def platform(name: str, *, docker: bool = False) -> Image:
    contents = [
        tars.archive(tars.file("etc/shared", noise(1, 300_000))),
        tars.archive(tars.file("etc/own", name.encode())),
    ]
    return image(contents, docker=docker, platform=name)


IMAGES = [platform("linux/amd64"), platform("linux/arm64"), platform("linux/arm/v7", docker=True)]


def about(one: Blob, text: bytes, kind: str = "application/vnd.in-toto+json", **more: Any) -> tuple[Blob, list[Blob]]:
    """A manifest with one layer that is about another one, and its blobs."""
    config, layer = Blob(media_types.OCI_CONFIG, b'{"architecture":"unknown","os":"unknown"}'), Blob(kind, text)
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": config.descriptor,
        "layers": [layer.descriptor],
    }
    return Blob(OCI_MANIFEST, encode({**document, **more})), [config, layer]


def push_everything(registry: DockerRegistry, tag: str = "1") -> str:
    """An index of three platforms with an attestation about each, as BuildKit pushes it; return its digest."""
    pusher, document = registry.pusher(REPOSITORY), json.loads(index(IMAGES).data)
    for one in IMAGES:
        pusher.push(REPOSITORY, one.manifest.digest, one)
        manifest, blobs = about(one.manifest, b'{"subject": "%s"}' % one.manifest.digest.encode())
        for blob in blobs:
            pusher.push_blob(REPOSITORY, blob)
        pusher.push_manifest(REPOSITORY, manifest.digest, manifest)
        names = {"type": "attestation-manifest", "digest": one.manifest.digest}
        annotations = {f"vnd.docker.reference.{name}": value for name, value in names.items()}
        unknown = {"architecture": "unknown", "os": "unknown"}
        document["manifests"].append({**manifest.descriptor, "platform": unknown, "annotations": annotations})
    return pusher.push_manifest(REPOSITORY, tag, Blob(OCI_INDEX, encode(document)))


def skopeo(*arguments: str) -> bytes:
    return tools.require("skopeo", newest=True).run(*arguments).stdout


def skopeo_copy(source: str, target: str) -> None:
    plain = [
        f"--{end}-tls-verify=false" for end, name in (("src", source), ("dest", target)) if name.startswith("docker:")
    ]
    skopeo("--insecure-policy", "copy", "--quiet", "--all", "--preserve-digests", *plain, source, target)


def everything_in(registry: DockerRegistry, identifier: str = "1", repository: str = REPOSITORY) -> dict[str, bytes]:
    """Digest -> bytes of all that a tag leads to, each manifest as `skopeo inspect --raw` shows it."""
    found: dict[str, bytes] = {}
    join = "@" if ":" in identifier else ":"
    raw = skopeo(
        "inspect", "--raw", "--tls-verify=false", f"docker://{registry.address}/{repository}{join}{identifier}"
    )
    found["sha256:" + hashlib.sha256(raw).hexdigest()] = raw
    document = json.loads(raw)
    for entry in document.get("manifests", []):
        found |= everything_in(registry, entry["digest"], repository)
    for blob in [document["config"], *document["layers"]] if "layers" in document else []:
        folder = registry.folder / "data/docker/registry/v2"
        digits = blob["digest"].removeprefix("sha256:")
        assert (folder / f"repositories/{repository}/_layers/sha256/{digits}/link").is_file()
        found[blob["digest"]] = (folder / f"blobs/sha256/{digits[:2]}/{digits}/data").read_bytes()
    return found


class Copier:
    """Somebody who copies."""

    def __init__(self, user: User) -> None:
        self.user = user

    def __call__(self, source: str, target: str, *options: str) -> dict[str, Any]:
        done = self.user.sregistry("copy", "--json", "--plain-http", *options, source, target)
        assert done.returncode == 0, done.stderr.decode()
        found: dict[str, Any] = json.loads(done.stdout)
        return found


@pytest.fixture
def copier(tmp_path: Path) -> Copier:
    return Copier(User(tmp_path / "home"))


def at(registry: DockerRegistry, repository: str = REPOSITORY, tag: str = "1") -> str:
    return f"docker://{registry.address}/{repository}:{tag}"


def test_between_registries_all_is_as_after_skopeo(start_registry: Start, copier: Copier) -> None:
    source, ours, theirs = start_registry(), start_registry(), start_registry()
    digest = push_everything(source)
    result = copier(at(source), at(ours))
    skopeo_copy(at(source), at(theirs))
    assert result["digest"] == digest
    assert everything_in(ours) == everything_in(theirs) == everything_in(source)
    assert (result["manifests"]["copied"], result["blobs"]["there"]) == (7, 0)

    again = copier(at(source), at(ours))
    assert again["unchanged"]
    assert again["bytes"] == 0
    assert len(uploads(ours)) == len(set(uploads(ours))) == result["blobs"]["copied"]


def uploads(registry: DockerRegistry) -> list[str]:
    """The digests of the blobs that were sent whole, in the log of a registry."""
    pattern = r'http\.request\.method=PUT .*?http\.request\.uri="?/v2/[^ "]*/blobs/uploads/[^ "]*digest=(sha256[^ "&]+)'
    taken = [line for line in registry.log.splitlines() if "http.response.status=201" in line]
    return [found.replace("%3A", ":") for line in taken for found in re.findall(pattern, line)]


@pytest.mark.parametrize("scheme", ["oci-archive", "oci"])
def test_carried_in_an_archive_or_a_folder_all_is_as_after_skopeo(
    scheme: str, start_registry: Start, copier: Copier, tmp_path: Path
) -> None:
    source, ours, theirs = start_registry(), start_registry(), start_registry()
    push_everything(source)
    carried = f"{scheme}:{tmp_path / 'carried'}"
    assert copier(at(source), carried)["blobs"]["there"] == 0
    assert copier(at(source), carried)["unchanged"]
    copier(carried, at(ours))
    assert everything_in(ours) == everything_in(source)
    assert skopeo("inspect", "--raw", carried) == next(iter(everything_in(source).values()))
    skopeo_copy(carried, at(theirs))
    assert everything_in(theirs) == everything_in(source)


def test_what_skopeo_has_written_is_copied(start_registry: Start, copier: Copier, tmp_path: Path) -> None:
    source, target = start_registry(), start_registry()
    push_everything(source)
    skopeo_copy(at(source), f"oci:{tmp_path / 'theirs'}:1")
    copier(f"oci:{tmp_path / 'theirs'}:1", at(target))
    assert everything_in(target) == everything_in(source)


def test_referrers_are_carried_in_an_archive(start_registry: Start, copier: Copier, tmp_path: Path) -> None:
    source, target = start_registry(), start_registry()
    push_everything(source)
    signature = push_signature(source)
    carried = f"oci-archive:{tmp_path / 'carried.tar'}:{REPOSITORY}:1"
    assert copier(at(source), carried, "--with-referrers")["referrers"] == 1
    assert copier(carried, at(target), "--with-referrers")["referrers"] == 1
    assert signature.digest in everything_in(target, IMAGES[0].manifest.digest.replace(":", "-"))


def test_within_a_registry_blobs_are_mounted(docker_registry: DockerRegistry, copier: Copier) -> None:
    push_everything(docker_registry)
    sent = len(uploads(docker_registry))
    result = copier(at(docker_registry), at(docker_registry, "lab/other"))
    assert result["blobs"]["copied"] == result["bytes"] == 0
    assert result["blobs"]["mounted"] > 0
    assert len(uploads(docker_registry)) == sent
    assert everything_in(docker_registry, repository="lab/other") == everything_in(docker_registry)


def test_one_platform_comes_without_the_index(start_registry: Start, copier: Copier) -> None:
    source, target = start_registry(), start_registry()
    push_everything(source)
    result = copier(at(source), at(target), "--platform", "linux/arm64")
    assert result["digest"] == IMAGES[1].manifest.digest
    assert next(iter(everything_in(target))) == IMAGES[1].manifest.digest


def push_signature(registry: DockerRegistry) -> Blob:
    """A manifest that refers to the first image, in the list under the tag that stands for the API; return it."""
    subject, pusher = IMAGES[0].manifest, registry.pusher(REPOSITORY)
    signature, blobs = about(subject, b"signature", "application/vnd.example.signature", subject=subject.descriptor)
    for blob in blobs:
        pusher.push_blob(REPOSITORY, blob)
    pusher.push_manifest(REPOSITORY, signature.digest, signature)
    listed = Blob(OCI_INDEX, encode({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [signature.descriptor]}))
    pusher.push_manifest(REPOSITORY, subject.digest.replace(":", "-"), listed)
    return signature


def test_referrers_come_along_into_a_registry_without_their_api(start_registry: Start, copier: Copier) -> None:
    source, target = start_registry(), start_registry()
    push_everything(source)
    signature = push_signature(source)
    assert copier(at(source), at(target), "--with-referrers")["referrers"] == 1
    assert signature.digest in everything_in(target, IMAGES[0].manifest.digest.replace(":", "-"))


@pytest.fixture
def large(registry_program: Tool, tmp_path: Path) -> Iterator[DockerRegistry]:
    """An image of layers that take a while."""
    with DockerRegistry(registry_program, tmp_path / "large").running() as registry:
        contents = [
            tars.archive(tars.file(f"file-{number}", noise(number, number * 1_500_000))) for number in range(1, 9)
        ]
        registry.push(REPOSITORY, "1", image(contents))
        yield registry


def test_a_copy_that_was_killed_goes_on(large: DockerRegistry, docker_registry: DockerRegistry, copier: Copier) -> None:
    for wanted in (1, 3, 5):
        process = copier.user.start("copy", "--plain-http", at(large), at(docker_registry))
        end = time.monotonic() + 60
        while len(uploads(docker_registry)) < wanted and process.poll() is None and time.monotonic() < end:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    result = copier(at(large), at(docker_registry))
    assert result["blobs"]["there"] + result["blobs"]["copied"] in (0, 9)  # 0: the third was quicker than the kill
    assert len(uploads(docker_registry)) == len(set(uploads(docker_registry))) == 9
    assert everything_in(docker_registry) == everything_in(large)


# -- schema 1 ------------------------------------------------------------------------------------------


def test_schema_1_is_copied_as_it_is_or_said_not_to_be_taken(
    start_registry: Start, copier: Copier, tmp_path: Path
) -> None:
    taking = {"compatibility": {"schema1": {"enabled": True}}}
    source, target, modern = start_registry(extra=taking), start_registry(extra=taking), start_registry()
    source.push(REPOSITORY, "new", image([tars.archive(tars.file("etc/old", b"old"))], docker=True))
    plain = ("--src-tls-verify=false", "--dest-tls-verify=false")
    skopeo("--insecure-policy", "copy", "--quiet", "--format", "v2s1", *plain, at(source, tag="new"), at(source))
    result = copier(at(source), at(target))
    assert result["media_type"] in media_types.SCHEMA1_TYPES
    raw = [skopeo("inspect", "--raw", "--tls-verify=false", at(registry)) for registry in (source, target)]
    # A registry signs such a manifest anew each time; the digest is that of the text alone.
    assert {str(Digest.of(schema1.payload(text))) for text in raw} == {result["digest"]}

    done = copier.user.sregistry("copy", "--plain-http", at(source), f"oci:{tmp_path / 'layout'}")
    assert done.returncode == 9, done.stderr.decode()
    assert b"copy-schema1" in done.stderr

    done = copier.user.sregistry("copy", "--plain-http", at(source), at(modern))
    assert done.returncode == 9, done.stderr.decode()
    assert b"copy-schema1" in done.stderr
    assert b"unknown error" in done.stderr  # its own words
    assert b"Traceback" not in done.stderr


# -- refusals ------------------------------------------------------------------------------------------


def test_who_may_not_push_is_told_so(start_registry: Start, token_registry: DockerRegistry, copier: Copier) -> None:
    source = start_registry()
    push_everything(source)
    done = copier.user.sregistry("copy", "--plain-http", at(source), at(token_registry))
    assert done.returncode == 6
    assert b"cannot be written to without a login" in done.stderr or b"auth-required" in done.stderr


def test_the_login_of_the_target_is_not_sent_to_the_source(start_registry: Start, copier: Copier) -> None:
    source, target = start_registry(), start_registry(users={"writer": "correct horse"})
    push_everything(source)
    done = copier.user.start(
        *("copy", "--debug", "--plain-http", "--username", "writer", "--password-stdin", at(source), at(target)),
        stdin=-1,
    )
    out, err = done.communicate(b"correct horse")
    assert done.returncode == 0, err.decode()
    assert out.decode().startswith(f"{target.address}/{REPOSITORY}:1@sha256:")
    assert b"correct horse" not in err
    asked = [line for line in err.decode().splitlines() if source.address in line]
    assert asked
    assert not any("authorization" in line.lower() for line in asked)
    assert "writer" not in source.log

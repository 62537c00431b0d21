"""Referrers by the API of version 1.1, and by the tag where there is none."""

from __future__ import annotations

from typing import Any

import pytest

from sregistry.digests import Digest
from tests.registry.scripted import Contents, Request, Server, tiny
from tests.registry.sessions import fails, session
from tests.support import images

IMAGE = tiny()
SUBJECT = Digest.parse(IMAGE.manifest.digest)
SBOM, SIGNATURE = "application/spdx+json", "application/vnd.example.signature"


def listed(*kinds: str) -> bytes:
    entries: list[dict[str, Any]] = [
        {**IMAGE.manifest.descriptor, "digest": f"sha256:{number:064x}", "artifactType": kind}
        for number, kind in enumerate(kinds)
    ]
    return images.encode({"schemaVersion": 2, "mediaType": images.OCI_INDEX, "manifests": entries})


def test_the_api_is_asked_and_filters_itself_or_not() -> None:
    def script(request: Request) -> bool:
        return request.kind == "referrer" and request.reply(200, listed(SBOM, SIGNATURE), images.OCI_INDEX)

    with Server(script) as server, session() as one:
        found = one.referrers(server.reference(), SUBJECT)
        assert [item.artifact_type for item in found] == [SBOM, SIGNATURE]
        assert [item.artifact_type for item in one.referrers(server.reference(), SUBJECT, SIGNATURE)] == [SIGNATURE]
    assert server.seen[-1].path == f"/v2/team/tool/referrers/{SUBJECT}"
    assert server.seen[-1].parameters == {"artifactType": [SIGNATURE]}


def test_the_api_may_come_in_pages() -> None:
    def script(request: Request) -> bool:
        if request.kind != "referrer":
            return False
        if request.parameters.get("page"):
            return request.reply(200, listed(SIGNATURE), images.OCI_INDEX)
        return request.reply(200, listed(SBOM), images.OCI_INDEX, Link=f'<{request.path}?page=2>; rel="next"')

    with Server(script) as server, session() as one:
        assert [item.artifact_type for item in one.referrers(server.reference(), SUBJECT)] == [SBOM, SIGNATURE]


@pytest.mark.parametrize("status", [404, 405, 400])
def test_without_the_api_the_tag_is_asked(status: int) -> None:
    def script(request: Request) -> bool:
        return request.kind == "referrer" and request.reply(status, b"not here", "text/plain")

    held = Contents().add_manifest(listed(SBOM), images.OCI_INDEX, f"sha256-{SUBJECT.hex}")
    with Server(script, held) as server, session() as one:
        assert [item.artifact_type for item in one.referrers(server.reference(), SUBJECT)] == [SBOM]


def test_nothing_refers_to_it() -> None:
    def script(request: Request) -> bool:
        return request.kind == "referrer" and request.reply(404, b"", "text/plain")

    with Server(script) as server, session() as one:
        assert one.referrers(server.reference(), SUBJECT) == []


def test_a_refusal_is_no_empty_list() -> None:
    def script(request: Request) -> bool:
        return request.kind == "referrer" and request.error(403, "DENIED", "no")

    with Server(script) as server, session() as one:
        fails("auth-denied", lambda: one.referrers(server.reference(), SUBJECT))

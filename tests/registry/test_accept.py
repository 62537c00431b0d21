"""Registries that compare Accept fields as a whole: the types are asked for in another way."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sregistry.oci import media_types
from tests.registry.scripted import Contents, Request, Server, tiny
from tests.registry.sessions import AMD64, fails, session
from tests.support import images

IMAGE = tiny()
INDEX = images.index([IMAGE])
HELD = {
    "1": (INDEX.data, media_types.OCI_INDEX),
    IMAGE.manifest.digest: (IMAGE.manifest.data, media_types.OCI_MANIFEST),
}
NOT_ACCEPTED = "OCI manifest found, but accept header does not support OCI manifests"


def accepted(request: Request) -> list[str]:
    return [line.strip() for line in request.headers.get_all("Accept", [])]


def picky(fits: Callable[[str, list[str]], bool], status: int, message: str) -> Callable[[Request], bool]:
    """A registry that gives a manifest only where its type `fits` the Accept fields."""

    def script(request: Request) -> bool:
        if request.kind != "manifest" or request.name not in HELD:
            return False
        data, media_type = HELD[request.name]
        if not fits(media_type, accepted(request)):
            return request.error(status, "MANIFEST_UNKNOWN", message)
        return request.reply(200, data, media_type)

    return script


def manifests_asked_for(server: Server) -> int:
    return sum(seen.kind == "manifest" for seen in server.seen)


@pytest.mark.parametrize(("status", "message"), [(404, NOT_ACCEPTED), (404, "manifest unknown"), (406, "no")])
def test_each_type_in_a_field_of_its_own(status: int, message: str) -> None:
    script = picky(lambda kind, lines: kind in lines, status, message)
    with Server(script, Contents().add(IMAGE)) as server, session() as one:
        image = one.resolve(server.reference(), AMD64)
        # The way that was found is remembered.
        assert manifests_asked_for(server) == 3
        head = one.head_manifest(server.reference())
    assert str(image.manifest_digest) == IMAGE.manifest.digest
    assert head is None  # it names no digest; it was found all the same


@pytest.mark.parametrize("status", [406, 415, 400])
def test_each_type_alone(status: int) -> None:
    script = picky(lambda kind, lines: lines == [kind], status, "no")
    with Server(script, Contents().add(IMAGE)) as server, session() as one:
        assert str(one.resolve(server.reference(), AMD64).manifest_digest) == IMAGE.manifest.digest


def test_head_asks_in_both_ways() -> None:
    def script(request: Request) -> bool:
        if request.kind != "manifest" or len(accepted(request)) > 1:
            return False
        return request.error(404, "MANIFEST_UNKNOWN", "manifest unknown")

    with Server(script, Contents().add(IMAGE, "1")) as server, session() as one:
        head = one.head_manifest(server.reference())
    assert head is not None
    assert str(head.digest) == IMAGE.manifest.digest


def test_a_tag_that_is_not_there_costs_one_more_request() -> None:
    with Server(contents=Contents().add(IMAGE, "1")) as server, session() as one:
        fails("tag-unknown", lambda: one.resolve(server.reference("team/tool:2"), AMD64))
        assert manifests_asked_for(server) == 2


def test_a_type_that_nobody_gives_is_said() -> None:
    script = picky(lambda kind, lines: False, 404, NOT_ACCEPTED)
    with Server(script, Contents().add(IMAGE)) as server, session() as one:
        fails("manifest-media-type", lambda: one.resolve(server.reference(), AMD64))
        assert manifests_asked_for(server) == 2 + len(media_types.ALL)

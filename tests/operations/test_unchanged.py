"""An image that is here and whose tag still means it costs one HEAD request; a HEAD that fails costs nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from sregistry.operations.context import Context
from sregistry.operations.pull import pull
from sregistry.operations.pulled import PullResult
from sregistry.references import Platform
from sregistry.references.machine import this_machine
from sregistry.settings import load
from tests.registry.scripted import Contents, Request, Script, Server, behave, tiny

IMAGE = tiny(platform=str(this_machine()))
HELD = Contents().add(IMAGE, "1")


def pulled(server: Server, home: Path) -> PullResult:
    environ = {"HOME": str(home), "SREGISTRY_PLAIN_HTTP": "yes", "SREGISTRY_SECOND_LOOK": "no"}
    return pull(Context(load(environ), environ), f"docker://{server.host}/team/tool:1")


def after_the_first(fault: Script) -> Script:
    """`fault` at HEAD requests."""
    return lambda request: request.method == "HEAD" and fault(request)


def test_nothing_has_changed(tmp_path: Path) -> None:
    with Server(behave, HELD) as server:
        first = pulled(server, tmp_path)
        asked = len(server.seen)
        second = pulled(server, tmp_path)
        assert server.paths()[asked:] == ["HEAD /v2/team/tool/manifests/1"]
    assert (first.unchanged, second.unchanged) == (False, True)
    assert first.path == second.path


def test_a_tag_that_has_moved_is_pulled_again(tmp_path: Path) -> None:
    held = Contents().add(IMAGE, "1")
    with Server(behave, held) as server:
        first = pulled(server, tmp_path)
        held.add(tiny("other", platform=str(this_machine())), "1")
        second = pulled(server, tmp_path)
    assert not second.unchanged
    assert first.manifest_digest != second.manifest_digest


@pytest.mark.parametrize("status", [400, 403, 404, 405, 429, 500])
def test_a_registry_that_does_not_answer_head_is_asked_by_get(status: int, tmp_path: Path) -> None:
    with Server(after_the_first(lambda request: request.reply(status)), HELD) as server:
        pulled(server, tmp_path)
        again = pulled(server, tmp_path)
    assert not again.unchanged
    assert Platform.parse(again.platform) == this_machine()


def test_a_head_that_tells_no_digest_tells_nothing(tmp_path: Path) -> None:
    def bare(request: Request) -> bool:
        return request.reply(200, IMAGE.manifest.data, IMAGE.manifest.media_type)

    with Server(after_the_first(bare), HELD) as server:
        pulled(server, tmp_path)
        assert not pulled(server, tmp_path).unchanged

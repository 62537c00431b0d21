"""The surroundings of an operation: what is opened with them, and what is done about a failure within."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sregistry.errors import Cancelled, RegistryError
from sregistry.operations.context import Context
from sregistry.operations.stopping import Stop
from sregistry.references import InvalidReference, Platform
from sregistry.settings import load
from tests.registry.scripted import Contents, Request, Server, tiny


def context(home: Path, **given: object) -> Context:
    return Context(load({"HOME": str(home)}, command_line={"plain_http": True, "retries": 0, **given}))


def test_settings_are_changed_for_one_operation_only(tmp_path: Path) -> None:
    one = context(tmp_path, jobs=3)
    other = one.adjusted(platform="linux/arm64")
    assert (one.platform, other.platform) == (None, Platform("linux", "arm64"))
    assert (other.settings.jobs, other.settings.source_of("jobs")) == (3, "command line")


def test_names_are_read_with_the_registry_of_the_settings(tmp_path: Path) -> None:
    one = context(tmp_path, default_registry="registry.example.org")
    assert str(one.parse("team/tool:1")) == "registry.example.org/team/tool:1"
    with pytest.raises(InvalidReference):
        one.parse("Team/Tool:1")


def test_the_local_registry_is_opened_once_and_makes_nothing(tmp_path: Path) -> None:
    one = context(tmp_path)
    assert one.store is one.store
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("second_look", [True, False])
def test_a_failure_within_an_endpoint_knows_what_was_asked_for(second_look: bool, tmp_path: Path) -> None:
    with Server(contents=Contents().add(tiny(), "1")) as server:
        reference = server.reference("team/tool:2")
        one = context(tmp_path, second_look=second_look)
        with pytest.raises(RegistryError) as caught, one.endpoint(reference) as endpoint:
            endpoint.find(reference, None)
        assert caught.value.code == "tag-unknown"
        assert caught.value.facts["reference"] == str(reference)
        assert bool(server.paths("tag")) is second_look


def test_nobody_is_asked_once_more_for_what_was_cancelled(tmp_path: Path) -> None:
    with Server(contents=Contents().add(tiny(), "1")) as server:
        with pytest.raises(Cancelled), context(tmp_path, second_look=True).endpoint(server.reference()):
            raise Cancelled("interrupted", "cancelled")
        assert server.seen == []


def test_what_waits_for_a_registry_ends_with_the_operation(tmp_path: Path) -> None:
    stop = Stop()

    def silent(request: Request) -> bool:
        stop.set()
        return request.wait()

    with Server(silent) as server:
        one = replace(context(tmp_path), stop=stop)
        with pytest.raises(Cancelled), one.endpoint(server.reference()) as endpoint:
            one.unless_stopped(lambda: endpoint.find(server.reference(), None))
        assert len(server.seen) == 1

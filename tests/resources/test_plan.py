from __future__ import annotations

import pytest

from sregistry.resources import limits, plan
from sregistry.resources.limits import Limit

MB = 1_000_000


@pytest.fixture(autouse=True)
def nothing_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("address_space", "group_memory", "group_tasks", "files"):
        monkeypatch.setattr(limits, name, lambda: None)


def allow(monkeypatch: pytest.MonkeyPatch, name: str, room: int) -> None:
    monkeypatch.setattr(limits, name, lambda: Limit("RLIMIT_AS", room, 0))


def test_without_limits_all_is_as_the_settings_say() -> None:
    assert plan.make_plan(7) == plan.Plan(7, 4)


@pytest.mark.parametrize("name", ["address_space", "group_memory"])
def test_with_little_memory_less_is_done_at_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for room in (10 * MB, 64 * MB, 100 * MB, 200 * MB, 4000 * MB):
        allow(monkeypatch, name, room)
        made.append(plan.make_plan(16))
    assert made[0] == plan.Plan(1, 1, ahead=2, in_flight=3)
    assert made[-1] == plan.Plan(16, 4)
    assert [one.workers for one in made] == sorted(one.workers for one in made)
    assert [one.layers for one in made] == sorted(one.layers for one in made)


def test_with_few_threads_or_files_fewer_layers_are_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, "group_tasks", 5)
    assert plan.make_plan(2).layers == 1
    allow(monkeypatch, "group_tasks", 1000)
    allow(monkeypatch, "files", 34)
    assert plan.make_plan(2).layers == 2

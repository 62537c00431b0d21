from __future__ import annotations

import time

import pytest

from sregistry.operations.clock import Clock


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the clock reads; the last is now."""
    times = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: times[-1])
    return times


def test_stages_get_the_time_since_the_last_and_add_up(now: list[float]) -> None:
    clock = Clock()
    for moment, stage in ((101.0, "resolve"), (104.0, "layers"), (104.5, "resolve")):
        now.append(moment)
        clock.stage(stage)
    assert clock.seconds == {"resolve": 1.5, "layers": 3.0, "total": 4.5}


def test_nothing_is_told_before_the_first_stage_has_ended() -> None:
    assert Clock().seconds == {}

"""The collector belongs to the process: it is as it was before, whatever happened meanwhile."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from sregistry.resources.collector import no_collection


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    was = gc.isenabled()
    yield
    (gc.enable if was else gc.disable)()


@pytest.mark.parametrize("enabled", [True, False])
def test_it_rests_and_is_as_before(enabled: bool) -> None:
    (gc.enable if enabled else gc.disable)()
    with no_collection():
        assert not gc.isenabled()
        with no_collection():
            pass
        assert not gc.isenabled()
    assert gc.isenabled() is enabled


def test_a_failure_does_not_leave_it_off() -> None:
    gc.enable()
    with pytest.raises(ValueError, match="of the work"), no_collection():
        raise ValueError("of the work")
    assert gc.isenabled()

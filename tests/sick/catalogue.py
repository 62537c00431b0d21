"""All scenarios by name."""

from __future__ import annotations

from tests.sick.faults import (
    artifacts,
    blob,
    challenges,
    config,
    content,
    http,
    index,
    limits,
    logins,
    manifest,
    manifest_fields,
    missing,
    network,
    redirects,
    resume,
    status,
    tls,
    tokens,
)
from tests.sick.scenario import Scenario

_MODULES = (
    http,
    network,
    tls,
    challenges,
    logins,
    tokens,
    missing,
    manifest,
    manifest_fields,
    index,
    artifacts,
    config,
    blob,
    resume,
    redirects,
    limits,
    content,
    status,
)


def _collect() -> dict[str, Scenario]:
    found: dict[str, Scenario] = {}
    for module in _MODULES:
        for scenario in module.FAMILY.scenarios:
            assert scenario.name not in found, f"two scenarios are called {scenario.name}"
            found[scenario.name] = scenario
    return found


SCENARIOS = _collect()

"""All scenarios by name."""

from __future__ import annotations

from tests.sick.faults import (
    artifacts,
    blob,
    challenges,
    config,
    content,
    echoes,
    http,
    in_place,
    index,
    limits,
    logins,
    manifest,
    manifest_fields,
    missing,
    network,
    reasons,
    redirects,
    resume,
    status,
    surroundings,
    tls,
    tokens,
)
from tests.sick.scenario import Scenario

_FAMILIES = (
    http.FAMILY,
    network.FAMILY,
    surroundings.FAMILY,
    surroundings.AUTH,
    tls.FAMILY,
    challenges.FAMILY,
    logins.FAMILY,
    tokens.FAMILY,
    reasons.FAMILY,
    echoes.FAMILY,
    missing.FAMILY,
    in_place.FAMILY,
    manifest.FAMILY,
    manifest_fields.FAMILY,
    index.FAMILY,
    artifacts.FAMILY,
    config.FAMILY,
    blob.FAMILY,
    resume.FAMILY,
    redirects.FAMILY,
    limits.FAMILY,
    content.FAMILY,
    status.FAMILY,
)


def _collect() -> dict[str, Scenario]:
    found: dict[str, Scenario] = {}
    for family in _FAMILIES:
        for scenario in family.scenarios:
            assert scenario.name not in found, f"two scenarios are called {scenario.name}"
            found[scenario.name] = scenario
    return found


SCENARIOS = _collect()

"""The doctor is the pull without the layers: on every fault it comes to the same end."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future

import pytest

from sregistry.errors import SregistryError
from tests.sick.catalogue import SCENARIOS
from tests.sick.judge import Examined, Verdict
from tests.sick.scenario import CANARY
from tests.support.secrets import leaks

#: What may pass beyond the time in which a scenario's pull ends: for the steps that show the way.
_MORE = 8


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_doctor_comes_to_the_end_of_the_pull(
    scenario: str, verdicts: Mapping[str, Future[Verdict]], examinations: Mapping[str, Future[Examined]]
) -> None:
    pulled, examined = verdicts[scenario].result(), examinations[scenario].result()
    error = pulled.error
    said = f"pull: {error!r}\ndoctor: {examined.everything}"
    assert examined.left == []
    assert not leaks(examined.everything, {"canary": CANARY})
    assert examined.seconds <= SCENARIOS[scenario].seconds + _MORE, said
    if error is None:
        assert examined.diagnosis is None, said
        return
    assert isinstance(error, SregistryError)
    if examined.diagnosis is None:
        # Only what is wrong further on in a layer is seen by fetching it alone.
        assert "layer" in error.facts or error.code.startswith("layer-"), said
    else:
        assert examined.diagnosis.code == error.code, said

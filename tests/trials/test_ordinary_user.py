"""An ordinary user can run, unpack and build on every image, where images can be mounted and where they cannot."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.ordinary import MACHINES, OrdinaryUser
from tests.trials.conftest import Pulled
from tests.trials.images import RAN, TRIALS
from tests.trials.ways import WAYS

pytestmark = pytest.mark.root


#: What is the same wherever it is done: the image is unpacked.
_ONCE = ("unsquash", "sandbox", "fakeroot_in_folder")
_CASES = [
    (machine, name, way)
    for machine in MACHINES
    for name, trial in TRIALS.items()
    for way in trial.ways
    if machine == MACHINES[0] or way not in _ONCE
]


@pytest.mark.parametrize(("ordinary", "name", "way"), _CASES, indirect=["ordinary"])
def test_the_image_works(name: str, way: str, ordinary: OrdinaryUser, pulled: Callable[[str], Pulled]) -> None:
    trial = TRIALS[name]
    done = WAYS[way](ordinary, pulled(name).sif)
    runs = way in ("run", "fakeroot")
    said = (done.stdout + done.stderr).decode(errors="replace")
    found = [line for line in (trial.says if runs else RAN) if not any(line in got for got in said.splitlines())]
    assert (found, done.returncode) == ([], trial.status if runs else 0), said


@pytest.mark.parametrize("name", [name for name, trial in TRIALS.items() if trial.warns])
def test_the_pull_warns(name: str, pulled: Callable[[str], Pulled]) -> None:
    said = pulled(name).said
    assert said.count("warning") == 1
    assert TRIALS[name].warns in said

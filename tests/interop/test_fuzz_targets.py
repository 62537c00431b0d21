"""The fuzz targets run: over their seeds, and over seeds that are cut and flipped."""

from __future__ import annotations

import random

import pytest

from fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_and_damaged_seeds_give_answers_or_errors_of_the_family(name: str) -> None:
    target, chance = TARGETS[name], random.Random(11)
    for seed in target.seeds():
        target.run(seed)
        for _ in range(20 if len(seed) < 20_000 else 3):
            damaged = bytearray(seed[: chance.randrange(1, len(seed) + 1)])
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
            target(bytes(damaged))

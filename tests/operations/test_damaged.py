"""What arrives damaged is fetched again, and what came each time is kept for comparison."""

from collections.abc import Iterator

import pytest

from sregistry.errors import SregistryError
from sregistry.operations.damaged import until_sound


def damaged(*digests: str) -> Iterator[SregistryError]:
    for digest in digests:
        yield SregistryError("digest-mismatch", "x", actual=digest, actual_size=3)


def test_all_that_came_is_told() -> None:
    failures = damaged("sha256:aa", "sha256:bb")

    def fetch() -> None:
        raise next(failures)

    with pytest.raises(SregistryError) as caught:
        until_sound(fetch, 1, lambda error: None)
    assert caught.value.facts["attempts"] == 2
    assert [made["actual"] for made in caught.value.facts["tries"]] == ["sha256:aa", "sha256:bb"]


def test_what_came_sound_in_the_end_is_returned() -> None:
    failures = damaged("sha256:aa")

    def fetch() -> str:
        for failure in failures:
            raise failure
        return "sound"

    assert until_sound(fetch, 1, lambda error: None) == "sound"

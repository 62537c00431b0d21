"""Which tag was meant: what a person would propose after reading the list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.diagnosis import near

TAG = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", fullmatch=True)


@pytest.mark.parametrize(
    "wanted, names, found",
    [
        ("lastest", ["1.0", "latest", "stable"], ["latest"]),
        ("1.2", ["1.1.9", "1.2.0", "1.2.1", "nightly"], ["1.2.1", "1.2.0"]),
        ("v1.2.0", ["1.2.0", "1.3.0"], ["1.2.0", "1.3.0"]),
        ("1.6.1", ["v1.6.1", "v2.0"], ["v1.6.1"]),
        ("Latest", ["latest"], ["latest"]),
        ("3.11-slim", ["3.11", "3.12"], ["3.11"]),
        ("1.10", ["1.1", "1.9", "1.10.3"], ["1.10.3", "1.1"]),
        ("main", ["2024", "xyz"], []),
        ("1.2", [], []),
    ],
)
def test_similar(wanted: str, names: list[str], found: list[str]) -> None:
    assert near.similar(wanted, names)[: len(found)] == found
    assert bool(near.similar(wanted, names)) == bool(found)


def test_a_version_is_not_extended_by_a_digit() -> None:
    assert near.similar("1.2", ["1.20"], 1) != ["1.2.0"]
    assert "1.20.0" not in near.similar("1.2", ["1.20.0", "1.2.9"])[:1]


def test_the_highest_versions_come_first_and_attachments_not_at_all() -> None:
    names = ["latest", "1.9", "1.10", "v1.11", f"sha256-{'a' * 64}.sig", "1.10-rc1"]
    assert near.highest(names) == ["v1.11", "1.10", "1.10-rc1", "1.9", "latest"]


@given(TAG, st.lists(TAG, max_size=30))
def test_what_is_proposed_exists_and_is_short(wanted: str, names: list[str]) -> None:
    found = near.similar(wanted, names)
    assert len(found) <= 3
    assert set(found) <= set(names)
    assert len(set(found)) == len(found)


@given(st.lists(TAG, max_size=30))
def test_the_highest_are_in_the_list(names: list[str]) -> None:
    assert set(near.highest(names)) <= set(names)

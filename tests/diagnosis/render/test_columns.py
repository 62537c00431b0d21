"""Text by the columns that it takes on a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.diagnosis.render.columns import width, wrap


@pytest.mark.parametrize(("text", "taken"), [("", 0), ("word", 4), ("名前", 4), ("e\u0301", 1), ("ｘ", 2)])
def test_width(text: str, taken: int) -> None:
    assert width(text) == taken


def test_a_long_word_stays_whole_unless_its_script_has_no_spaces() -> None:
    address = "https://registry.example.org/" + "x" * 60
    assert wrap(f"see {address} there", 20) == ["see", address, "there"]
    assert wrap("名" * 25, 20) == ["名" * 10, "名" * 10, "名" * 5]


@given(st.text("ab 名\u0301", max_size=80), st.integers(2, 30))
def test_nothing_is_lost_and_every_line_fits_unless_it_is_one_word(text: str, most: int) -> None:
    lines = wrap(text, most)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(width(line) <= most or " " not in line for line in lines)

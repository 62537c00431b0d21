"""What others say can neither move the cursor nor look like a line of ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.printable import SHOWN, one_line, printable

#: Escapes, C1 controls, changes of direction, characters without width, separators of lines, none at all.
HARMFUL = "\x1b\x9b\x85\x07\r\b\u202a\u202e\u2066\u2069\u200b\u200f\ufeff\u2028\u2029\U000e0041\udce4\ue000"


@pytest.mark.parametrize("letter", HARMFUL)
def test_no_character_does_anything(letter: str) -> None:
    assert printable(f"a{letter}b") == "a\N{REPLACEMENT CHARACTER}b"
    assert letter not in one_line(f"a{letter}b")


def test_letters_of_all_scripts_are_shown() -> None:
    text = "Gr\u00fc\u00dfe, \u7e41\u9ad4, \u0440\u0443\u0441\u0441\u043a\u0438\u0439 \U0001f40b a\u0301"
    assert printable(text) == text == one_line(text)


def test_tabs_stay_where_they_are_asked_for() -> None:
    assert (printable("a\tb"), printable("a\tb\x1b", tabs=True)) == ("a b", "a\tb\N{REPLACEMENT CHARACTER}")


@given(st.text())
def test_law_one_line_is_one_line(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1
    assert not set(one_line(text, 10)) & set(HARMFUL)


def test_what_is_cut_is_counted() -> None:
    assert one_line("x" * 20_000) == "x" * SHOWN + "\u2026 (19,500 characters more)"

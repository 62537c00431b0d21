"""A script is cut where its statements end, as early as that can be known."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sregistry.shell.statements import State, ends_block, is_empty, split, state


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1 + 1", State.SIMPLE),
        ("x = '''a\nb'''", State.SIMPLE),
        ("for i in range(2):\n    print(i)", State.BLOCK),
        ("for i in range(2):\n    print(i)\n\n", State.BLOCK),
        ("for i in range(2):", State.OPEN),
        ("print(", State.OPEN),
        ("@decorator", State.OPEN),
        ("1 +* 1", State.WRONG),
        ("print)", State.WRONG),
        ("'\0'", State.WRONG),
    ],
)
def test_what_lines_are_so_far(text: str, wanted: State) -> None:
    assert state(text.split("\n")) is wanted


@pytest.mark.parametrize(
    ("following", "over"), [("print(1)", True), ("else:", False), ("    more", False), ("", False), ("# a word", False)]
)
def test_a_block_is_over_with_the_first_line_that_does_not_belong_to_it(following: str, over: bool) -> None:
    assert ends_block(["if x:", "    pass"], following) is over


def test_only_blocks_are_ended_by_the_next_line() -> None:
    assert not ends_block(["print("], "1)")


SCRIPT = """\
# first
x = 1

for i in range(2):

    # within
    i
else:
    'end'
(
  x)
1 +* 1
def f():
    return 1
"""


def test_a_script() -> None:
    assert list(split(SCRIPT.splitlines(keepends=True))) == [
        (2, "x = 1"),
        (4, "for i in range(2):\n\n    # within\n    i\nelse:\n    'end'"),
        (10, "(\n  x)"),
        (12, "1 +* 1"),
        (13, "def f():\n    return 1"),
    ]


def test_a_statement_is_given_before_the_next_line_is_read() -> None:
    read = []

    def lines() -> Iterator[str]:
        for line in ("a = 1\n", "if a:\n", "    b = 2\n", "c = 3\n"):
            read.append(line)
            yield line

    statements = split(lines())
    assert (next(statements), len(read)) == ((1, "a = 1"), 1)
    assert (next(statements), len(read)) == ((2, "if a:\n    b = 2"), 4)


@given(st.lists(st.text(alphabet="a1 :()\n'\"\\#=if\t", max_size=12), max_size=8))
def test_no_line_that_says_something_is_lost(lines: list[str]) -> None:
    lines = [line.replace("\n", "") for line in lines]
    statements = list(split(lines))
    said = [line for _, source in statements for line in source.split("\n")]
    assert [line for line in said if not is_empty(line)] == [line for line in lines if not is_empty(line)]
    assert all(lines[number - 1] == source.split("\n")[0] for number, source in statements)

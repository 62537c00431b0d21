from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sregistry.cli.table import Column, Row, draw

COLUMNS = [Column("NAME"), Column("FROM", spare=2), Column("SIZE", right=True), Column("DIGEST", spare=1)]
ROWS = [Row(("short", "gcr.io", "1 kB", "abc")), Row(("a-longer-name", "docker.io", "12 kB", "def"))]
TEXT = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=60)


def lines(width: int | None, rows: list[Row] = ROWS, *, colour: bool = False) -> list[str]:
    return list(draw(COLUMNS, rows, width=width, colour=colour))


def test_columns_stand_below_each_other() -> None:
    assert lines(80) == [
        "NAME           FROM        SIZE  DIGEST",
        "short          gcr.io      1 kB  abc",
        "a-longer-name  docker.io  12 kB  def",
    ]


def test_what_does_not_fit_is_left_out_in_order() -> None:
    assert lines(37)[0] == "NAME            SIZE  DIGEST"
    assert lines(26)[0] == "NAME            SIZE"


def test_a_long_first_cell_has_a_line_of_its_own() -> None:
    long = Row(("n" * 90, "gcr.io", "1 kB", "abc"))
    first, *_, name, rest = lines(70, [*ROWS, long])
    assert name == "n" * 90
    assert rest.split() == ["gcr.io", "1", "kB", "abc"]
    assert rest.index("abc") == first.index("DIGEST")


def test_in_a_pipe_nothing_is_left_out() -> None:
    long = Row(("n" * 900, "gcr.io", "1kB", "abc"))
    assert [line.split() for line in lines(None, [long])] == [["NAME", "FROM", "SIZE", "DIGEST"], list(long.cells)]


def test_colour_is_around_whole_lines() -> None:
    title, good, bad = lines(80, [ROWS[0], Row(ROWS[1].cells, alarming=True)], colour=True)
    plain = lines(80)
    assert title == f"\033[1m{plain[0]}\033[0m"
    assert good == plain[1]
    assert bad == f"\033[31;1m{plain[2]}\033[0m"


@given(st.lists(st.tuples(TEXT, TEXT, TEXT, TEXT), min_size=1, max_size=5), st.integers(1, 200))
def test_only_a_name_alone_is_wider_than_the_terminal(cells: list[tuple[str, str, str, str]], width: int) -> None:
    needed = max(len(size) for _, _, size, _ in cells) + len("NAME") + 2
    drawn = lines(width, [Row(row) for row in cells])
    names = {name for name, *_ in cells}
    for line in drawn:
        assert len(line) <= max(width, needed, len("NAME  SIZE")) or line in names
    for name, _, size, _ in cells:
        assert any(line.startswith(name) for line in drawn)
        assert any(size in line for line in drawn)

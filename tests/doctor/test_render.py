"""The lines of the doctor's walk."""

from sregistry.diagnosis.render import columns
from sregistry.doctor import render as walked
from sregistry.doctor.steps.step import ok, skip, warn

RESULTS = [
    ok("reference", "registry h, repository r, tag t"),
    warn("formats", "none", "OCI index      404", "OCI manifest   404"),
    skip("platform", "not examined, as manifest failed"),
    skip("image", "not examined, as manifest failed"),
    ok("disk", "70 GB free"),
    skip("cache", "not examined, as disk failed"),
]


def test_steps_left_out_for_the_same_reason_are_one_line() -> None:
    assert (
        "\n".join(walked.render(RESULTS))
        == """\
ok    reference   registry h, repository r, tag t
warn  formats     none
                  OCI index      404
                  OCI manifest   404
skip  platform, image: not examined, as manifest failed
ok    disk        70 GB free
skip  cache: not examined, as disk failed"""
    )


def test_each_line_comes_with_its_step() -> None:
    taken: list[str] = []

    def walk() -> object:
        for result in RESULTS[:2]:
            yield result
            taken.append(result.name)

    lines = walked.render(walk())  # type: ignore[arg-type]
    assert next(lines).startswith("ok    reference")
    assert taken == []


def test_lines_fit_the_terminal_and_tables_keep_their_shape() -> None:
    long = [ok("login", "word " * 40, "name     value"), skip("a", "word " * 40)]
    text = "\n".join(walked.render(long, width=60))
    assert max(map(columns.width, text.split("\n"))) <= 60
    assert "name     value" in text


def test_colour_changes_nothing_but_colour_and_hostile_text_is_harmless() -> None:
    import re

    hostile = [*RESULTS, warn("login", "\x1b[2Jgone\r\nnext → …")]
    plain = "\n".join(walked.render(hostile))
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(walked.render(hostile, colour=True))) == plain
    "\n".join(walked.render(hostile, unicode=False)).encode("ascii")

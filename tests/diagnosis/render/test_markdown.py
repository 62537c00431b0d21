"""Markdown that says the same and cannot be broken by what a registry sends."""

from sregistry.diagnosis import explain
from sregistry.diagnosis.render import markdown
from tests.diagnosis.samples import sample


def test_the_parts_stand_in_order() -> None:
    text = markdown.render(explain(sample("network-refused")))
    heads = [line for line in text.split("\n") if line.startswith(("#", "**"))]
    assert heads == [
        "## registry.example.org refused the connection on port 5000",
        "**What happened**",
        "**Why**",
        "**Seen**",
        "**What to do**",
        "**More**",
    ]
    assert "(likely)" in text


def test_backquotes_in_code_get_a_longer_fence() -> None:
    assert markdown.code("a`b") == "``a`b``"
    assert markdown.code("`a") == "`` `a ``"
    assert markdown.block("```\nx").startswith("````text\n")


def test_markup_in_text_is_escaped() -> None:
    assert markdown.escape("<b>*x* [y](z)") == "\\<b\\>\\*x\\* \\[y\\](z)"

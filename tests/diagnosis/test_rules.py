"""Every rule in every renderer: with all facts, with none, and with facts that are not what they should be."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sregistry.diagnosis import Diagnosis, explain
from sregistry.diagnosis.render import render_json, render_markdown, terminal
from sregistry.errors import SregistryError
from tests.diagnosis.samples import CODES, sample

LABELS = ("what", "why", "who", "seen", "do", "more")
NAMES = sorted({name for code in CODES for name in sample(code).facts})
ODD: list[Any] = [
    None,
    "",
    0,
    -1,
    1e300,
    True,
    "x",
    "\x1b[31m",
    "\udcff",
    [],
    {},
    [None],
    {"a": None},
    [{"code": 1}],
    ["a", 2],
]


def explained(code: str, facts: dict[str, Any]) -> Diagnosis:
    return explain(SregistryError(code, "the message of the error", **facts))


def check(diagnosis: Diagnosis) -> None:
    """What holds for every explanation."""
    for width in (80, 200):
        text = terminal.render(diagnosis, width=width)
        assert "None" not in text
        assert not re.search(rf"^  ({'|'.join(LABELS)}) *$", text, re.MULTILINE), "a label without content"
        assert "\x1b" not in text
    terminal.render(diagnosis, unicode=False).encode("ascii")
    terminal.render(diagnosis).encode("utf-8")
    render_markdown(diagnosis).encode("utf-8")
    document = json.loads(render_json(diagnosis))
    assert document["exit_code"] == diagnosis.kind.exit_code
    assert diagnosis.title
    assert not diagnosis.title.endswith(".")
    assert all(step.command or step.comment for step in diagnosis.steps)
    assert all(cause.text.strip() for cause in diagnosis.why)
    assert all(label and value for label, value in diagnosis.evidence)


@pytest.mark.parametrize("code", CODES)
def test_with_realistic_facts_it_says_what_to_do(code: str) -> None:
    diagnosis = explain(sample(code))
    check(diagnosis)
    assert diagnosis.code == code
    assert diagnosis.steps, "a failure without a next step"


@pytest.mark.parametrize("code", CODES)
def test_without_any_fact_it_still_holds(code: str) -> None:
    check(explained(code, {}))


@pytest.mark.parametrize("code", CODES)
def test_lines_fit_unless_they_are_commands_or_one_long_word(code: str) -> None:
    diagnosis = explain(sample(code))
    commands = {step.command for step in diagnosis.steps} | set(diagnosis.related)
    pointed = {line for block in diagnosis.what for line in block.split("\n") if "\n" in block}
    for line in terminal.render(diagnosis, width=80).split("\n"):
        text = line[11:].strip()
        assert len(line) <= 80 or " " not in text or text in commands or text in pointed, line


@pytest.mark.parametrize("code", CODES)
def test_a_login_is_never_proposed_for_what_no_login_can_mend(code: str) -> None:
    if code.startswith(("layer-", "network-", "disk-", "digest-", "squashfs-")):
        commands = [step.command for step in explain(sample(code)).steps]
        assert not any(command.startswith("sregistry login") for command in commands)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(CODES), st.dictionaries(st.sampled_from(NAMES), st.sampled_from(ODD), max_size=8))
def test_facts_of_any_shape_are_survived(code: str, facts: dict[str, Any]) -> None:
    diagnosis = explained(code, {**sample(code).facts, **facts})
    terminal.render(diagnosis).encode("utf-8")
    render_markdown(diagnosis).encode("utf-8")
    render_json(diagnosis)

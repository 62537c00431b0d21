"""Facts decide what is said, never texts: another wording of the same failure changes nothing but the quotation."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sregistry.diagnosis import Diagnosis, Likelihood, explain
from sregistry.diagnosis.facts import Facts
from sregistry.errors import SregistryError
from tests.diagnosis.samples import CODES, sample

ROOT = Path(__file__).resolve().parents[2]
RULE_FILES = sorted((ROOT / "src/sregistry/diagnosis/rules").glob("*.py"))
#: Facts that are somebody else's words; what they are about is a fact of its own.
FOREIGN = ("cause", "detail", "reason", "body_head", "page_title", "output", "proxy_reason", "plain_answer", "said")


def reworded(error: SregistryError) -> SregistryError:
    """The same failure in other words."""
    facts: dict[str, Any] = dict(error.facts)
    facts |= {name: f"Zebras {name} quietly" for name in FOREIGN if facts.get(name)}
    for name in ("errors", "login_troubles"):
        listed = facts.get(name)
        if isinstance(listed, list):
            facts[name] = [{**item, "message": "quiet zebras came", "detail": None} for item in listed]
    return SregistryError(error.code, "quiet zebras walked by", **facts)


def shape(diagnosis: Diagnosis) -> tuple[Any, ...]:
    """What is decided: everything but the words."""
    return (
        diagnosis.kind,
        diagnosis.who,
        [cause.likelihood for cause in diagnosis.why if "ebras" not in cause.text],
        [(step.command, bool(step.comment)) for step in diagnosis.steps],
        len(diagnosis.checked),
    )


def ours(error: SregistryError) -> SregistryError:
    """`error` with its foreign texts marked, so that causes that quote them are left out of the comparison."""
    facts: dict[str, Any] = dict(error.facts)
    facts |= {name: f"{facts[name]} ebras" for name in FOREIGN if facts.get(name)}
    for name in ("errors", "login_troubles"):
        listed = facts.get(name)
        if isinstance(listed, list):
            facts[name] = [{**item, "message": f"{item.get('message')} ebras", "detail": None} for item in listed]
    return SregistryError(error.code, f"{error.message} ebras", **facts)


@pytest.mark.parametrize("code", CODES)
def test_other_words_change_no_decision(code: str) -> None:
    assert shape(explain(ours(sample(code)))) == shape(explain(reworded(sample(code))))


@pytest.mark.parametrize("file", RULE_FILES, ids=lambda file: file.stem)
def test_rules_have_no_means_to_look_for_words(file: Path) -> None:
    tree = ast.parse(file.read_text())
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert "re" not in imported
    assert not hasattr(Facts("x", "y", {}), "message")


@pytest.mark.parametrize("code", CODES)
def test_at_most_one_cause_is_the_probable_one(code: str) -> None:
    for error in (sample(code), SregistryError(code, "x")):
        counted = Counter(cause.likelihood for cause in explain(error).why)
        assert counted[Likelihood.LIKELY] <= 1


@pytest.mark.parametrize("code", CODES)
def test_nothing_is_said_twice(code: str) -> None:
    diagnosis = explain(sample(code))
    lines = [
        diagnosis.title,
        *(line for line in diagnosis.what if "\n" not in line),
        *(cause.text for cause in diagnosis.why),
        *diagnosis.checked,
    ]
    plain = [line.rstrip(".").lower() for line in lines]
    for number, line in enumerate(plain):
        assert not any(line in other for other in plain[number + 1 :] + plain[:number]), line

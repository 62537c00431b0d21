"""The catalogue is whole: every code that the source raises has a rule, a sample and a page, and nothing else has."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import sregistry
from sregistry.diagnosis.rules import RULES
from sregistry.settings import rows
from tests.diagnosis.samples import SAMPLES

SOURCE = Path(sregistry.__file__).parent
PAGES = SOURCE.parent.parent / "docs" / "errors"
FAMILIES = (
    "argument|removed|usage|name|reference|platform|digest|size|setting|network|tls|auth|repository|tag|manifest|blob|rate-limit|registry|"
    "image|layer|pack|squashfs|sif|disk|store|lock|client|database|upload|machine"
)
CODE = re.compile(rf"(?:{FAMILIES})(?:-[a-z0-9]+)+")
#: Words of other vocabularies that look like codes.
NOT_CODES = {"digest-only", "tag-only", "registry-token"}
#: Codes that no room raises by name: what `explain` makes of foreign exceptions.
OURS = {"bug", "interrupted", "calling-program"}


def constants(tree: ast.AST) -> Iterator[str]:
    """Every text in the code, docstrings and comments left out."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value


def raised() -> dict[str, str]:
    """Code -> a file that names it, over all rooms but this one."""
    found: dict[str, str] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        if path.relative_to(SOURCE).parts[0] not in {"diagnosis", "doctor"}:
            for text in constants(ast.parse(path.read_text(encoding="utf-8"))):
                if CODE.fullmatch(text) and text not in NOT_CODES:
                    found.setdefault(text, str(path.relative_to(SOURCE)))
    return found


def setting_facts() -> set[str]:
    """Literal values of the keyword ``setting`` in calls."""
    calls = (
        node
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    )
    values = (word.value for call in calls for word in call.keywords if word.arg == "setting")
    return {value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)}


def test_every_code_that_is_raised_has_a_rule() -> None:
    assert {code: path for code, path in raised().items() if code not in RULES} == {}


def test_every_rule_is_for_a_code_that_is_raised() -> None:
    assert set(RULES) - set(raised()) - OURS == set()


def test_every_rule_has_a_sample_and_every_sample_a_rule() -> None:
    assert set(SAMPLES) == set(RULES)


@pytest.mark.parametrize("code", sorted(RULES))
def test_every_code_has_a_page_with_its_name_and_an_example(code: str) -> None:
    page = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# `{code}`\n")
    assert "**How we know.**" in page
    assert "**What to do.**" in page
    assert "\n```text\n✗ " in page


def test_there_is_no_page_without_a_code() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} - {"index"} == set(RULES)


def test_every_setting_that_an_error_names_exists() -> None:
    options = {name for name in setting_facts() if name.startswith("--")}
    assert setting_facts() - options - set(rows()) == set()

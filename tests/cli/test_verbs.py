"""A verb has one name everywhere: module, page, entry in the navigation, tests."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from sregistry.cli.verbs import VERBS
from tools.machine import REPOSITORY


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_has_a_module_a_page_and_tests(verb: str) -> None:
    name = verb.replace("-", "_")
    command = importlib.import_module(f"sregistry.cli.{name}").command
    assert command.name == verb
    assert command.help
    page = REPOSITORY / f"docs/commands/{verb}.md"
    assert page.read_text("utf-8").startswith(f"# `sregistry {verb}`\n")
    assert re.search(rf"(?m)^{verb}$", (REPOSITORY / "docs/commands/index.md").read_text("utf-8"))
    assert Path(__file__).with_name(f"test_{name}.py").is_file()

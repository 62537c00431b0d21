"""What the project depends on is used, and the documentation says why it is there."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

#: For sessions of people in the shell; our own code does not import it.
FOR_USERS = {"requests"}


def dependencies() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {re.split(r"[<>=\[]", requirement)[0] for requirement in project["dependencies"]}


def imported() -> set[str]:
    """The top-level names of all modules that the program imports, wherever in a file."""
    names: set[str] = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
    return names


def test_every_dependency_is_imported() -> None:
    assert dependencies() - FOR_USERS <= imported()


def test_the_documentation_says_why_each_is_there() -> None:
    text = (ROOT / "docs/dependencies.md").read_text()
    assert dependencies() == set(re.findall(r"^\| `([a-z0-9-]+)` \|", text, re.MULTILINE))

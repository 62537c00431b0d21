"""What holds of the source as a whole: functions are short, every module has its tests where they are looked for."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import sregistry

SOURCE = Path(sregistry.__file__).parent
LONGEST = 40


def lengths(path: Path) -> dict[str, int]:
    """Lines of each function, its docstring left out."""
    found = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            first = node.body[0]
            is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            prose = (first.end_lineno or 0) - first.lineno + 1 if is_docstring else 0
            found[f"{node.name}:{node.lineno}"] = (node.end_lineno or 0) - node.lineno + 1 - prose
    return found


@pytest.mark.parametrize("room", sorted({path.parent for path in SOURCE.rglob("*.py")}), ids=lambda room: room.name)
def test_no_function_is_longer_than_a_screen(room: Path) -> None:
    long = {
        f"{path.name}:{name}": length
        for path in room.glob("*.py")
        for name, length in lengths(path).items()
        if length > LONGEST
    }
    assert long == {}

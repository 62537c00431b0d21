"""What holds of the source as a whole: functions are short, every module has its tests where they are looked for."""

from __future__ import annotations

import ast
import importlib
import tomllib
from collections.abc import Iterable
from fnmatch import fnmatchcase
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


# -- the map of tests ----------------------------------------------------------------------------------

TESTS = Path(__file__).parent
MAP: dict[str, list[str]] = tomllib.loads((TESTS / "map.toml").read_text(encoding="utf-8"))
MODULES = sorted(path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py"))


def has_own_tests(module: str) -> bool:
    """Whether there is ``tests/ROOM/test_MODULE.py``."""
    path = TESTS / module
    return path.with_name(f"test_{path.name}").is_file()


def untested(lines: Iterable[str]) -> list[str]:
    """The modules without tests of their own that none of these lines of the map names."""
    keys = list(lines)
    return [
        module for module in MODULES if not has_own_tests(module) and not any(fnmatchcase(module, key) for key in keys)
    ]


def test_every_module_has_tests_by_its_name_or_by_the_map() -> None:
    assert untested(MAP) == [], "write tests/ROOM/test_MODULE.py, or name in tests/map.toml the files that test it"


@pytest.mark.parametrize("line", MAP)
def test_the_map_names_files_that_exist(line: str) -> None:
    files = MAP[line]
    assert files
    assert [file for file in files if not (TESTS / file).is_file()] == []
    assert all(Path(file).name.startswith("test_") for file in files)


@pytest.mark.parametrize("line", MAP)
def test_no_line_of_the_map_is_superfluous(line: str) -> None:
    others = [other for other in MAP if other != line]
    assert untested(others) != untested(MAP), "its modules have tests without it, or are no more"


@pytest.mark.parametrize("package", [module for module in MODULES if module.endswith("__init__.py")])
def test_what_a_package_offers_is_there(package: str) -> None:
    module = importlib.import_module(".".join(["sregistry", *Path(package).parent.parts]))
    offered = getattr(module, "__all__", [])
    assert [name for name in offered if not hasattr(module, name)] == []
    assert len(set(offered)) == len(offered)

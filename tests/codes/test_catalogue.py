"""The catalogue is whole: what is raised is declared, what is declared is raised, has a rule and a page."""

import ast
import dataclasses
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import sregistry
from sregistry.answers import said
from sregistry.codes import Code, UndeclaredCode, catalogue, declare, declared, every, find
from sregistry.diagnosis.rules import RULES
from sregistry.settings import rows
from tests.codes.declaring import declaring

SOURCE = Path(sregistry.__file__).parent
PAGES = SOURCE.parent.parent / "docs" / "errors"
CODE = re.compile(rf"(?:{'|'.join(catalogue.FAMILIES)})(?:-[a-z0-9]+)+")
#: Rooms that name codes and raise none.
ABOUT = {"codes", "diagnosis", "doctor"}
#: Words of other vocabularies that look like codes.
NOT_CODES = {"digest-only", "tag-only", "registry-token"}
#: Codes that no room raises by name: what `explain` makes of foreign exceptions.
OURS = {"bug", "interrupted", "calling-program"}
ALL = every()


def name_of(code: Code) -> str:
    return code.name


def constants(tree: ast.AST) -> Iterator[str]:
    """Every text in the code, docstrings and comments left out."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value


def raised() -> dict[str, str]:
    """Code -> a file that names it, over all rooms that raise errors."""
    found: dict[str, str] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        if path.relative_to(SOURCE).parts[0] not in ABOUT:
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


# -- what is raised, declared, explained ---------------------------------------------------------------


def test_every_code_that_is_raised_is_declared() -> None:
    assert {code: path for code, path in raised().items() if find(code) is None} == {}


def test_every_code_that_is_declared_is_raised() -> None:
    assert {code.name for code in ALL} - set(raised()) - OURS == set()


def test_every_code_has_words_and_no_others_have() -> None:
    assert set(RULES) == {code.name for code in ALL}


@pytest.mark.parametrize("code", ALL, ids=name_of)
def test_every_code_has_a_page_with_an_example(code: Code) -> None:
    page = (PAGES / f"{code.name}.md").read_text(encoding="utf-8")
    assert page.startswith(code.page.markdown(code.name))
    assert "\n```text\n✗ " in page


def test_there_is_no_page_without_a_code() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} - {"index"} == {code.name for code in ALL}


def test_every_setting_that_an_error_names_exists() -> None:
    options = {name for name in setting_facts() if name.startswith("--")}
    assert setting_facts() - options - set(rows()) == set()


# -- declarations --------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", sorted(set(catalogue.FAMILIES.values())))
def test_a_code_is_found_in_the_module_where_it_is_declared(module: str) -> None:
    catalogue._add(module)
    assert {catalogue._family(code.name) for code in sys.modules[f"sregistry.codes.{module}"].CODES} == {module}


def test_no_code_is_declared_twice() -> None:
    modules = {sys.modules[f"sregistry.codes.{module}"] for module in catalogue.FAMILIES.values()}
    names = [code.name for module in modules for code in module.CODES]
    assert sorted(names) == [code.name for code in ALL]


@pytest.mark.parametrize("code", ALL, ids=name_of)
def test_a_sample_says_what_the_registrys_words_in_it_are_about(code: Code) -> None:
    about = said.about(code.sample.facts)
    assert {name: code.sample.facts.get(name) for name in about} == about


@pytest.mark.parametrize("code", ALL, ids=name_of)
def test_a_page_is_whole(code: Code) -> None:
    texts = (code.page.meaning, code.page.known, code.page.todo)
    assert all(text and text == text.strip() for text in texts)
    assert not code.sample.message.endswith(".")


def test_the_first_error_imports_the_module_of_its_family_only() -> None:
    program = (
        "import sys; from sregistry.errors import SregistryError; SregistryError('tag-unknown', 'x')\n"
        "print(*sorted(name for name in sys.modules if name.startswith('sregistry.codes.')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    names = {name.removeprefix("sregistry.codes.") for name in done.stdout.split()}
    assert names == {"catalogue", "code", "examples", "missing", "who"}


def test_whoever_speaks_to_a_registry_can_raise_every_error_without_a_file_to_open() -> None:
    program = (
        "import resource; import sregistry.http.border; from sregistry.errors import RegistryError\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))\n"
        f"for code in {[code.name for code in ALL]}: RegistryError(code, 'x')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["", "tag", "tag-unknwon", "frobnicated", "-", "tag-", "TAG-UNKNOWN"])
def test_what_nobody_has_declared_is_not_found(name: str) -> None:
    assert find(name) is None
    with pytest.raises(UndeclaredCode):
        declared(name)


def test_another_package_can_declare_its_codes() -> None:
    code = dataclasses.replace(declared("tag-unknown"), name="lab-shelf-empty")
    with declaring(code):
        assert declared("lab-shelf-empty") is code
        assert code in every()
        assert declare(code) is code
    assert find("lab-shelf-empty") is None


@pytest.mark.parametrize("name", ["tag-unknown", "Lab", "lab_shelf", "", "lab--shelf", "../x", "a" * 101])
def test_a_code_of_another_package_has_a_name_of_its_own(name: str) -> None:
    with pytest.raises(ValueError, match=r"declared already|kebab-case"):
        declare(dataclasses.replace(declared("auth-denied"), name=name))

"""The vocabulary of facts is what the source raises and reads, no more and no less."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import sregistry
from sregistry.codes import Code, every
from sregistry.codes.facts import FACTS, SECOND_LOOK
from tests.support.vocabulary import strange

SOURCE = Path(sregistry.__file__).parent
NAMES = {fact.name for fact in FACTS}
CODES = {code.name for code in every()}
#: Modules that make errors of what others have raised.
MAKERS = ("callers.py", "explain.py", "oserrors.py", "report.py")
#: Names within records may be read like facts.
READABLE = NAMES | {name for fact in (*FACTS, *SECOND_LOOK) for name in (fact.name, *fact.fields)}
#: Methods of `diagnosis.Facts` that read one fact by its name.
READERS = {"has", "get", "text", "number", "count", "texts", "part", "parts", "further"}
RULE_FILES = sorted((SOURCE / "diagnosis" / "rules").glob("*.py"))


def trees(*left_out: str) -> Iterator[ast.AST]:
    """The source of all rooms but these."""
    for path in SOURCE.rglob("*.py"):
        if path.relative_to(SOURCE).parts[0] not in left_out:
            yield ast.parse(path.read_text(encoding="utf-8"))


def texts(tree: ast.AST) -> set[str]:
    found = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {value for value in found if isinstance(value, str)}


def keywords(tree: ast.AST) -> set[str]:
    """Names of arguments of calls."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {word.arg for call in calls for word in call.keywords if word.arg}


def read_in(tree: ast.AST) -> set[str]:
    """Facts that the rules read: names that are given to a reader."""
    return {
        str(argument.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READERS
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "words")
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and argument.value.isidentifier()
    }


def looked_up(tree: ast.AST) -> set[str]:
    """Facts of errors that are looked up: ``error.facts["status"]``, ``error.facts.get("status")``."""
    keys = [
        node.slice if isinstance(node, ast.Subscript) else node.args[0]
        for node in ast.walk(tree)
        if (isinstance(node, ast.Subscript) and is_facts(node.value))
        or (isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Attribute) and is_facts(node.func))
    ]
    return {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}


def given(tree: ast.AST) -> set[str]:
    """Facts that are given by name, to an error with a literal code or to one that exists."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    adding = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "with_facts"]
    making = [call for call in calls if call.args and texts(call.args[0]) & CODES and not is_declaration(call)]
    return {word.arg for call in (*adding, *making) for word in call.keywords if word.arg} - {"retryable"}


def is_declaration(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "Code"


def is_facts(node: ast.AST) -> bool:
    inner = node.value if isinstance(node, ast.Attribute) and node.attr == "get" else node
    return isinstance(inner, ast.Attribute) and inner.attr == "facts"


def without_foreign(tree: ast.AST) -> ast.AST:
    """A module without the list of facts that are others' words."""
    assert isinstance(tree, ast.Module)
    tree.body = [node for node in tree.body if not (isinstance(node, ast.Assign) and "_FOREIGN" in ast.unparse(node))]
    return tree


def test_each_name_stands_in_the_vocabulary_once() -> None:
    assert len(NAMES) == len(FACTS)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in READABLE - {"sha256"})


@pytest.mark.parametrize("code", every(), ids=lambda code: code.name)
def test_every_fact_of_a_sample_is_in_the_vocabulary(code: Code) -> None:
    assert strange(code.sample.facts) == []


@pytest.mark.parametrize("file", RULE_FILES, ids=lambda file: file.stem)
def test_every_fact_that_a_rule_reads_is_in_the_vocabulary(file: Path) -> None:
    assert read_in(ast.parse(file.read_text(encoding="utf-8"))) - READABLE == set()


def test_every_fact_that_is_looked_up_is_in_the_vocabulary() -> None:
    assert set().union(*map(looked_up, trees())) - READABLE == set()


def test_every_fact_is_read() -> None:
    diagnosis = (ast.parse(path.read_text(encoding="utf-8")) for path in (SOURCE / "diagnosis").rglob("*.py"))
    read = set().union(*(texts(without_foreign(tree)) for tree in diagnosis), *map(looked_up, trees()))
    assert NAMES - read == set()


def test_every_fact_is_raised() -> None:
    makers = [ast.parse((SOURCE / "diagnosis" / name).read_text(encoding="utf-8")) for name in MAKERS]
    raised = set().union(*(keywords(tree) | texts(tree) for tree in (*trees("codes", "diagnosis"), *makers)))
    assert NAMES - raised == set()


def test_every_fact_that_is_raised_by_name_is_in_the_vocabulary() -> None:
    """Those in dictionaries are seen while other tests run, see tests/conftest.py."""
    assert set().union(*map(given, trees())) - NAMES == set()

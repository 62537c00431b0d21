"""No regular expression of the package takes more than a moment on anything that can be sent to it."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import sregistry

try:
    from re import _parser as sre_parse  # type: ignore[attr-defined]
except ImportError:  # pragma: no cover
    import sre_parse  # type: ignore[import-not-found,no-redef]

Pattern = re.Pattern[str] | re.Pattern[bytes]
ANCHORED = {"match", "fullmatch"}
#: The longest line that http.client takes.
LONGEST = 65536
#: Seconds, on a machine that others use, too.
MOMENT = 1.0
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(sregistry.__path__, "sregistry.")
    if ".migrations." not in module.name and not module.name.endswith("__main__")
)


@dataclass(frozen=True)
class Use:
    """An expression and how it is used: from the beginning of a text only, or anywhere in it."""

    pattern: Pattern
    anchored: bool


def expressions() -> dict[str, Use]:
    """Every expression: those that modules keep, and those that are written where they are used."""
    found: dict[str, Use] = {}
    for name in MODULES:
        module = importlib.import_module(name)
        source = Path(str(module.__file__)).read_text()
        for attribute, value in vars(module).items():
            methods = set(re.findall(rf"\b{re.escape(attribute)}\.(\w+)\(", source)) or {"search"}
            for pattern in _patterns(value):
                found.setdefault(f"{attribute} {pattern.pattern!r}", Use(pattern, methods <= ANCHORED))
        for method, text in _inline(source):
            found[f"{name} {text!r}"] = Use(re.compile(text), method in ANCHORED)
    return found


def _patterns(value: object) -> Iterator[Pattern]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _patterns(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _patterns(item)


def _inline(source: str) -> Iterator[tuple[str, str | bytes]]:
    """Expressions in calls such as ``re.search(r"…", text)``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr != "compile":
            module, first = node.func.value, node.args[0] if node.args else None
            if isinstance(module, ast.Name) and module.id == "re" and isinstance(first, ast.Constant):
                yield node.func.attr, first.value


def beginnings(pattern: Pattern) -> list[str]:
    """Texts that match the first parts of an expression, each one part more than the last."""
    parsed = sre_parse.parse(_source(pattern), pattern.flags & ~re.DEBUG & ~re.UNICODE)
    nodes = list(parsed)
    samples = ["".join(map(_sample, nodes[:end])) for end in range(1, len(nodes) + 1)]
    inner = ["".join(map(_sample, branch)) for node in nodes for branch in _branches(node)]
    return [text for text in dict.fromkeys([*samples, *inner]) if text]


def _sample(node: tuple[object, Any]) -> str:
    """A text that matches one node of a parsed expression, or nearly."""
    kind, value = str(node[0]), node[1]
    if kind == "LITERAL":
        return chr(value)
    if kind == "IN":
        return next(_letters(value), "a")
    if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        return "".join(map(_sample, value[2])) * max(int(value[0]), 1)
    if kind in ("SUBPATTERN", "ATOMIC_GROUP"):
        return "".join(map(_sample, value[-1] if kind == "SUBPATTERN" else value))
    if kind == "BRANCH":
        return "".join(map(_sample, value[1][0]))
    return "a" if kind in ("ANY", "NOT_LITERAL") else ""


def _branches(node: tuple[object, Any]) -> Iterator[Any]:
    kind, value = str(node[0]), node[1]
    if kind == "BRANCH":
        yield from value[1]
    elif kind == "SUBPATTERN":
        for inner in value[-1]:
            yield from _branches(inner)
    elif kind.endswith("REPEAT"):
        for inner in value[2]:
            yield from _branches(inner)


def _letters(members: Any) -> Iterator[str]:
    negated = str(members[0][0]) == "NEGATE"
    for kind, value in members:
        if str(kind) == "LITERAL":
            yield "~" if negated else chr(value)
        elif str(kind) == "RANGE":
            yield "~" if negated else chr(value[0])
        elif str(kind) == "CATEGORY":
            yield {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " "}.get(str(value), "a")


def inputs(pattern: Pattern) -> Iterator[tuple[str, str]]:
    """What to repeat, and what stands before it."""
    begun = beginnings(pattern)
    letters = list(dict.fromkeys("".join(begun)))[:8]
    fillers = list(dict.fromkeys(["a", "1", " ", "\n", ".", '"', "~", *letters]))
    yield from product([*fillers, *begun], ["", *begun])
    yield from ((start + letter, "") for start, letter in product(begun, fillers))
    yield from ((one + other, "") for one, other in product(fillers, repeat=2))


def seconds(use: Use, text: str) -> float:
    """How long the use of an expression on `text` takes."""
    pattern: Any = use.pattern
    given = text if isinstance(pattern.pattern, str) else text.encode("latin-1", "replace")
    began = time.process_time()
    if use.anchored:
        pattern.match(given)
        pattern.fullmatch(given)
    else:
        pattern.sub(given[:0], given)
    return time.process_time() - began


def slow(use: Use) -> str:
    """The worst input, if it takes longer than a moment; most are told by a part of it."""
    pattern = use.pattern
    for unit, start in inputs(pattern):
        size = 2048
        while seconds(use, start + unit * (size // len(unit)) + "\0") > MOMENT * (size / LONGEST) ** 2:
            # A quadratic one may take as long as this; again, as the machine may have been busy.
            taken = seconds(use, start + unit * (size // len(unit)) + "\0")
            if taken > MOMENT / 4 or size == LONGEST:
                return f"{start!r} and {unit!r} take {taken:.2f} s at {size}" if taken > MOMENT * size / LONGEST else ""
            size *= 2
    return ""


def _source(pattern: Pattern) -> str:
    return pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")


EXPRESSIONS = expressions()


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_no_expression_takes_long(name: str) -> None:
    assert slow(EXPRESSIONS[name]) == ""

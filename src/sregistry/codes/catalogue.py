"""The catalogue: each code is declared in the module of its family, which is imported when one of them is wanted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module

from sregistry.codes.code import Code

#: How a code begins -> the module of this package that declares it; the longest that fits counts.
FAMILIES: Mapping[str, str] = {
    "argument": "usage",
    "auth": "auth",
    "blob": "blob",
    "bug": "bug",
    "calling-program": "bug",
    "copy": "copy",
    "digest": "content",
    "disk": "disk",
    "endpoint": "endpoint",
    "image": "image",
    "interrupted": "bug",
    "layer": "layer",
    "layout": "layout",
    "lock": "cache",
    "machine": "machine",
    "manifest": "manifest",
    "name": "reference",
    "network": "network",
    "network-proxy": "proxy",
    "pack": "cache",
    "platform": "reference",
    "rate-limit": "limit",
    "reference": "reference",
    "registry": "registry",
    "removed": "usage",
    "repository": "missing",
    "setting": "setting",
    "sif": "sif",
    "size": "content",
    "squashfs": "squashfs",
    "store": "store",
    "store-cache": "cache",
    "store-database": "database",
    "tag": "missing",
    "tls": "tls",
    "web": "web",
}

_NAME = re.compile(r"(?=.{1,100}\Z)[a-z0-9]+(-[a-z0-9]+)*")
_declared: dict[str, Code] = {}


class UndeclaredCode(LookupError):  # noqa: N818 - what it is, not that it is an error, is the point of the name
    """An error was raised with a code that nobody has declared: a fault of the program."""


def declared(name: str) -> Code:
    """The declaration of the code `name`.

    Raises:
        UndeclaredCode: there is none.
    """
    found = find(name)
    if found is None:
        raise UndeclaredCode(f"the code {name!r} is not declared: see sregistry.codes")
    return found


def find(name: str) -> Code | None:
    """The declaration of the code `name`; None where there is none."""
    if name not in _declared:
        family = _family(name)
        if family is not None:
            _add(family)
    return _declared.get(name)


def declare(code: Code) -> Code:
    """Declare a code of another package, whose errors can be raised and are explained from then on.

    Returns:
        `code`.

    Raises:
        ValueError: the name is not in kebab-case, or another code has it.
    """
    if not _NAME.fullmatch(code.name):
        raise ValueError(f"{code.name!r} is not a name in kebab-case")
    if find(code.name) not in (None, code):
        raise ValueError(f"the code {code.name} is declared already")
    _declared[code.name] = code
    return code


def every() -> tuple[Code, ...]:
    """All codes by name."""
    for family in FAMILIES.values():
        _add(family)
    return tuple(_declared[name] for name in sorted(_declared))


def _family(name: str) -> str | None:
    beginning = name
    while beginning and beginning not in FAMILIES:
        beginning = beginning.rpartition("-")[0]
    return FAMILIES.get(beginning)


def _add(family: str) -> None:
    codes: tuple[Code, ...] = import_module(f"sregistry.codes.{family}").CODES
    for code in codes:
        _declared.setdefault(code.name, code)

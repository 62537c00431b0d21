"""The sample of every code as an error."""

from __future__ import annotations

from sregistry.codes import declared, every
from sregistry.errors import SregistryError

CODES = tuple(code.name for code in every())


def sample(code: str) -> SregistryError:
    """The sample error of `code`."""
    declaration = declared(code)
    return SregistryError(code, declaration.sample.message, **declaration.sample.facts)

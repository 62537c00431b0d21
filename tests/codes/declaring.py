"""Declares a code of another package for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sregistry.codes import Code, catalogue, declare


@contextmanager
def declaring(code: Code) -> Iterator[Code]:
    """`code` is declared until the block ends."""
    yield declare(code)
    del catalogue._declared[code.name]

"""Importing ahead: a module that is needed soon, while the disk is idle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sregistry.resources import threads


@contextmanager
def assembly_loading() -> Iterator[None]:
    """Import the assembly in a thread: once the layers are there, the disk is busy with them, and it would wait."""

    def load() -> None:
        with suppress(Exception):  # whatever it is, it comes again where the import is needed
            import sregistry.assembly.build  # noqa: F401

    thread = threads.start(load, "import")
    try:
        yield
    finally:
        if thread is not None:
            thread.join()

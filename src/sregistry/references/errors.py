"""The error of this room: a name that cannot be read, with the place where reading stopped."""

from __future__ import annotations

from typing import Any

from sregistry.errors import SregistryError


class InvalidReference(SregistryError):  # noqa: N818 (a public name)
    """Text that is not a reference (or platform).

    Facts: ``source`` (the text as given), ``span`` ([start, end) of the offending characters, when
    known), ``suggestion`` (a reference that would be accepted, when one is evident).
    """

    def __init__(self, code: str, message: str, **facts: Any) -> None:
        super().__init__(code, message, **facts)

"""The error of this room."""

from __future__ import annotations

from typing import Any

from sregistry.errors import SregistryError


class SquashfsError(SregistryError):
    """An image that cannot be read, or a tree that the format cannot hold. Facts: ``detail``, ``path``."""


def corrupt(detail: str, **facts: Any) -> SquashfsError:
    """Return the error for an image that breaks the rules of the format; `detail` says which."""
    return SquashfsError("squashfs-corrupt", "the squashfs image is damaged", detail=detail, **facts)

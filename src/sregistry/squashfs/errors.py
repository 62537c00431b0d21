"""The error of this room."""

from __future__ import annotations

from sregistry.errors import SregistryError


class SquashfsError(SregistryError):
    """An image that cannot be read, or a tree that the format cannot hold. Facts: ``detail``, ``path``."""

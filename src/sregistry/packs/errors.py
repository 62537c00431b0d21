"""The error of this room: a pack file that cannot be used (it is then made anew)."""

from __future__ import annotations

from sregistry.errors import SregistryError


class PackError(SregistryError):
    """A pack is damaged, incomplete or of another version. Facts: ``file``, ``detail``."""

"""The error of this room: an image whose parts cannot be put together."""

from __future__ import annotations

from sregistry.errors import SregistryError


class AssemblyError(SregistryError):
    """The image's config is unusable, or its layers do not form a tree. Facts: ``field``, ``path``."""

"""The error of this room: a folder or archive that does not hold what its reference says."""

from __future__ import annotations

from sregistry.errors import SregistryError


class LayoutError(SregistryError):
    """A folder or archive of images cannot be read, or has no such image.

    Facts: ``layout`` (its path), ``scheme``, ``member`` (the file in it that it is about), ``detail``.
    """

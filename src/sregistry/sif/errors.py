"""The error of this room."""

from __future__ import annotations

from sregistry.errors import SregistryError


class SifError(SregistryError):
    """A file that is no usable SIF, or an object that SIF cannot hold. Facts: ``detail``, ``format``."""

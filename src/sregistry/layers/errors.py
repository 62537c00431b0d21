"""The error of this room: a layer whose bytes are not a tar archive we can (or may) apply."""

from __future__ import annotations

from sregistry.errors import SregistryError


class LayerError(SregistryError):
    """A layer is corrupt, hostile or of an unsupported form.

    Facts: ``path`` (the entry), ``offset`` (bytes into the unpacked tar), ``limit`` and ``setting``
    where a limit was met; callers add ``layer`` (digest) and ``layer_index``.
    """

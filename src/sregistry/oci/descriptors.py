"""Descriptors: what a manifest says about a piece of content before it is fetched.

Source: OCI Image Specification, "descriptor.md".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sregistry import gojson
from sregistry.digests import HEX_LENGTH, Digest, DigestError
from sregistry.errors import RegistryError
from sregistry.oci import media_types

#: No blob is larger; beyond it a size is nonsense.
_LARGEST = 1 << 50

PLATFORM = gojson.struct("architecture", "os", "os.version", "variant", os__features=gojson.List())
DESCRIPTOR = gojson.struct(
    *("mediaType", "digest", "size", "artifactType", "data"),
    urls=gojson.List(),
    annotations=gojson.Map(),
    platform=PLATFORM,
)


@dataclass(frozen=True, slots=True)
class Descriptor:
    """Type, digest and size of content.

    Attributes:
        media_type: "" where it is not said; then the content tells.
        size: 0 where it is not said.
        urls: other places to get it from (foreign layers).
        artifact_type: of the manifest described, in indexes and referrers.
    """

    media_type: str
    digest: Digest
    size: int
    urls: tuple[str, ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)
    artifact_type: str | None = None

    def facts(self) -> dict[str, Any]:
        """The descriptor as facts."""
        return {"digest": str(self.digest), "size": self.size, "media_type": self.media_type}


def parse(value: Any, where: str) -> Descriptor:
    """Read one `DESCRIPTOR`; `where` (such as ``layers[2]``) names it in messages.

    Raises:
        RegistryError: ``manifest-malformed``.
    """
    if not isinstance(value, dict):
        raise malformed(where, "an object", value)
    media_type, size = value.get("mediaType"), value.get("size")
    if not isinstance(media_type, str | None):
        raise malformed(f"{where}.mediaType", "a media type", media_type)
    size = 0 if size is None else size
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise malformed(f"{where}.size", "a size in bytes", size)
    if size > _LARGEST:
        raise malformed(f"{where}.size", "a size of at most a petabyte", size)
    artifact_type = value.get("artifactType")
    return Descriptor(
        media_types.essence(media_type),
        digest(value.get("digest"), f"{where}.digest"),
        size,
        tuple(text for text in _list(value.get("urls")) if isinstance(text, str)),
        annotations_of(value),
        artifact_type if isinstance(artifact_type, str) else None,
    )


def digest(value: Any, where: str) -> Digest:
    """Read a digest that can be verified; raise RegistryError ``manifest-malformed``."""
    try:
        found = Digest.parse(value) if isinstance(value, str) else None
    except DigestError:
        found = None
    if found is None or found.algorithm not in HEX_LENGTH:
        raise malformed(where, "a digest", value)
    return found


def annotations_of(value: Mapping[str, Any]) -> dict[str, str]:
    """The annotations of a document or descriptor that are text, as they have to be."""
    found = value.get("annotations")
    if not isinstance(found, dict):
        return {}
    return {name: text for name, text in found.items() if isinstance(text, str)}


def malformed(where: str, expected: str, actual: Any) -> RegistryError:
    """The error for a field that breaks the rules."""
    shown = repr(actual)[:100] if actual is not None else "nothing"
    return RegistryError(
        "manifest-malformed",
        f"the manifest has {shown} where {expected} must be ({where})",
        field=where,
        expected=expected,
        actual=shown,
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []

"""What a manifest names: further manifests, blobs, and layers that are kept elsewhere.

Sources: OCI Image Specification, "manifest.md", "image-index.md"; Docker schema 1 and 2. An entry of an index may be
anything (BuildKit lists layers and the config of its cache): what is not of the type of a manifest is a blob.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sregistry.digests import Digest
from sregistry.oci import descriptors, media_types
from sregistry.oci.descriptors import Descriptor, malformed
from sregistry.oci.manifests import Manifest


@dataclass(frozen=True, slots=True)
class Contents:
    """What one manifest names, each digest once, in its order.

    Attributes:
        manifests: of an index.
        blobs: config and layers, or whatever else it has; a size of 0 is not told.
        foreign: layers that registries must not hold, with the addresses where they are.
    """

    manifests: tuple[Descriptor, ...] = ()
    blobs: tuple[Descriptor, ...] = ()
    foreign: tuple[Descriptor, ...] = ()


def of(manifest: Manifest) -> Contents:
    """What `manifest` names.

    Raises:
        RegistryError: ``manifest-malformed``.
    """
    if manifest.is_schema1:
        return Contents(blobs=_once(_schema1(manifest)))
    if manifest.is_index:
        entries = _once(manifest.descriptors("manifests"))
        return Contents(
            tuple(entry for entry in entries if is_manifest(entry)),
            tuple(entry for entry in entries if not is_manifest(entry)),
        )
    if manifest.media_type == media_types.OCI_ARTIFACT:
        return Contents(blobs=_once(manifest.descriptors("blobs") if manifest.document.get("blobs") else ()))
    named = _once((descriptors.parse(manifest.document.get("config"), "config"), *manifest.descriptors("layers")))
    return Contents(
        blobs=tuple(one for one in named if not is_elsewhere(one)),
        foreign=tuple(one for one in named if is_elsewhere(one)),
    )


def is_manifest(descriptor: Descriptor) -> bool:
    """Whether an entry of an index is a manifest; one without a type is taken for one."""
    return not descriptor.media_type or descriptor.media_type in media_types.KNOWN


def is_elsewhere(descriptor: Descriptor) -> bool:
    """Whether this is a layer that a registry must not hold, and that says where it is."""
    return bool(descriptor.urls) and media_types.is_foreign(descriptor.media_type)


def subject(manifest: Manifest) -> Digest | None:
    """The manifest that this one refers to, as signatures do; raises RegistryError ``manifest-malformed``."""
    value = manifest.document.get("subject")
    return descriptors.parse(value, "subject").digest if value else None


def _schema1(manifest: Manifest) -> list[Descriptor]:
    listed = manifest.document.get("fsLayers")
    if not isinstance(listed, list):
        raise malformed("fsLayers", "a list", listed)
    return [
        Descriptor(
            media_types.DOCKER_LAYER,
            descriptors.digest(item.get("blobSum") if isinstance(item, dict) else None, f"fsLayers[{number}].blobSum"),
            0,
        )
        for number, item in enumerate(listed)
    ]


def _once(found: Iterable[Descriptor]) -> tuple[Descriptor, ...]:
    """Each digest once; the size is that of the first that tells it."""
    each: dict[Digest, Descriptor] = {}
    for one in found:
        before = each.setdefault(one.digest, one)
        if not before.size and one.size:
            each[one.digest] = replace(before, size=one.size)
    return tuple(each.values())

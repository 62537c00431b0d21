"""Manifests: bytes of any kind -> a `Manifest`, or an error that says what they are instead.

The kind is decided by the content; what ``Content-Type`` and ``mediaType`` say is a hint that is
checked, because both are wrong in practice. Sources: OCI Image Specification, "manifest.md" and
"image-index.md"; Docker schema 1 and 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sregistry import gojson
from sregistry.answers import facts as reading
from sregistry.digests import Digest
from sregistry.errors import RegistryError
from sregistry.notebook import Shown
from sregistry.oci import media_types, schema1
from sregistry.oci.descriptors import DESCRIPTOR, Descriptor, malformed
from sregistry.oci.descriptors import parse as parse_descriptor

#: The fields of manifests of all kinds.
_MANIFEST = gojson.struct(
    *("schemaVersion", "mediaType", "artifactType", "name", "tag", "architecture"),
    config=DESCRIPTOR,
    layers=gojson.List(DESCRIPTOR),
    manifests=gojson.List(DESCRIPTOR),
    blobs=gojson.List(DESCRIPTOR),
    subject=DESCRIPTOR,
    annotations=gojson.Map(),
    fsLayers=gojson.List(gojson.struct("blobSum")),
    history=gojson.List(gojson.struct("v1Compatibility")),
    signatures=gojson.List(),
)


@dataclass(frozen=True, slots=True)
class Manifest(Shown):
    """A manifest or index as it came.

    Attributes:
        media_type: what it is, by its content.
        digest: of `raw` (of the payload, for a signed schema 1 manifest).
        document: the parsed JSON object, its fields in the specification's spelling.
        url: where it came from, secrets removed.
        warnings: what was odd about it and did not matter.
    """

    raw: bytes
    media_type: str
    digest: Digest
    document: dict[str, Any]
    url: str = ""
    warnings: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """The manifest in JSON's types."""
        return {
            "media_type": self.media_type,
            "digest": str(self.digest),
            "size": len(self.raw),
            "url": self.url,
            "document": self.document,
            "warnings": list(self.warnings),
        }

    def __repr__(self) -> str:
        """A short one: the bytes alone are pages."""
        return f"<{self.media_type} {self.digest}, {len(self.raw)} bytes>"

    @property
    def is_index(self) -> bool:
        """Whether it lists manifests."""
        return self.media_type in media_types.INDEXES

    @property
    def is_schema1(self) -> bool:
        """Whether it is of the old kind, with layers newest first."""
        return self.media_type in media_types.SCHEMA1_TYPES

    def descriptors(self, name: str) -> list[Descriptor]:
        """The descriptors in the list `name`; raise RegistryError ``manifest-malformed``."""
        items = self.document.get(name)
        if not isinstance(items, list):
            raise malformed(name, "a list", items)
        return [parse_descriptor(item, f"{name}[{index}]") for index, item in enumerate(items)]


def parse(raw: bytes, content_type: str | None = None, url: str = "") -> Manifest:
    """Read a manifest of any kind.

    Raises:
        RegistryError: ``manifest-empty``, ``manifest-truncated``, ``manifest-malformed`` (no JSON, no
            manifest, no schemaVersion), ``manifest-contradiction`` (two kinds at once),
            ``manifest-unsupported`` (another schemaVersion, another kind), ``registry-web-page``.
    """
    document = _object(raw, content_type)
    kind = _kind(document, raw, media_types.essence(content_type))
    said = document.get("mediaType")
    said = said if isinstance(said, str) else None
    warnings = []
    for claim, source in ((media_types.essence(content_type), "Content-Type"), (said, "the manifest itself")):
        if claim in media_types.KNOWN and claim != kind and not {claim, kind} <= media_types.SCHEMA1_TYPES:
            warnings.append(f"{source} says {claim}, but the manifest is {kind}")
    hashed = schema1.payload(raw) if kind in media_types.SCHEMA1_TYPES else raw
    return Manifest(raw, kind, Digest.of(hashed), document, url, tuple(warnings))


def _object(raw: bytes, content_type: str | None) -> dict[str, Any]:
    if not raw.strip():
        raise RegistryError("manifest-empty", "the registry's answer is empty where the manifest should be")
    if reading.is_html(raw, content_type):
        title = reading.page_title(raw.decode("utf-8", "replace"))
        titled = f', titled "{title}"' if title else ""
        message = f"a web page (HTML){titled} came where the manifest should be; that is not a registry's answer"
        raise RegistryError("registry-web-page", message, **reading.of_body(raw, content_type))
    if raw.startswith(b"\x1f\x8b"):
        message = "the manifest came gzip-compressed, and its header does not say so: the Content-Encoding was lost"
        raise RegistryError("manifest-malformed", message, fault="gzip", actual_size=len(raw))
    head: dict[str, Any] = {"body_head": reading.of_text(raw), "actual_size": len(raw)}
    try:
        document = gojson.read(raw, _MANIFEST)
    except gojson.JsonError as error:
        if error.ends_early:
            message = "the manifest is incomplete: its JSON ends too early (truncated)"
            raise RegistryError("manifest-truncated", message, actual=str(Digest.of(raw)), **head) from error
        place = "" if error.position is None else f" at byte {error.position}"
        message = f"what came where the manifest should be is not JSON: {error.reason}{place}"
        raise RegistryError("manifest-malformed", message, fault="json", reason=error.reason, **head) from error
    if not isinstance(document, dict):
        message = "what came where the manifest should be is JSON, but not an object"
        raise RegistryError("manifest-malformed", message, **head)
    return document


def _kind(document: dict[str, Any], raw: bytes, declared: str) -> str:
    """The media type that fits the content; null, an empty list and an empty descriptor are nothing, as in Go."""
    said = document.get("mediaType")
    said = said if isinstance(said, str) and said else declared
    is_index, is_image = bool(document.get("manifests")), bool(document.get("layers") or _has_config(document))
    version = document.get("schemaVersion")
    if version == 1 and not isinstance(version, bool):
        return media_types.SCHEMA1_SIGNED if document.get("signatures") is not None else media_types.SCHEMA1
    _check_version(document, raw, said, told=is_index or is_image)
    if is_index and is_image:
        message = "the manifest claims to be an index and an image at once"
        raise RegistryError("manifest-contradiction", message, media_type=said)
    if not is_index and not is_image and said != media_types.OCI_ARTIFACT:
        is_index, is_image = _empty_kind(document, said)
    if is_index and isinstance(document.get("manifests"), list):
        return said if said in media_types.INDEXES else media_types.OCI_INDEX
    if is_image and isinstance(document.get("layers"), list) and "config" in document:
        return said if said in media_types.IMAGES else _image_kind(document)
    if said == media_types.OCI_ARTIFACT:
        return media_types.OCI_ARTIFACT
    keys = ", ".join(sorted(document)[:12])
    message = f"the manifest is of an unknown kind: it has neither config and layers nor a list of manifests ({keys})"
    raise RegistryError("manifest-unsupported", message, media_type=said or None)


def _has_config(document: dict[str, Any]) -> bool:
    """Whether there is a descriptor of a config; Go writes one that is not set with an empty digest."""
    config = document.get("config")
    return bool(config.get("digest")) if isinstance(config, dict) else config is not None


def _empty_kind(document: dict[str, Any], said: str) -> tuple[bool, bool]:
    """Whether a manifest that lists nothing is an index, and whether it is an image."""
    if said in media_types.INDEXES | media_types.IMAGES:
        return said in media_types.INDEXES, said in media_types.IMAGES
    is_index, is_image = (isinstance(document.get(name), list) for name in ("manifests", "layers"))
    return is_index and not is_image, is_image and not is_index


def _check_version(document: dict[str, Any], raw: bytes, said: str, *, told: bool) -> None:
    """Return if the schemaVersion is 2, or left out (0) of what is an image or an index without doubt, as `told`."""
    version = document.get("schemaVersion")
    if version in (None, 0) and not isinstance(version, bool):
        if not told and said != media_types.OCI_ARTIFACT:
            raise _no_manifest(document, raw)
    elif version != 2 or isinstance(version, bool):
        shown = f'"{version[:20]}", a text' if isinstance(version, str) else f"{version}"[:24]
        message = f"the manifest has schemaVersion {shown}, which is not known"
        raise RegistryError("manifest-unsupported", message, schema_version=str(version)[:20], media_type=said)


def _image_kind(document: dict[str, Any]) -> str:
    config = document.get("config")
    docker = isinstance(config, dict) and config.get("mediaType") == media_types.DOCKER_CONFIG
    return media_types.DOCKER_MANIFEST if docker else media_types.OCI_MANIFEST


def _no_manifest(document: dict[str, Any], raw: bytes) -> RegistryError:
    listed = reading.errors(raw)
    facts: dict[str, Any] = {"keys": sorted(document)[:20], "body_head": reading.of_text(raw)}
    if listed:
        message = "the registry sent an error message where the manifest should be, with a status that says success"
        return RegistryError("manifest-malformed", message, errors=listed, reason="no schemaVersion", **facts)
    looks = "the image's config" if "rootfs" in document else "something else"
    message = f"what came is JSON but not a manifest: it has no schemaVersion (it looks like {looks})"
    return RegistryError("manifest-malformed", message, reason="no schemaVersion", looks_like=looks, **facts)

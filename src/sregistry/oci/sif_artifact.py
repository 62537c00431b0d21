"""SIF files as Apptainer and SingularityCE keep them in registries: a manifest with one layer, which is the file.

The bytes of a manifest are those that Apptainer 1.5 writes (Go's ``encoding/json``), so that the same file with the
same annotations is the same manifest. Sources: apptainer, ``internal/pkg/client/oras``; OCI Image Specification,
"manifest.md", section "Guidelines for Artifact Usage".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from sregistry.digests import Digest
from sregistry.errors import RegistryError
from sregistry.oci import artifacts, descriptors, index, media_types
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.manifests import Manifest, parse
from sregistry.references import Platform

CONFIG = "application/vnd.sylabs.sif.config.v1+json"
LAYER = "application/vnd.sylabs.sif.layer.v1.sif"
#: Of Singularity before 3.7, with its typing error.
_OLD_LAYER = "appliciation/vnd.sylabs.sif.layer.tar"
LAYERS = frozenset({LAYER, _OLD_LAYER})
EMPTY_CONFIG = b"{}"
CONFIG_DESCRIPTOR = Descriptor(CONFIG, Digest.of(EMPTY_CONFIG), len(EMPTY_CONFIG))
TITLE = "org.opencontainers.image.title"
_SUFFIXES = (".sif", ".simg")
#: What Go writes otherwise than Python.
_ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}

#: Bytes that are no UTF-8, as Python has them in the name of a file.
_NO_TEXT = re.compile("[\ud800-\udfff]")


def find(manifest: Manifest, tag: str | None) -> tuple[Descriptor, list[str]]:
    """The layer that is the SIF file, and what there is to be said about others.

    A single file of another media type is taken if it is called ``….sif``; its bytes will tell.

    Raises:
        RegistryError: ``image-in-layers`` for a container image; ``image-several-files``; ``image-artifact``,
            ``manifest-malformed``, ``manifest-nested``.
    """
    if manifest.is_index:
        message = "the index entry chosen is an index itself"
        raise RegistryError("manifest-nested", message, digest=str(manifest.digest), limit=1)
    name = "blobs" if manifest.media_type == media_types.OCI_ARTIFACT else "layers"
    layers = manifest.descriptors(name)
    files = [layer for layer in layers if layer.media_type in LAYERS] or _called_so(manifest, layers)
    if len(files) == 1:
        others = len(layers) - 1
        return files[0], [f"beside the SIF file there are {others} other files, which are left"] if others else []
    if files:
        titles = [layer.annotations.get(TITLE, str(layer.digest)) for layer in files]
        message = f"there are {len(files)} SIF files under this name"
        raise RegistryError("image-several-files", message, digest=str(manifest.digest), files=titles)
    raise _something_else(manifest, layers, tag)


def _called_so(manifest: Manifest, layers: list[Descriptor]) -> list[Descriptor]:
    """The only file of an artifact, where its name says that it is a SIF file."""
    if _is_image(manifest):
        return []
    named = [layer for layer in layers if layer.annotations.get(TITLE, "").endswith(_SUFFIXES)]
    return named if len(layers) == 1 else []


def _is_image(manifest: Manifest) -> bool:
    config = manifest.document.get("config")
    return isinstance(config, dict) and config.get("mediaType") in media_types.CONFIGS


def _something_else(manifest: Manifest, layers: list[Descriptor], tag: str | None) -> RegistryError:
    if manifest.media_type == media_types.OCI_ARTIFACT:
        artifacts.check(manifest, None, layers, tag)
    config = descriptors.parse(manifest.document.get("config"), "config")
    artifacts.check(manifest, config, layers, tag)
    message = "this is a container image in layers, not a SIF file"
    return RegistryError("image-in-layers", message, digest=str(manifest.digest), media_type=manifest.media_type)


def is_sif(manifest: Manifest) -> bool:
    """Whether a manifest that is no index is one of a SIF file."""
    try:
        find(manifest, None)
    except RegistryError:
        return False
    return True


def make(file: Digest, size: int, title: str, annotations: Mapping[str, str]) -> Manifest:
    """The manifest of a SIF file called `title`."""
    config = {"mediaType": CONFIG, "size": len(EMPTY_CONFIG), "digest": str(CONFIG_DESCRIPTOR.digest), "data": "e30="}
    layer = {"mediaType": LAYER, "size": size, "digest": str(file), "annotations": {TITLE: title}}
    document: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "config": config,
        "layers": [layer],
    }
    if annotations:
        document["annotations"] = dict(sorted(annotations.items()))
    return parse(_go_json(document), media_types.OCI_MANIFEST)


def with_platform(former: Manifest | None, manifests: Mapping[Platform, Manifest]) -> Manifest:
    """An index of SIF files for several platforms.

    Args:
        former: the index there was, whose other entries and fields are kept as they are; None for a new one.
        manifests: what is new, by platform; it replaces entries for the same.
    """
    document: dict[str, Any] = {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX}
    document |= former.document if former else {}
    kept = [item for item in document.get("manifests", ()) if _stays(item, manifests)]
    document["manifests"] = [*kept, *(_entry(platform, manifest) for platform, manifest in manifests.items())]
    return parse(_go_json(document), media_types.OCI_INDEX)


def _stays(item: Any, manifests: Mapping[Platform, Manifest]) -> bool:
    """Whether an entry is for none of the platforms."""
    value = item.get("platform") if isinstance(item, dict) else None
    found = index.platform_of(value) if isinstance(value, dict) else None
    return found is None or not any(found.alike(platform) for platform in manifests)


def _entry(platform: Platform, manifest: Manifest) -> dict[str, Any]:
    shown = {"architecture": platform.architecture, "os": platform.os}
    if platform.variant:
        shown["variant"] = platform.variant
    size, digest = len(manifest.raw), str(manifest.digest)
    return {"mediaType": manifest.media_type, "size": size, "digest": digest, "platform": shown}


def _go_json(document: Any) -> bytes:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    for character, escaped in _ESCAPED.items():
        text = text.replace(character, escaped)
    return _NO_TEXT.sub(r"\\ufffd", text).encode()

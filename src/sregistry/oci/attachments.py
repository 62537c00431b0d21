"""The manifest of a file that is attached to another manifest: its subject.

Source: OCI Image Specification 1.1, "manifest.md", sections "Image Manifest Property Descriptions" (``subject``,
``artifactType``) and "Guidelines for Artifact Usage".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from sregistry.digests import Digest
from sregistry.oci import media_types
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.manifests import Manifest, parse

EMPTY = b"{}"
EMPTY_CONFIG = Descriptor(media_types.OCI_EMPTY, Digest.of(EMPTY), len(EMPTY))
TITLE = "org.opencontainers.image.title"
#: RFC 6838, section 4.2; parameters are no part of a media type here.
_NAME = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
_MEDIA_TYPE = re.compile(f"{_NAME}/{_NAME}")


def is_media_type(text: str) -> bool:
    """Whether `text` is a media type, such as ``application/spdx+json``."""
    return bool(_MEDIA_TYPE.fullmatch(text))


def make(subject: Manifest, file: Descriptor, title: str, annotations: Mapping[str, str]) -> Manifest:
    """The manifest of a file called `title`; the same file and annotations make the same manifest.

    Args:
        subject: what it is attached to.
        file: its type is also that of the artifact.
        title: of the file, and of the manifest, so that lists of referrers tell it.
        annotations: of the manifest, beside the title.
    """
    document: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "artifactType": file.media_type,
        "config": {**_entry(EMPTY_CONFIG), "data": "e30="},
        "layers": [{**_entry(file), "annotations": {TITLE: title}}],
        "subject": _entry(Descriptor(subject.media_type, subject.digest, len(subject.raw))),
        "annotations": dict(sorted({TITLE: title, **annotations}.items())),
    }
    raw = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    return parse(raw, media_types.OCI_MANIFEST)


def _entry(descriptor: Descriptor) -> dict[str, Any]:
    return {"mediaType": descriptor.media_type, "digest": str(descriptor.digest), "size": descriptor.size}

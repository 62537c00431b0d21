"""The list of images in ``index.json``, changed: an image under a name, or what refers to another.

What else stands in the document, and fields that are not known here, stay as they are.

Source: OCI Image Specification 1.1, "image-layout.md", "image-index.md", "descriptor.md".
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from sregistry import gojson
from sregistry.endpoints.layouts.oci import IMAGE_NAME, REF_NAME
from sregistry.endpoints.layouts.place import as_digest
from sregistry.oci import media_types

if TYPE_CHECKING:
    from sregistry.oci.manifests import Manifest

Entry = dict[str, Any]


def read(raw: bytes | None) -> dict[str, Any]:
    """The document that `raw` is, which has been read as an index before; a new one for None."""
    if raw is None:
        return {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": []}
    document: dict[str, Any] = gojson.loads(raw)
    return document


def write(document: dict[str, Any]) -> bytes:
    """The bytes of a document, as Go's programs write it."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def of(manifest: Manifest, name: str, meant: str) -> Entry | None:
    """The entry of a manifest that is stored under `name`; None for one that is part of another.

    One by its digest alone has an entry if it refers to another, or if it is what the place was named with (`meant`).
    """
    if not as_digest(name) or name == meant:
        return entry(manifest, "" if as_digest(name) else name)
    return referrer(manifest) if manifest.document.get("subject") else None


def entry(manifest: Manifest, name: str) -> Entry:
    """The entry of an image called `name`, or of one without a name."""
    made: Entry = {"mediaType": manifest.media_type, "digest": str(manifest.digest), "size": len(manifest.raw)}
    if name:
        made["annotations"] = {REF_NAME: name}
    return made


def referrer(manifest: Manifest) -> Entry:
    """The entry of what refers to another manifest; it says what it is, and has its annotations."""
    made = entry(manifest, "")
    config = manifest.document.get("config")
    kind = manifest.document.get("artifactType") or (config.get("mediaType") if isinstance(config, dict) else None)
    if isinstance(kind, str) and kind:
        made["artifactType"] = kind
    annotations = manifest.document.get("annotations")
    if isinstance(annotations, dict) and annotations:
        # A name in them would be that of the entry.
        made["annotations"] = {key: text for key, text in annotations.items() if key not in (REF_NAME, IMAGE_NAME)}
    return made


def add(document: dict[str, Any], new: Entry) -> bool:
    """Put an entry into the list, in the place of the image that had its name; return whether anything changed.

    Without a name, it replaces the image that is meant without a name: the only one that has none.
    """
    manifests: list[Any] = document.setdefault("manifests", [])
    if new in manifests:
        return False
    replaced = _replaced(manifests, new)
    place = manifests.index(replaced[0]) if replaced else len(manifests)
    kept = [one for one in manifests if one not in replaced]
    document["manifests"] = [*kept[:place], new, *kept[place:]]
    return True


def remove(document: dict[str, Any], numbers: Collection[int]) -> None:
    """Take the entries with these numbers out of the list."""
    document["manifests"] = [one for number, one in enumerate(document["manifests"]) if number not in numbers]


def tag(document: dict[str, Any], entry: Entry, name: str) -> bool:
    """Let `name` mean what `entry` does, which gets it if it has none; return whether anything changed.

    What had the name before loses its place, and can be had by its digest.
    """
    manifests: list[Any] = document["manifests"]
    new = _named(entry, name)
    if new in manifests:
        return False
    gone = [one for one in manifests if _name(one) == name or (one == entry and _name(one) is None)]
    document["manifests"] = [*(one for one in manifests if one not in gone), new]
    return True


def _named(one: Entry, name: str) -> Entry:
    """A copy of an entry with another name."""
    kept = {key: text for key, text in (one.get("annotations") or {}).items() if key not in (REF_NAME, IMAGE_NAME)}
    return one | {"annotations": kept | {REF_NAME: name}}


def _replaced(manifests: list[Any], new: Entry) -> list[Any]:
    name = _name(new)
    if name is not None:
        return [one for one in manifests if _name(one) == name]
    unnamed = [one for one in manifests if isinstance(one, dict) and _name(one) is None]
    same = [one for one in unnamed if one.get("digest") == new["digest"]]
    images = [one for one in unnamed if not one.get("artifactType")]
    if "artifactType" in new or not (len(images) == 1 or _are_platforms(images)):
        return same
    return [one for one in manifests if one in same or one in images]


def _are_platforms(images: list[Entry]) -> bool:
    """Whether these are one image, for several platforms."""
    platforms = [json.dumps(one.get("platform"), sort_keys=True) for one in images]
    return "null" not in platforms and len(set(platforms)) == len(platforms)


def _name(one: Any) -> str | None:
    annotations = one.get("annotations") if isinstance(one, dict) else None
    found = annotations.get(REF_NAME) if isinstance(annotations, dict) else None
    return found if isinstance(found, str) and found else None

"""Rows to objects and back: the columns of an image, its labels, configuration and layers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sregistry.digests import Digest
from sregistry.store.names import ImageName
from sregistry.store.records import ImageRecord, ImageRow, LayerRecord

#: The columns of an image in the order that `row_of` reads them.
COLUMNS = (
    "id, collection, name, tag, version, client, registry, reference, manifest_digest, index_digest, file_digest,"
    " size, platform, made_by, pulled_at, tagged_at, last_used, path"
)


def row_of(values: Sequence[Any], storage: Path) -> ImageRow:
    """Return the image that a result row of COLUMNS describes; `storage` is the image folder."""
    (
        identity, collection, name, tag, version, client, registry, reference, manifest_digest, index_digest,
        file_digest, size, platform, made_by, pulled_at, tagged_at, last_used, path,
    ) = values  # fmt: skip
    return ImageRow(
        id=identity,
        name=ImageName(collection, name, tag),
        version=Digest.parse(version),
        client=client,
        registry=registry,
        reference=reference,
        manifest_digest=Digest.parse(manifest_digest) if manifest_digest else None,
        index_digest=Digest.parse(index_digest) if index_digest else None,
        file_digest=Digest.parse(file_digest),
        size=size,
        platform=platform,
        made_by=made_by,
        pulled_at=pulled_at,
        tagged_at=tagged_at,
        last_used=last_used,
        stored=path,
        path=storage / path,
    )


def image_values(record: ImageRecord, path: str, now: float) -> dict[str, Any]:
    """The columns of `record`, whose file is at `path` since `now`; without `tagged_at` unless it came by its tag."""
    values = {
        **name_values(record.name, str(record.version), record.registry),
        "version": str(record.version),
        "client": record.client,
        "registry": record.registry,
        "reference": clean(record.reference),
        "manifest_digest": str(record.manifest_digest) if record.manifest_digest else None,
        "index_digest": str(record.index_digest) if record.index_digest else None,
        "file_digest": str(record.file_digest),
        "size": record.size,
        "platform": record.platform,
        "made_by": record.made_by,
        "pulled_at": now,
        "path": path,
    }
    return {**values, "tagged_at": now} if record.by_tag else values


def name_values(name: ImageName, version: str, registry: str) -> dict[str, str]:
    """The columns that follow from an image's name."""
    search_text = f"{registry}/{name.collection}/{name.name}:{name.tag}@{version}".lower()
    return {"collection": name.collection, "name": name.name, "tag": name.tag, "search_text": search_text}


def label_values(image_id: int, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows of the labels of an image."""
    pairs = [(clean(key), clean(value)) for key, value in labels.items()]
    return [
        {
            "image_id": image_id,
            "position": position,
            "key": key,
            "value": value,
            "fingerprint": fingerprint(key, value),
        }
        for position, (key, value) in enumerate(pairs)
    ]


def fingerprint(key: str, value: str) -> str:
    """What labels are found by: databases limit the length of what they index, nobody that of a label."""
    return hashlib.sha256(f"{clean(key)}\0{clean(value)}".encode()).hexdigest()[:32]


def detail_values(image_id: int, record: ImageRecord) -> dict[str, Any]:
    """The row of the details of an image."""
    layers = [[str(layer.digest), layer.size, layer.media_type] for layer in record.layers]
    return {"image_id": image_id, "config": json.dumps(dict(record.config)), "layers": json.dumps(layers)}


def layers_of(text: str) -> list[LayerRecord]:
    """Read what `detail_values` wrote as layers."""
    return [LayerRecord(Digest.parse(digest), size, media_type) for digest, size, media_type in json.loads(text)]


def clean(text: str) -> str:
    """Return `text` as every database can hold it: without NUL and halves of surrogate pairs."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")

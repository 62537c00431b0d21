"""Images to keep in tests: their content does not matter to the store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from sregistry.digests import Digest
from sregistry.store.names import ImageName
from sregistry.store.records import ImageRecord, ImageRow, LayerRecord
from sregistry.store.store import Store


def record(name: str, content: bytes = b"content", **known: Any) -> ImageRecord:
    """The record of an image with this content."""
    plain = ImageRecord(
        name=ImageName.parse(name),
        file_digest=Digest.of(content),
        size=len(content),
        made_by="1.0",
        platform="linux/amd64",
    )
    return replace(plain, **known)


def pulled(name: str, content: bytes = b"content", registry: str = "gcr.io", **known: Any) -> ImageRecord:
    """The record of an image with this content that came from a registry."""
    made = record(name, content, client="docker", registry=registry, reference=f"docker://{registry}/{name}")
    layer = LayerRecord(Digest.of(b"layer"), 5, "application/vnd.oci.image.layer.v1.tar+gzip")
    manifest = Digest.of(b"manifest of " + content)
    return replace(replace(made, manifest_digest=manifest, layers=(layer,)), **known)


def keep(store: Store, what: ImageRecord, content: bytes = b"content") -> ImageRow:
    """Write the content as a pull does and give it to the store."""
    with store.temporary() as partial:
        partial.file.write(content)
        return store.adopt(partial.sync(), what)


def add(store: Store, name: str, content: bytes = b"content") -> ImageRow:
    """Keep an image of this name and content."""
    return keep(store, record(name, content), content)


def files(folder: Path) -> list[str]:
    """Every file below `folder`, by its path in it."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())

"""Build a SIF in this process from an image made in memory: no registry, no cache, no command line."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from sregistry.assembly.build import build
from sregistry.digests import Digest
from sregistry.oci import image as oci
from sregistry.oci import media_types
from sregistry.oci.manifests import Manifest
from sregistry.packs.convert import Limits, convert
from sregistry.packs.pool import CompressionPool
from sregistry.packs.reader import Pack
from sregistry.references import Platform, parse
from sregistry.squashfs.compressors import get_compressor
from tests.support.images import Image, Layer

BLOCK_SIZE = 131072


def build_sif(
    image: Image, sif: Path, *, compression: str = "gzip", block_size: int = BLOCK_SIZE, exact: bool = True
) -> Path:
    """Convert every layer and assemble the image, by default exactly; scratch files beside `sif` are removed."""
    packs: list[Pack] = []
    with CompressionPool(get_compressor(compression), 2) as pool, sif.open("w+b") as out:
        try:
            for layer in image.layers:
                packs.append(make_pack(layer, sif.with_suffix(".pack"), pool, block_size))
            build(packs, resolved(image), out, pool, block_size=block_size, scratch=sif.parent, exact=exact)
        finally:
            for pack in packs:
                pack.close()
    return sif


def make_pack(layer: Layer, path: Path, pool: CompressionPool, block_size: int) -> Pack:
    """Convert one layer; the pack is open and its file already removed."""
    try:
        with path.open("w+b") as out:
            stream = io.BytesIO(layer.blob.data)
            diff_id = Digest.parse(layer.diff_id)
            convert(stream, out, pool, block_size=block_size, diff_id=diff_id, limits=Limits())
        return Pack(path, path.open("rb"))
    finally:
        path.unlink()


def resolved(image: Image) -> oci.Image:
    """What a registry would have said of the image."""
    platform = Platform(image.platform["os"], image.platform["architecture"], image.platform.get("variant"))
    digest = Digest.parse(image.manifest.digest)
    return described("registry.example.org/made/here:1", digest, platform, json.loads(image.config.data))


def described(reference: str, digest: Digest, platform: Platform, config: dict[str, Any]) -> oci.Image:
    """An image as far as the assembly looks at it: whence it comes and its config."""
    manifest = Manifest(b"", media_types.OCI_MANIFEST, digest, {})
    return oci.Image(parse(reference), manifest, digest, None, platform, config, None, [], [])

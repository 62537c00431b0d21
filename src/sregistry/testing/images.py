"""SIF files made in a moment, told apart by the text of their one file, and read back."""

from __future__ import annotations

import io
import json
import random
import tarfile
from pathlib import Path

from sregistry.assembly.build import build
from sregistry.digests import Digest
from sregistry.oci import manifests
from sregistry.oci.image import Image
from sregistry.packs.convert import Limits, convert
from sregistry.packs.pool import CompressionPool
from sregistry.packs.reader import Pack
from sregistry.references import Platform, parse
from sregistry.sif.reader import open_sif
from sregistry.squashfs.compressors import get_compressor
from sregistry.squashfs.reader import open_image

#: The platform of all of them.
PLATFORM = "linux/amd64"
#: Where its text stands in an image.
TEXT = "etc/text"
#: What an image says it was made from.
ORIGIN = "registry.example.org/made/here:1"
_BLOCK_SIZE = 131072
_MTIME = 1_520_000_000


def make_tar(text: str, size: int = 0) -> bytes:
    """A tar archive with the file `TEXT`, and one of `size` bytes that cannot be compressed; each text has others."""
    buffer = io.BytesIO()
    contents = {TEXT: text.encode()} | ({"data": random.Random(text).randbytes(size)} if size else {})  # noqa: S311
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in contents.items():
            header = tarfile.TarInfo(name)
            header.size, header.mtime = len(data), _MTIME
            tar.addfile(header, io.BytesIO(data))
    return buffer.getvalue()


def make_sif(path: Path, text: str, size: int = 0) -> Path:
    """A SIF file as a pull makes it, for `PLATFORM`, with the contents of `make_tar`; returns `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f"{path.name}.pack")
    with CompressionPool(get_compressor("gzip"), 1) as pool, path.open("w+b") as out:
        try:
            with scratch.open("w+b") as made:
                tar = make_tar(text, size)
                convert(io.BytesIO(tar), made, pool, block_size=_BLOCK_SIZE, diff_id=Digest.of(tar), limits=Limits())
            pack = Pack(scratch, scratch.open("rb"))
            try:
                build([pack], _described(), out, pool, block_size=_BLOCK_SIZE, scratch=path.parent, exact=True)
            finally:
                pack.close()
        finally:
            scratch.unlink(missing_ok=True)
    return path


def _described() -> Image:
    """What a registry would have said of the image."""
    system, architecture = PLATFORM.split("/")
    empty = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": str(Digest.of(b"{}")), "size": 2}
    manifest = manifests.parse(json.dumps({"schemaVersion": 2, "config": empty, "layers": []}).encode())
    return Image(
        reference=parse(ORIGIN),
        manifest=manifest,
        manifest_digest=manifest.digest,
        index_digest=None,
        platform=Platform(system, architecture),
        config={"os": system, "architecture": architecture, "config": {"Env": ["TEXT=1"]}},
        config_digest=None,
        layers=[],
        warnings=[],
    )


def text_in(path: Path) -> str:
    """The text of the image in the SIF file at `path`."""
    with path.open("rb") as file:
        root = open_sif(file).squashfs()
        image = open_image(file, root.offset, root.size)
        found = image.lookup(TEXT.encode())
        assert found is not None, f"{path} has no file {TEXT}"
        return image.read(found).decode()

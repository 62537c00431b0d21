"""A SIF file, whoever made it -> the blob of a layer, and the config of an image that Docker starts.

What was made from an image by nothing but a pull gives that image's own config again, and its files without what the
pull added. Any other container keeps its files as they are and is started by its runscript.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from sregistry.assembly.config import format_time
from sregistry.assembly.contents import Contents, read_contents
from sregistry.disassembly import conversion
from sregistry.disassembly.container import container
from sregistry.disassembly.difference import Difference
from sregistry.disassembly.layer import write_layer
from sregistry.layers.blob import Blob, BlobWriter, Writes
from sregistry.layers.tarwriter import TarWriter
from sregistry.references import InvalidReference, Platform
from sregistry.sif.descriptors import DataType
from sregistry.sif.reader import Sif, open_sif
from sregistry.squashfs.reader import Image, open_image

#: How the history of a pushed image says what made it.
CREATED_BY = "sregistry push"
_OURS = "org.label-schema.usage.sregistry.version"
#: Definition files of these, with nothing behind the header, are those of a pull.
_IMAGES = frozenset({"docker", "docker-archive", "docker-daemon", "oci", "oci-archive"})
#: The last one that squashfs can hold.
_LAST_TIME = 0xFFFFFFFF
#: The definition file of a pull is much shorter.
_LIMIT = 64 << 10
#: What our own definition files say in a comment.
_PLATFORM = re.compile(r"^# .* for (\S+), as it was when it was pulled\.$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Parts:
    """A SIF file, read so far that it is known how it becomes an image.

    Attributes:
        image: its root file system.
        difference: what is otherwise in the layer.
        config: the inner config.
        platform: of the image.
        created: in seconds since 1970; 0 if it is not known.
        source: the image that it was pulled from, with its digest; None if it was not pulled.
    """

    image: Image
    difference: Difference
    config: Mapping[str, Any]
    platform: Platform
    created: int
    source: str | None = None

    def write(self, out: Writes, codec: str, level: int | None, *, workers: int, limit: int) -> Blob:
        """Write the blob of the layer into `out`, and say what it is.

        Args:
            out: takes the bytes, in order.
            codec: gzip, zstd or none.
            level: of the codec; None for its default.
            workers: threads that compress.
            limit: bytes of all files, see the setting ``max_unpacked_size``.

        Raises LayerError, SquashfsError, OSError, and what `out` raises.
        """
        with BlobWriter(out, codec, level, workers) as blob:
            write_layer(self.image, self.difference, TarWriter(blob.write), limit=limit)
            return blob.finish()

    def document(self, blob: Blob) -> bytes:
        """The config of the image whose only layer is `blob`.

        Source: OCI Image Specification, "config.md".
        """
        created = {"created": format_time(self.created)} if self.created else {}
        comment = {"comment": f"the files of {self.source}"} if self.source else {}
        variant = {"variant": self.platform.variant} if self.platform.variant else {}
        document = {
            **created,
            "architecture": self.platform.architecture,
            **variant,
            "os": self.platform.os,
            "config": self.config,
            "rootfs": {"type": "layers", "diff_ids": [str(blob.diff_id)]},
            "history": [{**created, "created_by": CREATED_BY, **comment}],
        }
        return json.dumps(document, separators=(",", ":")).encode()


def read_parts(file: BinaryIO) -> Parts:
    """Read a SIF file, which must be seekable and stay open.

    Raises:
        SifError: it is none, it is damaged, encrypted (``sif-encrypted``), or has another file system.
        SquashfsError: its root file system is damaged, or of a codec that is not read (``squashfs-compressor``).
        AssemblyError: ``image-config-invalid``.
        OSError: it cannot be read.
    """
    sif = open_sif(file)
    partition = sif.squashfs()
    image = open_image(file, partition.offset, partition.size)
    contents = read_contents(file)
    deffile = _deffile(sif)
    platform, created = _platform(contents, deffile), _created(contents.created)
    if contents.config is None or not is_of_a_pull(deffile):
        difference, config = container(image, contents.texts, contents.config, created)
        return Parts(image, difference, config, platform, created)
    source = _header(deffile).get("from")
    if _OURS in contents.texts.labels:
        difference = conversion.ours(image, contents.config, created, contents.changes)
    else:
        difference = conversion.apptainers(image, contents.config)
    return Parts(image, difference, contents.config, platform, created, source)


def _created(seconds: int) -> int:
    """The time of a SIF; 0 where its header has what no file in an image can have."""
    return seconds if 0 <= seconds <= _LAST_TIME else 0


def _deffile(sif: Sif) -> str:
    """The definition file in a SIF; empty if there is none, or one that no pull writes."""
    found = sif.find(DataType.DEFFILE)
    if found is None or found.size > _LIMIT:
        return ""
    return sif.read(found, _LIMIT).rstrip(b"\0").decode("utf-8", "replace")


def is_of_a_pull(deffile: str) -> bool:
    """Whether a definition file is that of a pull: it names an image and does nothing with it."""
    lines = [line for line in deffile.splitlines() if line.strip() and not line.startswith("#")]
    names = [line.partition(":")[0].strip() for line in lines if ":" in line]
    only_a_header = len(names) == len(lines) and all(name.isalnum() for name in names)
    return only_a_header and _header(deffile).get("bootstrap") in _IMAGES


def _header(deffile: str) -> dict[str, str]:
    """The fields at the head, by name; of one that stands there twice the last."""
    pairs = (line.partition(":") for line in deffile.splitlines())
    return {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}


def _platform(contents: Contents, deffile: str) -> Platform:
    """As our own definition file says it, with the variant; else by the architecture in the SIF."""
    said = _PLATFORM.search(deffile)
    if said:
        try:
            platform = Platform.parse(said[1])
        except InvalidReference:
            platform = None
        if platform and platform.architecture == contents.architecture:
            return platform
    return Platform("linux", contents.architecture)

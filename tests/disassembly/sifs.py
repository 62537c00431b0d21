"""SIF files to take apart, and what becomes of them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, NamedTuple

from sregistry.disassembly.sif import Parts, read_parts
from sregistry.layers.blob import Blob
from sregistry.sif import writer
from sregistry.sif.reader import open_sif
from sregistry.squashfs.reader import open_image
from tests.sif.files import sif_bytes
from tests.support import images, tools
from tests.support.building import build_sif

#: Of an image that uses what Docker acts on.
CONFIG: dict[str, Any] = {
    "Env": ["PATH=/usr/bin:/bin", "TEXT=a b"],
    "Entrypoint": ["/bin/tool"],
    "Cmd": ["--help"],
    "WorkingDir": "/srv/here",
    "Volumes": {"/data": {}},
    "Labels": {"name": "tool"},
    "User": "1000:1000",
    "StopSignal": "SIGINT",
}
#: Files that say where an image came from.
OF_THE_ORIGIN = (b".singularity.d/labels.json", b".singularity.d/Singularity")


class Apart(NamedTuple):
    """A SIF taken apart."""

    blob: Blob
    data: bytes
    document: dict[str, Any]
    parts: Parts

    @property
    def layer(self) -> images.Layer:
        """The layer as a registry has it."""
        return images.Layer(images.Blob(images.OCI_LAYERS["gzip"], self.data), str(self.blob.diff_id))


def take_apart(sif: Path, codec: str = "gzip", *, limit: int = 1 << 40) -> Apart:
    """What is pushed of a SIF."""
    out = io.BytesIO()
    with sif.open("rb") as file:
        parts = read_parts(file)
        blob = parts.write(out, codec, None, workers=2, limit=limit)
    return Apart(blob, out.getvalue(), json.loads(parts.document(blob)), parts)


def again(apart: Apart, sif: Path, *, exact: bool) -> Path:
    """What a pull makes of it."""
    document = apart.document
    made = images.image([apart.layer], document["config"], created=document.get("created", ""))
    return build_sif(made, sif, exact=exact)


def listing(sif: Path) -> dict[bytes, tuple[Any, ...]]:
    """All of the root file system, the root itself included, in a form that tells hard links from copies."""
    with sif.open("rb") as file:
        partition = open_sif(file).squashfs()
        image = open_image(file, partition.offset, partition.size)
        names: dict[int, bytes] = {}
        found = {}
        for path, inode in [(b"", image.root()), *image.walk()]:
            first = names.setdefault(inode.number, path)
            content = b"".join(image.stream(inode)) if inode.kind == 2 else inode.target
            owner = (inode.kind, inode.mode, inode.uid, inode.gid, inode.mtime, inode.rdev)
            found[path] = (*owner, content, sorted(image.xattrs(inode)), first)
    for path in OF_THE_ORIGIN:
        found.pop(path, None)
    return found


def foreign(root: Path, sif: Path, deffile: str, config: dict[str, Any] | None = None, *, codec: str = "gzip") -> Path:
    """A SIF of a folder, as Apptainer makes it: squashed by mksquashfs, everything owned by root."""
    squashed = sif.with_suffix(".squashfs")
    tools.require("mksquashfs").run(root, squashed, "-noappend", "-quiet", "-all-root", "-comp", codec, "-no-progress")
    partition = writer.partition(0, "amd64")
    data = squashed.read_bytes()
    objects = [
        writer.deffile(deffile),
        *([writer.json_object("oci-config.json", json.dumps(config).encode())] if config else []),
        writer.Object(partition.type, len(data), data=data, extra=partition.extra),
    ]
    sif.write_bytes(sif_bytes(objects))
    return sif

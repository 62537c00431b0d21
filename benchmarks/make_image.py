"""Make the image of the benchmarks: an OCI layout of eleven gzip layers, as a published scientific image has them.

    python -m benchmarks.make_image FOLDER [--small]

A Debian base with Python, seven layers of a few files each (settings, whiteouts, an opaque directory, a private file),
a science stack of about 1.4 GB, a layer of tools, and last a layer of one script. FOLDER then holds two tags, `first`
and `second`, which differ in that last layer only. `--small` takes small packages instead, for a try of the machinery.
Needs mmdebstrap and pigz and takes some minutes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import tars
from tests.support.images import OCI_CONFIG, OCI_LAYERS, OCI_MANIFEST, encode

SCIENCE = ("tensorflow-cpu", "scipy", "pandas", "scikit-learn", "matplotlib")
TOOLS = ("sphinx", "botocore", "sympy")
SMALL_SCIENCE = ("jinja2", "rich")
SMALL_TOOLS = ("click",)
CREATED = "2018-03-02T00:00:00Z"
SETTINGS = {
    "Env": [
        "PATH=/opt/tool/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "PYTHONPATH=/opt/stack",
        "QUOTED=\"double\" 'single' $HOME `date` \\n",
    ],
    "Entrypoint": ["python3", "-c", "import sys; print(sys.argv[1:])"],
    "Cmd": ["no arguments"],
    "WorkingDir": "/opt",
    "Labels": {"org.opencontainers.image.title": "benchmark"},
}

WriteTar = Callable[[Path], None]


@dataclass(frozen=True)
class StoredLayer:
    """A layer in the layout."""

    descriptor: dict[str, Any]
    diff_id: str


def debian_base(tar: Path) -> None:
    """A minimal Debian with Python."""
    packages = "--include=python3-minimal,ca-certificates"
    subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", packages, "bookworm", str(tar)], check=True)


def python_packages(place: str, names: tuple[str, ...]) -> WriteTar:
    """Python packages and what they need, installed below a folder of the image."""

    def write(tar: Path) -> None:
        root = tar.with_suffix("")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(root / place), *names]
        subprocess.run(pip, check=True)
        top = place.split("/")[0]
        owners = ("--owner=0", "--group=0", "--sort=name", "--format=pax")
        subprocess.run(["tar", "-C", str(root), *owners, "-cf", str(tar), top], check=True)
        shutil.rmtree(root)

    return write


def few_files(*members: tars.Member) -> WriteTar:
    """A handful of entries."""

    def write(tar: Path) -> None:
        tar.write_bytes(tars.archive(*members))

    return write


def noise(seed: str, size: int) -> bytes:
    """Bytes that do not compress, the same on every machine."""
    return hashlib.shake_128(seed.encode()).digest(size)


def common_layers(small: bool) -> Iterator[WriteTar]:
    """All layers but the last."""
    yield debian_base
    yield few_files(tars.directory("etc/apt"), tars.file("etc/apt/apt.conf.d/no-cache", b'Dir::Cache "";\n' * 40))
    yield few_files(tars.directory("var/lib/apt/lists"), tars.opaque("var/lib/apt/lists"))
    yield few_files(tars.file("etc/tool.conf", noise("settings", 500), mode=0o600))
    yield few_files(tars.file("run/systemd/container", b"docker\n"))
    yield few_files(tars.file("opt/models/readme", noise("readme", 900)), tars.whiteout("usr/share/doc/adduser"))
    yield few_files(tars.whiteout("opt/models/readme"))
    yield few_files(tars.file("opt/tool/bin/start", noise("start", 3000), mode=0o755))
    yield python_packages("opt/stack", SMALL_SCIENCE if small else SCIENCE)
    yield python_packages("usr/share/extra", SMALL_TOOLS if small else TOOLS)


def last_layer(version: int) -> WriteTar:
    """The one script that a new version of the image changes."""
    script = f"#!/bin/sh\nexec python3 -c 'print({version})'\n".encode()
    return few_files(tars.file("opt/tool/bin/make_examples", script, mode=0o755))


class Layout:
    """An OCI layout folder that grows blob by blob."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.blobs = folder / "blobs/sha256"
        self.blobs.mkdir(parents=True)

    def add_layer(self, write: WriteTar) -> StoredLayer:
        """Let `write` make a tar archive and store it compressed."""
        tar, packed = self.folder / "layer.tar", self.folder / "layer.tar.gz"
        write(tar)
        with packed.open("wb") as out:
            subprocess.run(["pigz", "-6", "-n", "-c", str(tar)], stdout=out, check=True)
        diff_id, digest = file_digest(tar), file_digest(packed)
        size = packed.stat().st_size
        packed.rename(self.blobs / digest)
        tar.unlink()
        print(f"layer sha256:{digest[:12]} {size:>12,} bytes", flush=True)
        descriptor = {"mediaType": OCI_LAYERS["gzip"], "digest": f"sha256:{digest}", "size": size}
        return StoredLayer(descriptor, f"sha256:{diff_id}")

    def add_document(self, media_type: str, document: object) -> dict[str, Any]:
        """Store a JSON document; return its descriptor."""
        data = encode(document)
        digest = hashlib.sha256(data).hexdigest()
        (self.blobs / digest).write_bytes(data)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}

    def add_image(self, layers: list[StoredLayer], tag: str) -> dict[str, Any]:
        """Store config and manifest; return the entry for the index."""
        config = {
            "os": "linux",
            "architecture": "amd64",
            "created": CREATED,
            "config": SETTINGS,
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": self.add_document(OCI_CONFIG, config),
            "layers": [layer.descriptor for layer in layers],
        }
        named = {"annotations": {"org.opencontainers.image.ref.name": tag}}
        return {**self.add_document(OCI_MANIFEST, manifest), **named}

    def finish(self, entries: list[dict[str, Any]]) -> None:
        """Write the index, which makes the folder a layout."""
        (self.folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        (self.folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": entries}))


def file_digest(path: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def make(folder: Path, small: bool) -> None:
    """Make the layout with its two tags."""
    layout = Layout(folder)
    common = [layout.add_layer(write) for write in common_layers(small)]
    tags = {"first": 1, "second": 2}
    layout.finish([layout.add_image([*common, layout.add_layer(last_layer(tags[tag]))], tag) for tag in tags])


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--small", action="store_true")
    arguments = parser.parse_args()
    make(arguments.folder, arguments.small)


if __name__ == "__main__":
    main()

"""SIF files of small images with any config, built by the project from layers made here.

The images hold Debian's static busybox under the names of its applets, in three flavours: with a
shell, without one, and without anything but the program (no /etc, no /tmp).
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sregistry.assembly.build import build
from sregistry.digests import Digest
from sregistry.packs.convert import Limits, convert
from sregistry.packs.pool import CompressionPool
from sregistry.packs.reader import Pack
from sregistry.references.platform import Platform
from sregistry.squashfs.compressors import get_compressor
from tests.support import tars
from tests.support.building import described

BLOCK_SIZE = 131072
CREATED = "2021-02-03T04:05:06Z"
REFERENCE = "registry.example.org/team/tool:1.2"
DIGEST = Digest.of(b"the manifest")

APPLETS = ("printf", "env", "cat", "id", "ls", "pwd", "sleep", "stat", "true")


def flavours(busybox: bytes) -> dict[str, bytes]:
    """flavour -> tar archive of its only layer."""
    program = [tars.directory("bin"), tars.file("bin/busybox", busybox, mode=0o755)]
    applets = [tars.symlink(f"bin/{name}", "busybox") for name in APPLETS]
    system = [
        *(tars.directory(name) for name in ("dev", "etc", "home", "opt", "proc", "root", "sys")),
        tars.directory("tmp", mode=0o1777),
        tars.file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/home/app:/bin/sh\n"),
        tars.file("etc/group", b"root:x:0:\napp:x:1000:\n"),
        tars.symlink("etc/resolv.conf", "../run/systemd/resolve/stub-resolv.conf"),
        tars.directory("srv"),
        tars.directory("srv/app", uid=1000, gid=1000),
        tars.file("srv/app/show", b"#!/bin/sh\nprintf '%s\\0' show \"$@\"\n", mode=0o755),
        tars.file("scif/apps/hello/scif/env/90-environment.sh", b"GREETING='good morning'\nexport GREETING\n"),
        tars.file("scif/apps/hello/scif/runscript", b'#!/bin/sh\nprintf "%s\\0" "$GREETING" "$@"\n', mode=0o755),
    ]
    return {
        "shell": tars.archive(*program, *applets, tars.symlink("bin/sh", "busybox"), *system),
        "no shell": tars.archive(*program, *applets, *system),
        "bare": tars.archive(*program, *applets),
    }


class Workshop:
    """Builds images; each flavour's layer is converted once."""

    def __init__(self, folder: Path, busybox: bytes) -> None:
        self._folder = folder
        self._scratch = folder / "scratch"
        self._scratch.mkdir()
        self._pool = CompressionPool(get_compressor("gzip", 1), 1)
        self._packs = {name: self._convert(name, tar) for name, tar in flavours(busybox).items()}
        self._count = 0

    def _convert(self, name: str, tar: bytes) -> Pack:
        path = self._folder / f"{name}.pack"
        diff_id = Digest("sha256", hashlib.sha256(tar).hexdigest())
        with path.open("w+b") as out:
            convert(io.BytesIO(tar), out, self._pool, block_size=BLOCK_SIZE, diff_id=diff_id, limits=Limits())
        return Pack(path)

    def sif(self, config: Mapping[str, Any], flavour: str = "shell") -> Path:
        """Build an image whose config's inner object is `config`."""
        self._count += 1
        path = self._folder / f"{self._count}.sif"
        document = {"created": CREATED, "architecture": "amd64", "os": "linux", "config": dict(config)}
        image = described(REFERENCE, DIGEST, Platform("linux", "amd64"), document)
        with path.open("w+b") as out:
            build([self._packs[flavour]], image, out, self._pool, block_size=BLOCK_SIZE, scratch=self._scratch)
        path.chmod(0o755)
        return path

    def close(self) -> None:
        """Close the packs and end the threads."""
        for pack in self._packs.values():
            pack.close()
        self._pool.close()

"""What is fuzzed: every parser of bytes from outside, as name -> target.

A target takes any bytes. It may raise errors of the family, which it catches; anything else is a finding, and so is a
run that takes long or much memory.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sregistry import references
from sregistry.errors import SregistryError
from sregistry.layers.compression import TarBytes
from sregistry.layers.tarstream import TarReader
from sregistry.registry import challenge as challenges
from sregistry.registry import docker_config as docker_configs
from sregistry.registry import registries_conf as registries_confs
from sregistry.registry import registries_toml
from sregistry.sif.reader import open_sif
from sregistry.squashfs.reader import open_image
from tests.layers import corpus
from tests.support import images, tars
from tests.support.building import build_sif
from tests.support.pulling import partition_offset

PIECE = 1 << 16
MAX_READ = 1 << 20


@dataclass(frozen=True)
class Target:
    """A function of bytes, and bytes to begin with."""

    run: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]

    def __call__(self, data: bytes) -> None:
        """Run once; errors of the family are right answers."""
        with contextlib.suppress(SregistryError):
            self.run(data)


def layer(data: bytes) -> None:
    """A layer as stored: decompression and tar."""
    tar = TarBytes(io.BytesIO(data), max_ratio=100, free=1 << 24)
    for _ in TarReader(tar.read, max_entries=10_000):
        pass


def layer_seeds() -> list[bytes]:
    """Every case of the corpus, and every way to store one."""
    plain = [tar for case in corpus.CASES.values() for tar in case if len(tar) < PIECE]
    return [*plain, *(store(plain[0]) for store in corpus.STORED.values())]


def reference(data: bytes) -> None:
    """What a person types after `pull`."""
    references.parse(data.decode("utf-8", "replace"))


def challenge(data: bytes) -> None:
    """A WWW-Authenticate header."""
    for found in challenges.parse([data.decode("latin-1")]):
        found.facts()


def docker_config(data: bytes) -> None:
    """A file of credentials."""
    config = docker_configs.parse(data, "config.json")
    config.login(docker_configs.scopes("registry.example.org", "team/tool"))
    config.helper(docker_configs.scopes("registry.example.org"))


def registries_conf(data: bytes) -> None:
    """A registries.conf."""
    registries_confs.merge([registries_toml.parse(data, "registries.conf")])


def sif(data: bytes) -> None:
    """A SIF file."""
    found = open_sif(io.BytesIO(data))
    for descriptor in found.descriptors:
        found.read(descriptor, MAX_READ)


def squashfs(data: bytes) -> None:
    """A squashfs image: its tree, and the content and attributes of what is in it."""
    image = open_image(io.BytesIO(data))
    for _, inode in image.walk():
        image.xattrs(inode)
        if inode.kind == 2:
            image.read(inode, limit=MAX_READ)


def sif_seeds() -> list[bytes]:
    """A small image by each codec."""
    made = images.image([tars.archive(tars.file("a", b"text" * 100), tars.symlink("l", "a"), tars.directory("d"))])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "seed.sif"
        return [build_sif(made, path, compression=codec).read_bytes() for codec in ("gzip", "zstd", "none")]


def squashfs_seeds() -> list[bytes]:
    """The partitions of those images."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "seed.sif"
        partitions = []
        for seed in sif_seeds():
            path.write_bytes(seed)
            partitions.append(seed[partition_offset(path) :])
        return partitions


TARGETS = {
    "layer": Target(layer, layer_seeds),
    "reference": Target(reference, lambda: [b"docker://host.example.org:5000/a/b:tag@sha256:" + b"0" * 64, b"ubuntu"]),
    "challenge": Target(challenge, lambda: [b'Bearer realm="https://h/t",service="s",scope="repository:a:pull"']),
    "docker_config": Target(docker_config, lambda: [b'{"auths":{"registry.example.org":{"auth":"dTpw"}}}']),
    "registries_conf": Target(registries_conf, lambda: [b'[[registry]]\nprefix = "a"\nlocation = "b.example.org"\n']),
    "sif": Target(sif, sif_seeds),
    "squashfs": Target(squashfs, squashfs_seeds),
}

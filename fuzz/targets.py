"""What is fuzzed: every parser of bytes from outside, as name -> target.

A target takes any bytes. It may raise errors of the family, which it catches; anything else is a finding, and so is a
run that takes long or much memory.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sregistry import references
from sregistry.answers import facts
from sregistry.assembly.contents import read_contents
from sregistry.auth import challenge as challenges
from sregistry.auth import docker_config as docker_configs
from sregistry.auth import tokens
from sregistry.endpoints.catalog import open_endpoint
from sregistry.endpoints.layouts.tarindex import scan
from sregistry.errors import SregistryError
from sregistry.http import redact
from sregistry.layers.compression import TarBytes
from sregistry.layers.tarstream import TarReader
from sregistry.oci import image, manifests, media_types
from sregistry.operations.context import Context
from sregistry.references import Platform
from sregistry.registry import pages, registries_toml
from sregistry.registry import registries_conf as registries_confs
from sregistry.settings import load
from sregistry.sif.reader import open_sif
from sregistry.squashfs.reader import open_image
from tests.layers import corpus
from tests.support import images, saved, tars
from tests.support.building import build_sif
from tests.support.pulling import partition_offset

PIECE = 1 << 16
MAX_READ = 1 << 20
MADE = images.image([tars.archive(tars.file("a", b"text"))])
HOME = ("registry.example.org", "registry.example.org:443")


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


def archive(data: bytes) -> None:
    """Where the members of an archive of images lie."""
    index = scan(lambda offset, size: data[offset : offset + size], len(data), 10_000)
    for name in index.members:
        with contextlib.suppress(SregistryError):
            index.find(name)


def saved_archive(data: bytes) -> None:
    """An archive of images, found by every scheme that reads one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.tar"
        path.write_bytes(data)
        for scheme in ("oci-archive", "docker-archive"):
            with contextlib.closing(open_endpoint(scheme, Context(load({"HOME": folder})))) as endpoint:
                reference = references.parse(f"{scheme}:{path}")
                with contextlib.suppress(SregistryError):
                    endpoint.find(reference, Platform.parse("linux/amd64"))


def archive_seeds() -> list[bytes]:
    """Each shape of archive."""
    shapes = [saved.before_25({"a:1": MADE}), saved.since_25({"a:1": MADE}), saved.by_containerd("a:1", [MADE], [MADE])]
    return [tars.archive(*members) for members in shapes]


def packed_archive_seeds() -> list[bytes]:
    """Those, and a compressed one."""
    return [*archive_seeds(), gzip.compress(archive_seeds()[0], mtime=0)]


def layer_seeds() -> list[bytes]:
    """Every case of the corpus, and every way to store one."""
    plain = [tar for case in corpus.CASES.values() for tar in case if len(tar) < PIECE]
    return [*plain, *(store(plain[0]) for store in corpus.STORED.values())]


def reference(data: bytes) -> None:
    """What a person types after `pull`."""
    references.parse(data.decode("utf-8", "replace"))


def reference_seeds() -> list[bytes]:
    """A name in a registry, and names in folders and archives."""
    digest = b"@sha256:" + b"0" * 64
    return [b"docker://host.example.org:5000/a/b:tag" + digest, b"ubuntu", b"oci:/srv/x:1" + digest, b"dir:./x@y"]


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


def manifest(data: bytes) -> None:
    """A manifest of any kind, and the image it leads to; the first byte chooses the Content-Type."""
    kinds = (None, *media_types.ALL)
    found = manifests.parse(data[1:], kinds[data[0] % len(kinds)] if data else None)
    resolve(found, MADE.config.data)


def config(data: bytes) -> None:
    """The config of an image."""
    resolve(manifests.parse(MADE.manifest.data), data)


def resolve(found: manifests.Manifest, settings: bytes) -> None:
    """The image that a manifest means, where every manifest that it names is `MADE` and every config `settings`."""
    inner = manifests.parse(MADE.manifest.data)
    source = image.Source(lambda name: found if name == "1" else inner, lambda _: settings, lambda _: 1)
    image.resolve(source, references.parse("docker://h.example.org/a:1"), Platform.parse("linux/amd64"), depth=4)


def link(data: bytes) -> None:
    """A Link header, which must not lead away from the registry."""
    base = "https://registry.example.org/v2/a/tags/list"
    target = pages.next_page(data.decode("latin-1"), base)
    assert target is None or urlsplit(target).netloc.rpartition("@")[2].lower() in HOME, target


def token(data: bytes) -> None:
    """The answer of a token service; what comes out can be sent as a header."""
    wanted = tokens.Wanted("https://auth.example.org/token", "registry", ("repository:a:pull",), None)
    found, _ = tokens.Tokens(redact.Scrubber()).get(wanted, lambda request: data, 0.0)
    assert found.value.reveal().isascii()
    assert found.value.reveal().isprintable()


def error_body(data: bytes) -> None:
    """The body of a refusal: whatever it is, its facts are JSON."""
    for media_type in (None, "application/json", "text/html"):
        json.dumps(facts.of_body(data, media_type)).encode()


def sif(data: bytes) -> None:
    """A SIF file."""
    found = open_sif(io.BytesIO(data))
    for descriptor in found.descriptors:
        found.read(descriptor, MAX_READ)


def contents(data: bytes) -> None:
    """What a SIF file says about itself: its documents, and where it has none, the files in its root."""
    read_contents(io.BytesIO(data))
    read_contents(io.BytesIO(data.replace(b"inspect-metadata.json", b"another-name-for-it.x")))


def squashfs(data: bytes) -> None:
    """A squashfs image: its tree, and the content and attributes of what is in it."""
    image = open_image(io.BytesIO(data))
    for _, inode in image.walk():
        image.xattrs(inode)
        if inode.kind == 2:
            image.read(inode, limit=MAX_READ)


def manifest_seeds() -> list[bytes]:
    """One of each kind."""
    history = {"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/a"]}}
    old = {
        "schemaVersion": 1,
        "fsLayers": [{"blobSum": MADE.layers[0].blob.digest}] * 2,
        "history": [{"v1Compatibility": json.dumps({**history, "throwaway": empty})} for empty in (True, False)],
        "signatures": [{"protected": "eyJmb3JtYXRMZW5ndGgiOjEwLCJmb3JtYXRUYWlsIjoiZlEifQ"}],
    }
    return [b"\0" + MADE.manifest.data, b"\1" + images.index([MADE]).data, b"\2" + json.dumps(old).encode()]


def error_body_seeds() -> list[bytes]:
    """The registry's own form, a web page, object storage."""
    return [
        b'{"errors":[{"code":"DENIED","message":"denied","detail":[{"Type":"repository"}]}]}',
        b"<!DOCTYPE html><html><head><title>Sign in</title></head></html>",
        b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
    ]


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
    "archive": Target(archive, archive_seeds),
    "saved_archive": Target(saved_archive, packed_archive_seeds),
    "reference": Target(reference, reference_seeds),
    "challenge": Target(challenge, lambda: [b'Bearer realm="https://h/t",service="s",scope="repository:a:pull"']),
    "docker_config": Target(docker_config, lambda: [b'{"auths":{"registry.example.org":{"auth":"dTpw"}}}']),
    "registries_conf": Target(registries_conf, lambda: [b'[[registry]]\nprefix = "a"\nlocation = "b.example.org"\n']),
    "manifest": Target(manifest, manifest_seeds),
    "config": Target(config, lambda: [MADE.config.data]),
    "link": Target(link, lambda: [b'</v2/a/tags/list?n=2&last=b>; rel="next", <https://h.example.org/>; rel=prev']),
    "token": Target(token, lambda: [b'{"token":"abc","expires_in":60,"issued_at":"2026-01-01T00:00:00Z"}']),
    "error_body": Target(error_body, error_body_seeds),
    "sif": Target(sif, sif_seeds),
    "contents": Target(contents, sif_seeds),
    "squashfs": Target(squashfs, squashfs_seeds),
}

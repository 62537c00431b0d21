"""A place that keeps manifests and blobs in memory: ``memory:NAME``, served as another package's endpoint would be."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Sequence

from sregistry.digests import Digest, VerifiedReader
from sregistry.endpoints.base import ByteStream, Layered, Network, OnBytes, OnWait, Repository
from sregistry.errors import RegistryError, SregistryError
from sregistry.oci import contents, media_types
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.manifests import Manifest, parse
from sregistry.references import PathReference, Platform, Reference
from tests.support.images import Blob, Image


class Stream(VerifiedReader):
    """The bytes of a blob."""

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None: ...


class Memory:
    """A repository; it refuses a manifest before all that it names, and keeps an account of what is asked of it."""

    places = 1

    def __init__(self, shared: dict[Digest, bytes] | None = None) -> None:
        self.shared = shared
        self.blobs: dict[Digest, bytes] = {}
        self.manifests: dict[Digest, Manifest] = {}
        self.names: dict[str, Digest] = {}
        self.asked: list[tuple[str, str]] = []
        self.before: Callable[[str, str], None] = lambda what, name: None
        self._lock = threading.Lock()

    def _told(self, what: str, name: object) -> None:
        with self._lock:
            self.asked.append((what, str(name)))
        self.before(what, str(name))

    def told(self, what: str) -> list[str]:
        """The names that were asked for `what`."""
        return [name for kind, name in self.asked if kind == what]

    def add(self, manifest: Blob, *blobs: Blob, name: str = "") -> Digest:
        """Put in a manifest with its blobs."""
        for blob in blobs:
            self.blobs[Digest.parse(blob.digest)] = blob.data
        found = parse(manifest.data, manifest.media_type)
        self.manifests[found.digest] = found
        if name:
            self.names[name] = found.digest
        return found.digest

    def add_image(self, image: Image, name: str = "") -> Digest:
        """Put in an image."""
        return self.add(image.manifest, *image.blobs, name=name)

    def manifest(self, name: str) -> Manifest:
        self._told("manifest", name)
        digest = Digest.parse(name) if ":" in name else self.names.get(name)
        if digest not in self.manifests:
            raise RegistryError("manifest-unknown" if ":" in name else "tag-unknown", f"there is no {name}")
        return self.manifests[digest]

    def blob(self, descriptor: Descriptor, on_wait: OnWait | None = None) -> ByteStream:
        self._told("blob", descriptor.digest)
        if descriptor.digest not in self.blobs:
            raise RegistryError("blob-unknown", "there is no such blob")
        return Stream(io.BytesIO(self.blobs[descriptor.digest]), descriptor.digest, descriptor.size)

    def size(self, digest: Digest) -> int:
        return len(self.blobs[digest])

    def referrers(self, digest: Digest) -> Sequence[Descriptor]:
        self._told("referrers", digest)
        return [
            Descriptor(one.media_type, one.digest, len(one.raw))
            for one in self.manifests.values()
            if contents.subject(one) == digest
        ]

    def has(self, descriptor: Descriptor) -> bool:
        self._told("has", descriptor.digest)
        is_manifest = descriptor.media_type in media_types.KNOWN
        return descriptor.digest in (self.manifests if is_manifest else self.blobs)

    def mount(self, digest: Digest, source: Repository) -> bool:
        if not isinstance(source, Memory) or self.shared is None or source.shared is not self.shared:
            return False
        self._told("mount", digest)
        self.blobs[digest] = source.blobs[digest]
        return True

    def put_blob(self, descriptor: Descriptor, stream: ByteStream, on_bytes: OnBytes | None = None) -> None:
        self._told("put_blob", descriptor.digest)
        data = b""
        while piece := stream.read(1 << 10):
            data += piece
            if on_bytes:
                on_bytes(len(piece))
        self.blobs[descriptor.digest] = data

    def put_manifest(self, name: str, manifest: Manifest) -> Digest:
        self._told("put_manifest", name)
        named = contents.of(manifest)
        lacking = [one.digest for one in named.manifests if one.digest not in self.manifests]
        lacking += [one.digest for one in named.blobs if one.digest not in self.blobs]
        assert not lacking, f"{manifest} came before {lacking}"
        self.manifests[manifest.digest] = manifest
        if name and ":" not in name:
            self.names[name] = manifest.digest
        return manifest.digest


#: What references of the scheme ``memory`` lead to, by their paths.
PLACES: dict[str, Memory] = {}


class Endpoint:
    """The endpoint of `PLACES`."""

    def __init__(self, network: Network) -> None: ...

    def find(self, reference: Reference, platform: Platform | None) -> Layered:
        raise NotImplementedError

    def repository(self, reference: Reference) -> Memory:
        assert isinstance(reference, PathReference)
        return PLACES[reference.path]

    def version(self, reference: Reference) -> Digest | None:
        place = self.repository(reference)
        place.asked.append(("version", reference.identifier))
        return place.names.get(reference.identifier)

    def explain(self, error: SregistryError) -> SregistryError:
        return error

    def close(self) -> None: ...

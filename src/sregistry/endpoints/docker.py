"""``docker://``: images in layers from any Docker or OCI registry."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from sregistry.digests import Digest
from sregistry.endpoints.base import About, ByteStream, Layered, Meaning, Names, Network, OnBytes, OnWait, Repository
from sregistry.errors import SregistryError
from sregistry.oci import media_types
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.manifests import Manifest
from sregistry.references import Platform, Reference, RegistryReference

if TYPE_CHECKING:
    from pathlib import Path

    from sregistry.registry.session import Session
    from sregistry.registry.uploads import Uploader
    from sregistry.settings import Settings
    from sregistry.store.upload_sessions import UploadSessions


class RegistryRepository:
    """The repository of a reference in a registry; it is read from its mirrors, too, and written to at itself.

    Args:
        session: with registries.
        reference: names the repository.
        kept: remembers uploads for the next process.
    """

    def __init__(self, session: Session, reference: RegistryReference, kept: UploadSessions | None = None) -> None:
        self.session = session
        self.reference = reference
        self._kept = kept
        self._absent: set[Digest] = set()  # what it has just said not to have

    def manifest(self, name: str) -> Manifest:
        """See `base.Repository`; raises what `Session.get_manifest` raises."""
        return self.session.get_manifest(self.reference, identifier=name or self.reference.identifier)

    def blob(self, descriptor: Descriptor, on_wait: OnWait | None = None) -> ByteStream:
        """See `base.Repository`."""
        return self.session.open_blob(self.reference, descriptor, on_wait=on_wait)

    def own(self, name: str) -> Manifest | None:
        """The manifest called `name` that the registry itself has, whatever its mirrors say; None if it has none."""
        return self._uploader.manifest(name)

    def referrers(self, digest: Digest) -> Sequence[Descriptor]:
        """See `base.Refers`; by the API, or the tag that stands in for it."""
        return self.session.referrers(self.reference, digest)

    def size(self, digest: Digest) -> int:
        """See `base.Sizes`."""
        return self.session.size(self.reference, digest)

    @property
    def places(self) -> int:
        """The registry and its mirrors."""
        return len(self.session.places(self.reference))

    @cached_property
    def _uploader(self) -> Uploader:
        return self.session.uploader(self.reference)

    def has(self, descriptor: Descriptor) -> bool:
        """By a HEAD request, to the registry itself."""
        if descriptor.media_type in media_types.KNOWN:
            return self._uploader.has_manifest(str(descriptor.digest))
        there = self._uploader.has(descriptor.digest)
        (self._absent.discard if there else self._absent.add)(descriptor.digest)
        return there

    def mount(self, digest: Digest, source: Repository) -> bool:
        """From another repository of the same registry, where it allows that."""
        if not isinstance(source, RegistryRepository) or source.reference.registry != self.reference.registry:
            return False
        there = source.session.places(source.reference)[-1].repository
        if there == self._uploader.repository or not self._uploader.mount(digest, there):
            return False
        self._absent.discard(digest)
        return True

    def put_blob(self, descriptor: Descriptor, stream: ByteStream, on_bytes: OnBytes | None = None) -> None:
        """In chunks, where the registry takes them, and from where another process was broken off.

        Raises what `Uploader` and `UploadSessions.upload` raise; after RegistryError ``registry-upload-lost`` the same
        may be tried with the stream from its beginning, see `sending.put`.
        """
        digest = descriptor.digest
        if digest not in self._absent and self._uploader.has(digest):
            return
        registry, repository = self.reference.registry, self._uploader.repository
        with self._kept.upload(registry, repository, digest) if self._kept else nullcontext() as kept:
            self._uploader.put_stream(descriptor, stream, on_bytes=on_bytes, kept=kept)
        self._absent.discard(digest)

    def put_manifest(self, name: str, manifest: Manifest) -> Digest:
        """See `base.Writable`."""
        return self._uploader.put(manifest, name)


class RegistryEndpoint:
    """What all endpoints of registries have; `session` speaks to them, and is opened when it is first used."""

    grammar = "registry"

    def __init__(self, network: Network) -> None:
        self._network = network

    @cached_property
    def session(self) -> Session:
        """Of the network."""
        return self._network.open_session()

    def repository(self, reference: Reference) -> RegistryRepository:
        """See `base.Holds`."""
        return RegistryRepository(self.session, of_registry(reference), kept_uploads(self._network.settings))

    def version(self, reference: Reference) -> Digest | None:
        """By one HEAD request; None where that is refused: it has no words, and GET will be refused with a reason."""
        try:
            head = self.session.head_manifest(of_registry(reference))
        except SregistryError as error:
            if "status" not in error.facts:
                raise
            return None
        return head.digest if head else None

    def names(self, reference: Reference, limit: int | None) -> Names:
        """The tags of a repository; of a reference without one, the repositories of the registry."""
        place = of_registry(reference)
        shown = str(replace(place, tag=None, digest=None))
        if place.repository:
            return Names(self.session.tags(place, limit).names, "tags", f"{shown}:")
        return Names(self.session.catalog(place, limit), "repositories", shown)

    def tag(self, reference: Reference, new: str) -> Digest:
        """See `base.Tags`; the registry's own manifest is sent back under the other tag."""
        from sregistry.registry import deletions

        place = self.session.uploader(of_registry(reference))
        found = deletions.own(place, of_registry(reference).identifier)
        place.put_manifest(new, found.raw, found.media_type)
        return found.digest

    def delete(self, reference: Reference) -> None:
        """See `base.Deletes`; raises what `deletions.delete_tag` and `delete_image` raise."""
        from sregistry.registry import deletions

        wanted = of_registry(reference)
        place = self.session.uploader(wanted)
        if wanted.digest:
            deletions.delete_image(place, wanted.digest)
        else:
            deletions.delete_tag(place, str(wanted.tag))

    def meaning(self, reference: Reference, *, others: bool) -> Meaning:
        """See `base.Knows`; each of the other tags is looked at."""
        from sregistry.registry import deletions

        wanted = of_registry(reference)
        place = self.session.uploader(wanted)
        digest = deletions.own(place, wanted.identifier).digest
        return Meaning(digest, deletions.same(place, digest, None if wanted.digest else wanted.tag) if others else None)

    def explain(self, error: SregistryError) -> SregistryError:
        """A few more questions to the registry, see `sregistry.doctor.second_look`."""
        from sregistry.doctor.second_look import look

        return look(error, self.session, on_exchange=self._network.on_exchange)

    def close(self) -> None:
        """End what the session waits for and close its connections."""
        if "session" in vars(self):
            self.session.close()


class Docker(RegistryEndpoint):
    """The endpoint of images in layers."""

    form = "an image of one layer"

    def find(self, reference: Reference, platform: Platform | None) -> Layered:
        """Manifest and config of the image, no layer yet; raises what `Session.resolve` raises."""
        image = self.session.resolve(of_registry(reference), platform)
        return Layered(self.repository(reference), image)

    def push(self, reference: Reference, sif: Path, about: About, on_bytes: OnBytes) -> Digest:
        """As an image of one layer, see `docker_push.push_image`; raises what that raises."""
        from sregistry.endpoints.docker_push import push_image

        repository = self.repository(reference)
        return push_image(repository, repository.reference.identifier, sif, about, self._network.settings, on_bytes)


def kept_uploads(settings: Settings) -> UploadSessions | None:
    """Where uploads are remembered: beside the cache, unless nothing is to be kept there."""
    if not settings.use_cache:
        return None
    from sregistry.store.upload_sessions import UploadSessions

    return UploadSessions(settings.cache_dir, settings.lock_timeout)


def of_registry(reference: Reference) -> RegistryReference:
    """`reference`, which its grammar has made one of a registry."""
    assert isinstance(reference, RegistryReference)
    return reference

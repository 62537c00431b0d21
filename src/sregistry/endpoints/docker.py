"""``docker://``: images in layers from any Docker or OCI registry."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from sregistry.digests import Digest
from sregistry.endpoints.base import ByteStream, Layered, Names, Network, OnWait
from sregistry.errors import SregistryError
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.manifests import Manifest
from sregistry.references import Platform, Reference, RegistryReference

if TYPE_CHECKING:
    from sregistry.registry.session import Session


class RegistryRepository:
    """The repository of a reference in a registry; `Session` knows its mirrors."""

    def __init__(self, session: Session, reference: RegistryReference) -> None:
        self.session = session
        self.reference = reference

    def manifest(self, name: str) -> Manifest:
        """See `base.Repository`; raises what `Session.get_manifest` raises."""
        return self.session.get_manifest(self.reference, identifier=name or self.reference.identifier)

    def blob(self, descriptor: Descriptor, on_wait: OnWait | None = None) -> ByteStream:
        """See `base.Repository`."""
        return self.session.open_blob(self.reference, descriptor, on_wait=on_wait)

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


class Docker:
    """The endpoint of registries; `session` speaks to them, and is opened when it is first used."""

    grammar = "registry"

    def __init__(self, network: Network) -> None:
        self._network = network

    @cached_property
    def session(self) -> Session:
        """Of the network."""
        return self._network.open_session()

    def find(self, reference: Reference, platform: Platform | None) -> Layered:
        """Manifest and config of the image, no layer yet; raises what `Session.resolve` raises."""
        image = self.session.resolve(of_registry(reference), platform)
        return Layered(self.repository(reference), image)

    def repository(self, reference: Reference) -> RegistryRepository:
        """See `base.Holds`."""
        return RegistryRepository(self.session, of_registry(reference))

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
        if place.repository:
            return Names(self.session.tags(place, limit).names, "tags", f"{place.name}:")
        return Names(self.session.catalog(place, limit), "repositories", f"{place.registry}/")

    def explain(self, error: SregistryError) -> SregistryError:
        """A few more questions to the registry, see `sregistry.doctor.second_look`."""
        from sregistry.doctor.second_look import look

        return look(error, self.session, on_exchange=self._network.on_exchange)

    def close(self) -> None:
        """End what the session waits for and close its connections."""
        if "session" in vars(self):
            self.session.close()


def of_registry(reference: Reference) -> RegistryReference:
    """`reference`, which its grammar has made one of a registry."""
    assert isinstance(reference, RegistryReference)
    return reference

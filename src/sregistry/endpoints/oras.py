"""``oras://``: SIF files in any OCI registry, as Apptainer and SingularityCE keep them there.

A tag leads to the manifest of one file, or to an index of such manifests for several architectures; a push adds its
architecture to what the tag holds, and replaces what is for the same.
"""

from __future__ import annotations

from pathlib import Path

from sregistry.assembly.contents import read_contents
from sregistry.digests import Digest
from sregistry.endpoints.base import About, OnBytes, OneFile
from sregistry.endpoints.docker import RegistryEndpoint, RegistryRepository, of_registry
from sregistry.endpoints.sending import Held, SourceFile, describe, put
from sregistry.errors import SregistryError
from sregistry.oci import image, index, sif_artifact
from sregistry.oci.descriptors import Descriptor, annotations_of
from sregistry.oci.manifests import Manifest
from sregistry.references import Platform, Reference, RegistryReference, machine
from sregistry.sif import arch
from sregistry.sif.header import Header
from sregistry.sif.legacy import HEAD
from sregistry.store.errors import disk_error

_UNKNOWN = "unknown"


class Oras(RegistryEndpoint):
    """The endpoint of SIF files in registries."""

    def find(self, reference: Reference, platform: Platform | None) -> OneFile:
        """The file for `platform`, of which nothing is fetched yet.

        Raises what `Session.get_manifest`, `image.chosen_of` and `sif_artifact.find` raise.
        """
        place = of_registry(reference)
        repository = self.repository(place)
        source = image.Source(
            repository.manifest,
            lambda descriptor: self.session.get_config(place, descriptor),
            lambda digest: self.session.size(place, digest),
        )
        first = repository.manifest("")
        depth = self.session.options.limits.index_depth
        try:
            chosen, told = image.chosen_of(source, first, machine.wanted(platform), depth)
            file, warnings = sif_artifact.find(chosen, place.tag)
        except SregistryError as error:
            error.with_facts(reference=str(place), registry=place.registry, repository=place.repository)
            raise
        return OneFile(
            lambda on_wait: repository.blob(file, on_wait),
            file.size,
            file.digest,
            first.digest,
            told,
            {**annotations_of(chosen.document), **file.annotations},
            (*first.warnings, *warnings),
        )

    def push(self, reference: Reference, sif: Path, about: About, on_bytes: OnBytes) -> Digest:
        """Store a SIF file; return the digest of its manifest, also where the tag is that of an index.

        Raises:
            SifError: the file is none.
            DiskError: it cannot be read; ``disk-file-changed``.
            RegistryError: what `RegistryRepository` raises.
        """
        place = of_registry(reference)
        file, architecture = _looked_at(sif)
        repository = self.repository(place)
        origin = about.origin
        source = self.repository(origin) if isinstance(origin, RegistryReference) else None
        put(repository, file, lambda: SourceFile(sif, file.digest, file.size), on_bytes, source)
        put(repository, sif_artifact.CONFIG_DESCRIPTOR, lambda: Held(sif_artifact.EMPTY_CONFIG))
        manifest = sif_artifact.make(file.digest, file.size, about.title or sif.name, about.annotations)
        platform = Platform("linux", architecture) if architecture != _UNKNOWN else about.platform
        beside = _beside(repository, place, platform, manifest) if platform else None
        repository.put_manifest("" if beside else str(place.tag), manifest)
        if beside:
            repository.put_manifest(str(place.tag), beside)
        return manifest.digest


def _looked_at(sif: Path) -> tuple[Descriptor, str]:
    """The file as a layer, and the architecture of its image; raises SifError, DiskError."""
    try:
        with sif.open("rb") as file:
            architecture = read_contents(file).architecture
    except OSError as error:
        raise disk_error(error, sif, "read") from error
    except SregistryError as error:
        raise error.with_facts(file=str(sif)) from error.__cause__
    return describe(sif, sif_artifact.LAYER), architecture


def _beside(
    repository: RegistryRepository, place: RegistryReference, platform: Platform, manifest: Manifest
) -> Manifest | None:
    """The index with `manifest` in it, where the tag holds files for other architectures; None where it does not."""
    former = repository.own(str(place.tag))
    if former is None:
        return None
    if former.is_index:
        children = [entry for entry in index.entries(former) if not entry.is_attestation and not entry.is_index]
        child = repository.own(str(children[0].descriptor.digest)) if children else None
        if child is None or not sif_artifact.is_sif(child):
            return None
        return sif_artifact.with_platform(former, {platform: manifest})
    if former.digest == manifest.digest or not sif_artifact.is_sif(former):
        return None
    other = _architecture(repository, sif_artifact.find(former, None)[0])
    if other in (None, _UNKNOWN, platform.architecture):
        return None
    return sif_artifact.with_platform(None, {Platform("linux", str(other)): former, platform: manifest})


def _architecture(repository: RegistryRepository, file: Descriptor) -> str | None:
    """The architecture in the first bytes of a file in the registry; None if it is not there, or no SIF."""
    head = b""
    try:
        with repository.blob(file) as stream:
            while len(head) < HEAD and (data := stream.read(HEAD - len(head))):
                head += data
        return arch.name(Header.unpack(head).arch)
    except SregistryError as error:
        if error.code in ("blob-unknown", "sif-not-an-image", "sif-version", "sif-truncated", "size-short"):
            return None
        raise

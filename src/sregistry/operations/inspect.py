"""Inspect: what an image says about itself, here, in any SIF file, or in a registry without pulling it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sregistry.assembly.contents import Contents, Texts, texts_of
from sregistry.errors import Cancelled, SregistryError
from sregistry.kinds import Kind
from sregistry.notebook import Shown
from sregistry.operations.context import Context, begun_again
from sregistry.operations.get import get
from sregistry.operations.sif_facts import is_file_name, read_file
from sregistry.references import InvalidReference, has_scheme
from sregistry.store.query import as_digest, parse_query
from sregistry.store.records import ImageRow, LayerRecord, utc

if TYPE_CHECKING:
    from sregistry.digests import Digest
    from sregistry.endpoints.base import Endpoint, Layered, OneFile, Repository
    from sregistry.oci.image import Image
    from sregistry.oci.manifests import Manifest
    from sregistry.references import Reference

#: By this annotation a list of referrers says what one is called.
TITLE = "org.opencontainers.image.title"


@dataclass(frozen=True, slots=True)
class Offer:
    """One entry of an index: a platform, and the manifest for it; `size` is that of the manifest."""

    platform: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Referrer:
    """What is attached to an image: a signature, a list of packages; `size` is that of its manifest."""

    artifact_type: str | None
    digest: str
    size: int
    title: str | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Inspection(Shown):
    """What is known of an image; None and empty for what its source does not tell.

    Attributes:
        source: the file or reference that was looked at.
        row: its row in the local registry.
        reference: where it came from, or was looked at.
        manifest_digest, index_digest: as at the registry.
        media_type: of its manifest.
        platform: ``os/architecture[/variant]``.
        offers: the platforms of the index.
        created: when the image was made, in seconds since 1970.
        config: the inner config of the OCI image: ``Env``, ``Entrypoint``, ``Labels`` …
        layers: bottom first.
        texts: the scripts and labels of the container; of a remote image what a pull would write.
        file: the SIF file.
        size: of the SIF file in bytes.
        referrers: what is attached to the image, where its place tells that: to its index, where it has one.
        contents: what the SIF file holds.
        warnings: sentences.
    """

    source: str
    row: ImageRow | None = None
    reference: str | None = None
    manifest_digest: str | None = None
    index_digest: str | None = None
    media_type: str | None = None
    platform: str | None = None
    offers: tuple[Offer, ...] = ()
    created: int | None = None
    config: Mapping[str, Any] | None = None
    layers: tuple[LayerRecord, ...] = ()
    texts: Texts = field(default_factory=Texts)
    file: Path | None = None
    size: int | None = None
    contents: Contents | None = None
    referrers: tuple[Referrer, ...] = ()
    warnings: tuple[str, ...] = ()

    def __fspath__(self) -> str:
        """The path of the SIF file; TypeError for an image that is not here."""
        if self.file is None:
            raise TypeError(f"{self.source} is not a file here; pull it first")
        return str(self.file)

    def __repr__(self) -> str:
        """A short one, for a prompt: the scripts alone are pages."""
        return f"<{self.source}, {self.platform}, {len(self.layers)} layers>"

    def facts(self) -> dict[str, Any]:
        """All of it in JSON's types."""
        return {
            "source": self.source,
            "uri": self.row.uri if self.row else None,
            "reference": self.reference,
            "manifest_digest": self.manifest_digest,
            "index_digest": self.index_digest,
            "media_type": self.media_type,
            "platform": self.platform,
            "platforms": [asdict(offer) for offer in self.offers],
            "created": utc(self.created),
            "config": self.config,
            "layers": [{**asdict(layer), "digest": str(layer.digest)} for layer in self.layers],
            **asdict(self.texts),
            "file": str(self.file) if self.file else None,
            "size": self.size,
            "changes": asdict(self.contents.changes) if self.contents and self.contents.changes else None,
            "sif": _sif_facts(self.contents) if self.contents else None,
            "referrers": [asdict(one) for one in self.referrers],
            "warnings": list(self.warnings),
        }


def _sif_facts(contents: Contents) -> dict[str, Any]:
    return {
        "architecture": contents.architecture,
        "created": utc(contents.created),
        "root": asdict(contents.root) if contents.root else None,
        "objects": [{"type": kind, "name": name, "size": size} for kind, name, size in contents.objects],
        "signatures": [asdict(signature) for signature in contents.signatures],
    }


def inspect(context: Context, target: str) -> Inspection:
    """Return what is known of an image.

    Args:
        context: what to ask with.
        target: a SIF file; a reference with its scheme (``docker://…``), which is looked at where it is;
            else the name of an image of the local registry, or, where there is none, a reference.

    Raises:
        SregistryError: as `get` for a name; as `Endpoint.find` for a reference; SifError and DiskError for a file.
    """
    if has_scheme(target):
        return _elsewhere(context, target)
    if is_file_name(target):
        path = Path(target).absolute()
        return _file(context, path, context.store.at_path(path))
    try:
        row = get(context, target)
    except SregistryError as error:
        if error.code != "store-image-unknown" or not _is_reference(context, target):
            error.with_facts(verb="inspect")
            raise
        try:
            found = _elsewhere(context, target)
        except SregistryError as remote:
            # Where images of nearly that name are here, or nobody can be asked, an image that is here was meant.
            here = error.facts.get("near") or "status" not in remote.facts
            raise (error.with_facts(verb="inspect") if here else remote) from remote.__cause__
        note = f"there is no image {target} here; this is what its registry says"
        return replace(found, warnings=(note, *found.warnings))
    return _file(context, row.path, row)


def _is_reference(context: Context, text: str) -> bool:
    try:
        context.parse(text)
    except InvalidReference:
        return False
    return as_digest(parse_query(text)) is None


def _elsewhere(context: Context, target: str) -> Inspection:
    """What the place of a reference says."""
    from sregistry.endpoints.base import Holds

    reference = context.parse(target)
    with begun_again("inspect", target), context.endpoint(reference) as endpoint:
        if not isinstance(endpoint, Holds):
            return _found(endpoint.find(reference, context.platform), reference, ())
        repository = endpoint.repository(reference)
        first = repository.manifest("")
        if first.is_index:
            found = _of_index(context, endpoint, reference, first)
        else:
            found = _found(endpoint.find(reference, context.platform), reference, ())
        return _with_referrers(found, repository, first.digest)


def _with_referrers(found: Inspection, repository: Repository, digest: Digest) -> Inspection:
    """`found` with what refers to the manifest `digest`; a failure is a warning, since it is no part of the image."""
    from sregistry.endpoints.base import Refers

    if not isinstance(repository, Refers):
        return found
    try:
        listed = repository.referrers(digest)
    except Cancelled:
        raise
    except SregistryError as error:
        if error.kind is Kind.AUTH:  # who may read the image and not the list is told of none
            return found
        return replace(found, warnings=(*found.warnings, f"what is attached to it is not known: {error.message}"))
    each = (Referrer(one.artifact_type, str(one.digest), one.size, one.annotations.get(TITLE)) for one in listed)
    return replace(found, referrers=tuple(each))


def _file(context: Context, path: Path, row: ImageRow | None) -> Inspection:
    """What a SIF file says, and the local registry about it."""
    contents = read_file(path)
    known: dict[str, Any] = {}
    if row:
        details = context.store.details(row)
        known = {
            "reference": row.reference or None,
            "manifest_digest": str(row.manifest_digest) if row.manifest_digest else None,
            "index_digest": str(row.index_digest) if row.index_digest else None,
            "created": _created(details.config),
            "layers": tuple(details.layers),
        }
    return Inspection(
        source=str(path),
        row=row,
        platform=(row.platform if row else None) or f"linux/{contents.architecture}",
        config=contents.config,
        texts=contents.texts,
        file=path,
        size=path.stat().st_size,
        contents=contents,
        warnings=(f"the root file system cannot be read: {contents.unread.message}",) if contents.unread else (),
        **known,
    )


def _created(document: Mapping[str, Any]) -> int | None:
    """When an image was made, by its config; None where that does not say."""
    from sregistry.assembly.config import parse_time

    created = document.get("created")
    return parse_time(created) if isinstance(created, str) else None


def _of_index(context: Context, endpoint: Endpoint, reference: Reference, index: Manifest) -> Inspection:
    """What is known of an image of several platforms; where there is none for the platform, which ones there are."""
    offers = _offers(index)
    try:
        found = endpoint.find(reference, context.platform)
    except SregistryError as error:
        if error.code != "image-no-platform" or context.platform or not offers:
            raise
        return Inspection(
            source=reference.uri,
            reference=reference.uri,
            index_digest=str(index.digest),
            media_type=index.media_type,
            offers=offers,
            warnings=(error.message,),
        )
    return _found(found, reference, offers)


def _found(found: Layered | OneFile, reference: Reference, offers: tuple[Offer, ...]) -> Inspection:
    """What is told of an image without fetching it."""
    from sregistry.endpoints.base import OneFile

    if isinstance(found, OneFile):
        return Inspection(
            source=reference.uri,
            reference=reference.uri,
            manifest_digest=str(found.version) if found.version else None,
            platform=str(found.platform) if found.platform else None,
            offers=offers,
            size=found.size,
            warnings=found.warnings,
        )
    image = found.image
    return Inspection(
        source=reference.uri,
        reference=reference.uri,
        manifest_digest=str(image.manifest_digest),
        index_digest=str(image.index_digest) if image.index_digest else None,
        media_type=image.manifest.media_type,
        platform=str(image.platform),
        offers=offers,
        created=_created(image.config),
        config=image.config.get("config") or {},
        layers=tuple(LayerRecord(layer.digest, layer.size, layer.media_type) for layer in image.layers),
        texts=_texts(image),
        warnings=tuple(image.warnings),
    )


def _offers(index: Manifest) -> tuple[Offer, ...]:
    from sregistry.oci.index import entries

    return tuple(
        Offer(str(entry.platform), str(entry.descriptor.digest), entry.descriptor.size)
        for entry in entries(index)
        if entry.platform and not entry.is_attestation
    )


def _texts(image: Image) -> Texts:
    """What a pull would write into the SIF; the labels are the image's own."""
    from sregistry.assembly.config import read_config
    from sregistry.assembly.container import sif_objects

    made = sif_objects(
        image.config,
        reference=str(image.reference),
        manifest_digest=str(image.manifest_digest),
        platform=image.platform,
    )
    texts = texts_of(json.loads(made.inspect_metadata)) or Texts()
    return replace(texts, labels=read_config(image.config).labels)

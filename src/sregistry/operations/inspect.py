"""Inspect: what an image says about itself, here, in any SIF file, or in a registry without pulling it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sregistry.assembly.contents import Contents, Texts, texts_of
from sregistry.errors import SregistryError
from sregistry.notebook import Shown
from sregistry.operations.get import get
from sregistry.operations.local import open_store
from sregistry.operations.sif_facts import read_file
from sregistry.references import InvalidReference, Platform, parse, split_scheme
from sregistry.settings import Settings
from sregistry.store.names import SUFFIX
from sregistry.store.query import as_digest, parse_query
from sregistry.store.records import ImageRow, LayerRecord, utc

if TYPE_CHECKING:
    from sregistry.http.transport import OnExchange
    from sregistry.oci.image import Image
    from sregistry.oci.manifests import Manifest
    from sregistry.operations.connection import Login
    from sregistry.references import Reference
    from sregistry.registry.session import Session


@dataclass(frozen=True, slots=True)
class Offer:
    """One entry of an index: a platform, and the manifest for it; `size` is that of the manifest."""

    platform: str
    digest: str
    size: int


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


def inspect(
    target: str,
    settings: Settings,
    environ: Mapping[str, str],
    *,
    login: Login | None = None,
    on_exchange: OnExchange | None = None,
    session: Session | None = None,
) -> Inspection:
    """Return what is known of an image.

    Args:
        target: a SIF file; a reference with its scheme (``docker://…``), which is looked at in its registry;
            else the name of an image of the local registry, or, where there is none, a reference.
        settings: in force.
        environ: the process environment, for credentials and proxies.
        login: user name and password of the command line.
        on_exchange: told of every request.
        session: of a client; None opens one.

    Raises:
        SregistryError: as `get` for a name; as `Session.resolve` for a reference; SifError and DiskError for a file.
    """
    from sregistry.operations.connection import session_for

    opened = session_for(settings, environ, session, login=login, on_exchange=on_exchange)
    if split_scheme(target)[0]:
        return _at_registry(target, settings, opened, on_exchange)
    if Path(target).is_file() or target.endswith(SUFFIX):
        path = Path(target).absolute()
        return _file(path, open_store(settings).at_path(path), settings)
    try:
        row = get(target, settings)
    except SregistryError as error:
        if error.code != "store-image-unknown" or not _is_reference(target, settings):
            error.with_facts(verb="inspect")
            raise
        try:
            found = _at_registry(target, settings, opened, on_exchange)
        except SregistryError as remote:
            # Where images of nearly that name are here, or nobody can be asked, an image that is here was meant.
            here = error.facts.get("near") or "status" not in remote.facts
            raise (error.with_facts(verb="inspect") if here else remote) from remote.__cause__
        note = f"there is no image {target} here; this is what its registry says"
        return replace(found, warnings=(note, *found.warnings))
    return _file(row.path, row, settings)


def _is_reference(text: str, settings: Settings) -> bool:
    try:
        parse(text, default_registry=settings.default_registry)
    except InvalidReference:
        return False
    return as_digest(parse_query(text)) is None


def _at_registry(
    target: str, settings: Settings, opened: AbstractContextManager[Session], on_exchange: OnExchange | None
) -> Inspection:
    from sregistry.operations.connection import second_look

    reference = parse(target, default_registry=settings.default_registry)
    with opened as session, second_look(session, settings, target, on_exchange=on_exchange):
        return _remote(session, reference, settings)


def _file(path: Path, row: ImageRow | None, settings: Settings) -> Inspection:
    """What a SIF file says, and the local registry about it."""
    contents = read_file(path)
    known: dict[str, Any] = {}
    if row:
        details = open_store(settings).details(row)
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


def _remote(session: Session, reference: Reference, settings: Settings) -> Inspection:
    """What a registry says; where it has no image for the platform, which ones it has."""
    first = session.get_manifest(reference)
    offers = _offers(first) if first.is_index else ()
    wanted = Platform.parse(settings.platform) if settings.platform else None
    try:
        image = session.resolve(reference, wanted)
    except SregistryError as error:
        if error.code != "image-no-platform" or wanted or not offers:
            raise
        return Inspection(
            source=reference.uri,
            reference=reference.uri,
            index_digest=str(first.digest),
            media_type=first.media_type,
            offers=offers,
            warnings=(error.message,),
        )
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
        layers=tuple(
            LayerRecord(layer.descriptor.digest, layer.descriptor.size, layer.descriptor.media_type)
            for layer in image.layers
        ),
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

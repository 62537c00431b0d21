"""Import-database: the images of sregistry 0.2 become images of the local registry."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sregistry.errors import SregistryError
from sregistry.operations.add import make_record
from sregistry.operations.context import Context
from sregistry.operations.sif_facts import SifFacts, read_sif
from sregistry.references import parse
from sregistry.settings import Settings
from sregistry.settings.home import home_folder
from sregistry.store.check import digest_of
from sregistry.store.names import ImageName
from sregistry.store.old_registry import OldImage, read_old
from sregistry.store.paths import DATABASE_FILE
from sregistry.store.records import ImageRecord, ImageRow
from sregistry.store.store import Store

#: What the client `docker` kept: the address of the manifest.
_MANIFEST = re.compile(r"https?://(?P<registry>[^/]+)/v2/(?P<repository>.+)/manifests/(?P<identifier>[^/]+)")


@dataclass(frozen=True, slots=True)
class Left:
    """An image that was not imported, and why; `pull` is a reference that may bring it, or None."""

    name: str
    reason: str
    pull: str | None = None

    def facts(self) -> dict[str, Any]:
        """JSON-able facts."""
        return {"name": self.name, "reason": self.reason, "pull": self.pull}


@dataclass(slots=True)
class ImportResult:
    """What an import did.

    Attributes:
        database: that was read.
        imported: images that are here now.
        known: images that were here before.
        left: images that could not be imported.
        warnings: what a person should know of imported ones.
    """

    database: Path
    imported: list[ImageRow] = field(default_factory=list)
    known: list[ImageRow] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def facts(self) -> dict[str, Any]:
        """The result as JSON-able facts."""
        return {
            "database": str(self.database),
            "imported": [row.facts() for row in self.imported],
            "known": [row.facts() for row in self.known],
            "left": [one.facts() for one in self.left],
            "warnings": self.warnings,
        }


def import_database(
    context: Context,
    database: Path | None = None,
    *,
    copy: bool = False,
    on_image: Callable[[str], None] | None = None,
) -> ImportResult:
    """Import every image of an old database whose file is there; nothing of the old registry is changed.

    Args:
        context: its settings name the local registry.
        database: the old ``sregistry.db``; None looks for it in the folder of the setting ``database``, where
            ``SREGISTRY_DATABASE`` may name the old one still, and in ``~/.singularity``.
        copy: copy the files into the local registry, instead of leaving them where they are.
        on_image: told the name of each image before its file is read.

    Raises:
        DiskError: ``disk-no-such-file``, and what disks do.
        StoreError: ``store-import-format``, ``store-database-*``.
    """
    file = database or _old_database(context.settings, context.environ)
    store = context.store
    result = ImportResult(file)
    for old in read_old(file):
        if on_image:
            on_image(old.name)
        try:
            _import(store, old, result, copy=copy)
        except SregistryError as error:
            if error.code != "store-name-malformed":
                raise
            result.left.append(Left(old.name, error.message))
    return result


def reference_of(old: OldImage) -> str | None:
    """The reference an image came from, where its row tells."""
    match = _MANIFEST.fullmatch(old.url) if old.client == "docker" else None
    if not match:
        return None
    mark = "@" if ":" in match["identifier"] else ":"
    try:
        return parse(f"docker://{match['registry']}/{match['repository']}{mark}{match['identifier']}").uri
    except SregistryError:
        return None


def _old_database(settings: Settings, environ: Mapping[str, str]) -> Path:
    usual = home_folder(environ) / ".singularity" / DATABASE_FILE
    try:
        read_old(settings.database / DATABASE_FILE)
    except SregistryError:
        return usual
    return settings.database / DATABASE_FILE


def _import(store: Store, old: OldImage, result: ImportResult, *, copy: bool) -> None:
    if old.fault:
        result.left.append(Left(old.name, old.fault))
        return
    if old.path is None:
        result.left.append(Left(old.name, "it has no file, only an address" + f": {old.url}" * bool(old.url)))
        return
    if not old.path.is_file():
        result.left.append(Left(old.name, f"its file is missing: {old.path}", reference_of(old)))
        return
    record = _record(old, old.path, result)
    if known := _known(store, record):
        result.known.append(known)
        return
    keep = store.adopt if copy else store.register
    result.imported.append(keep(old.path, record, since=old.since))


def _record(old: OldImage, path: Path, result: ImportResult) -> ImageRecord:
    try:
        facts = read_sif(path)
    except SregistryError as error:
        result.warnings.append(f"{old.name}: {error.message}: {path}")
        facts = SifFacts("", {}, {}, None)
    record = make_record(facts, ImageName.parse(old.name), digest_of(path), path.stat().st_size)
    record = replace(record, labels={**old.labels, **record.labels})
    if facts.origin:
        return record
    reference = reference_of(old)
    registry = parse(reference).registry if reference else ""
    return replace(record, client=old.client, reference=reference or "", registry=registry)


def _known(store: Store, record: ImageRecord) -> ImageRow | None:
    """The image, if it is here already with a file."""
    for row in store.reads.by_file(str(record.file_digest)):
        if row.name == record.name and row.path.exists():
            return row
    return None

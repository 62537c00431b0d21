"""Add: a SIF file, from wherever it came, becomes an image of the local registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sregistry.notebook import Shown
from sregistry.operations.context import Context
from sregistry.operations.sif_facts import SifFacts, read_sif
from sregistry.store.check import digest_of
from sregistry.store.names import ImageName
from sregistry.store.records import ImageRecord, ImageRow
from sregistry.version import __version__

if TYPE_CHECKING:
    from sregistry.digests import Digest
    from sregistry.store.store import Store


@dataclass(frozen=True, slots=True)
class AddResult(Shown):
    """What an addition did.

    Attributes:
        image: its row.
        moved: whether the file is now only in the local registry.
        left_because: why it was left in its place although it was to be moved; None if that did not happen.
    """

    image: ImageRow
    moved: bool
    left_because: str | None = None

    def __fspath__(self) -> str:
        """The path of the SIF file."""
        return str(self.image.path)

    def facts(self) -> dict[str, Any]:
        """The result as JSON-able facts."""
        return {**self.image.facts(), "moved": self.moved, "left_because": self.left_because}


def add(
    context: Context,
    file: Path,
    *,
    name: str | None = None,
    copy: bool = False,
    on_bytes: Callable[[int], None] | None = None,
) -> AddResult:
    """Take the SIF `file` into the local registry.

    Args:
        file: made by any program; moved unless `copy`, or unless another image has its file there.
        context: its settings name the local registry.
        name: ``[COLLECTION/]NAME[:TAG]``; None takes that of the image it was pulled from, else that of the file.
        copy: leave the file where it is.
        on_bytes: told of bytes read to take the digest.

    Raises:
        SifError: it is no SIF, or one without an image.
        StoreError: ``store-name-malformed``, ``store-database-*``.
        DiskError: it cannot be read, or there is no room.
    """
    store = context.store
    wanted = ImageName.parse(name) if name else None
    facts = read_sif(file)
    digest = digest_of(file, on_bytes)
    record = make_record(facts, wanted or default_name(file, facts), digest, file.stat().st_size)
    owner = _owner(store, file, record)
    moving = not copy and owner is None
    # Who follows a symbolic link still finds the file: its content must not be shared with ours.
    row = store.adopt(file, record, share=moving and not file.is_symlink())
    if copy:
        return AddResult(row, moved=False)
    reason = f"it is the file of the image {owner.uri}" if owner else _remove(file)
    return AddResult(row, moved=reason is None, left_because=reason)


def make_record(facts: SifFacts, name: ImageName, digest: Digest, size: int) -> ImageRecord:
    """The record of a file with these facts: as its pull would have written it, where the file names its origin."""
    known: dict[str, Any] = {}
    if facts.origin:
        reference = facts.origin.reference
        known = {
            "client": reference.scheme,
            "registry": reference.registry,
            "reference": reference.uri,
            "manifest_digest": facts.origin.manifest_digest,
        }
    return ImageRecord(
        name=name,
        file_digest=digest,
        size=size,
        made_by=__version__,
        platform=facts.platform,
        labels=facts.labels,
        config=facts.config,
        **known,
    )


def default_name(file: Path, facts: SifFacts) -> ImageName:
    """The name of the image it was pulled from, else what the file's own name says.

    Raises StoreError ``store-name-malformed`` if that says nothing.
    """
    if facts.origin:
        return ImageName.of(facts.origin.reference)
    return ImageName.of_file(file.name)


def _owner(store: Store, file: Path, record: ImageRecord) -> ImageRow | None:
    """The image that would lose its file if `file` were taken away to be `record`."""
    for row in store.reads.by_file(str(record.file_digest)):
        is_this_one = (row.name, row.version) == (record.name, record.version) and not row.managed
        if not is_this_one and row.path.exists() and file.samefile(row.path):
            return row
    return None


def _remove(file: Path) -> str | None:
    """Remove the file; return why that could not be done, or None."""
    try:
        file.unlink()
    except OSError as error:
        return error.strerror or str(error)
    return None

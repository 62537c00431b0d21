"""Whether an image that is here is still what its reference means: then nothing is fetched."""

from __future__ import annotations

from collections.abc import Sequence

from sregistry.endpoints.base import Endpoint, Layered
from sregistry.errors import SregistryError
from sregistry.operations.changes import changes_in
from sregistry.operations.clock import Clock
from sregistry.operations.context import Context
from sregistry.operations.pulled import LayerResult, PullResult
from sregistry.references import Reference
from sregistry.references.machine import wanted
from sregistry.store.records import ImageRow, LayerRecord


def unchanged(context: Context, endpoint: Endpoint, reference: Reference) -> ImageRow | None:
    """The image in the local registry, if its file is there and `reference` still means it: one cheap request.

    A digest and ``offline`` ask nobody. Raises what `Endpoint.version` raises, and StoreError.
    """
    will_do = wanted(context.platform)
    row = context.store.find(reference, will_do)
    if row is None or not row.path.is_file() or row.path.stat().st_size != row.size:
        return None
    changes = changes_in(row.path)
    if changes and changes.exact != context.settings.exact:
        return None
    if will_do.order(row.platform) and not _is_chosen(context, endpoint, reference, row):
        return None
    if reference.digest is not None or context.settings.offline:
        return row
    version = context.unless_stopped(lambda: endpoint.version(reference))
    if version is None or version not in (row.version, row.index_digest):
        return None
    try:
        return context.store.confirm(row, row.index_digest)
    except SregistryError as error:
        if error.code != "store-database-read-only":
            raise
        return row  # the time of this look is not kept, the image is here all the same


def _is_chosen(context: Context, endpoint: Endpoint, reference: Reference, row: ImageRow) -> bool:
    """Whether a pull would take the image of this row, which is not the best that can be: there may be a better."""
    found = endpoint.find(reference, context.platform)
    return not isinstance(found, Layered) or found.image.manifest_digest == row.manifest_digest


def as_it_was(reference: Reference, row: ImageRow, layers: Sequence[LayerRecord], clock: Clock) -> PullResult:
    """The result of a pull of an image that is here, unchanged."""
    return PullResult(
        reference=str(reference),
        path=row.path,
        unchanged=True,
        manifest_digest=row.manifest_digest,
        index_digest=row.index_digest,
        platform=row.platform,
        size=row.size,
        file_digest=row.file_digest,
        changes=changes_in(row.path),
        layers=[LayerResult(layer.digest, layer.media_type, layer.size, True, 0, 0) for layer in layers],
        seconds=clock.seconds,
    )

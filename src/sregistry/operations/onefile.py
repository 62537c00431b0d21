"""An image that is one finished SIF file -> its target; verified: digest or size, and that it is a SIF."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sregistry.errors import SregistryError
from sregistry.operations.damaged import until_sound
from sregistry.operations.first_look import HEAD, first_look
from sregistry.operations.pulled import LayerResult, PullResult
from sregistry.operations.sif_facts import read_sif
from sregistry.operations.targets import Kept, writing
from sregistry.store.errors import disk_error

if TYPE_CHECKING:
    from sregistry.endpoints.base import ByteStream, OneFile
    from sregistry.operations.clock import Clock
    from sregistry.operations.context import Context
    from sregistry.operations.targets import Target
    from sregistry.references import Reference
    from sregistry.store.files import PartialFile

_CHUNK = 1 << 20


def fetch(context: Context, found: OneFile, reference: Reference, target: Target, clock: Clock) -> PullResult:
    """Put the file `found`, as the image `reference`, at `target`.

    Raises:
        SifError: it is no SIF, or one without an image.
        SregistryError: what of networks and disks can go wrong; what comes damaged is fetched once more.
    """
    for warning in found.warnings:
        context.progress.warning(warning)
    clock.stage("resolve")
    with writing(target, found.size or 0, context.progress) as partial:
        until_sound(lambda: _download(context, found, partial), 1, lambda error: _once_more(context, error))
        clock.stage("layers")
        partial.file.flush()
        kept = _described(found, reference, partial.path)
        path, file_digest = target.keep(partial, lambda: kept)
    clock.stage("keep")
    digest, size = found.digest or file_digest, kept.size
    return PullResult(
        reference=str(reference),
        path=path,
        unchanged=False,
        manifest_digest=found.version,
        index_digest=None,
        platform=kept.platform,
        size=size,
        file_digest=digest,
        layers=[LayerResult(digest, "", size, False, 0, 0)] if digest else [],
        seconds=clock.seconds,
        warnings=list(found.warnings),
    )


def _described(found: OneFile, reference: Reference, file: Path) -> Kept:
    """What is written down of the image in `file`; raises SifError if it is none."""
    try:
        facts = read_sif(file)
    except SregistryError as error:
        error.facts.pop("file", None)  # a temporary name, which is gone
        raise error.with_facts(reference=str(reference)) from error.__cause__
    return Kept(
        reference=reference,
        size=file.stat().st_size,
        platform=str(found.platform) if found.platform else facts.platform,
        manifest_digest=found.version,
        labels=facts.labels,
        config=facts.config,
    )


def _once_more(context: Context, error: SregistryError) -> None:
    context.progress.warning(f"the file arrived damaged ({error.message}); fetching it once more")


def _download(context: Context, found: OneFile, partial: PartialFile) -> None:
    """Write the bytes of the file to `partial`, from its beginning."""
    progress, name = context.progress, str(found.digest or "file")
    partial.file.seek(0)
    partial.file.truncate()
    progress.layers(1, 0, found.size or 0)
    progress.layer_started(name, found.size or 0)
    position = 0
    with found.open(progress.waiting) as stream:
        for data in _looked_at(context, found, stream):
            if context.stop:
                context.stop.check()
            try:
                partial.file.write(data)
            except OSError as error:
                raise disk_error(error, partial.path.parent, "write in", needed=found.size or 0) from error
            position += len(data)
            progress.layer_progress(name, position)
    progress.layer_finished(name, position)


def _looked_at(context: Context, found: OneFile, stream: ByteStream) -> Iterator[bytes]:
    """The pieces of a stream; raises what a first look at its beginning does, before any is given."""
    head = b""
    while len(head) < HEAD and (data := stream.read(_CHUNK)):
        head += data
    first_look(head, context.platform, trusted=found.digest is not None)
    if head:
        yield head
    while data := stream.read(_CHUNK):
        yield data

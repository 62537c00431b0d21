"""An image that is one finished SIF file -> its target; verified: digest or size, and that it is a SIF.

A large file that its place can go on with is written into the cache first, where it stays if the download is broken
off, and is moved from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sregistry.errors import SregistryError
from sregistry.operations.damaged import until_sound
from sregistry.operations.first_look import HEAD, first_look
from sregistry.operations.progress import fetching
from sregistry.operations.pulled import LayerResult, PullResult
from sregistry.operations.sif_facts import read_sif
from sregistry.operations.targets import Kept, writing
from sregistry.store.errors import DiskError, disk_error
from sregistry.store.filesystem import free_bytes

if TYPE_CHECKING:
    from sregistry.endpoints.base import ByteStream, OneFile
    from sregistry.operations.clock import Clock
    from sregistry.operations.context import Context
    from sregistry.operations.targets import Target
    from sregistry.references import Reference
    from sregistry.store.downloads import Begun
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
    with writing(target, found.size or 0) as partial:
        with _begun(context, found, reference) as begun:
            fetched = _whole(context, found, partial, begun)
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
        fetched=fetched,
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
        file_digest=found.digest,
    )


@contextmanager
def _begun(context: Context, found: OneFile, reference: Reference) -> Iterator[Begun | None]:
    """What there is of the file from a former pull, to go on with; None where nothing is to be kept of it."""
    from sregistry.operations.local import open_cache
    from sregistry.store.downloads import LEAST

    wanted = context.settings.use_cache and found.resume is not None and (found.size or 0) >= LEAST
    if not wanted or found.version is None:
        yield None
        return
    downloads, verified = open_cache(context.settings).downloads, found.digest is not None
    with downloads.begin(reference.uri, found.version, verified=verified) as begun:
        yield begun if begun and _has_room(begun, found.size or 0) else None


def _has_room(begun: Begun, size: int) -> bool:
    """Whether the rest of a file of `size` bytes has room in the cache; if not, it goes where the image will be."""
    free = free_bytes(begun.path.parent)
    return free is None or free >= size - begun.size


def _whole(context: Context, found: OneFile, partial: PartialFile, begun: Begun | None) -> int:
    """Get the file into `partial`, once more where it came damaged; return how many bytes came."""
    try:
        return until_sound(lambda: _fetch(context, found, partial, begun), 1, lambda error: _once_more(context, error))
    except SregistryError as error:
        raise error.with_facts(kept=begun.size if begun else 0) from error.__cause__


def _once_more(context: Context, error: SregistryError) -> None:
    context.progress.warning(f"the file arrived damaged ({error.message}); fetching it once more")


def _fetch(context: Context, found: OneFile, partial: PartialFile, begun: Begun | None) -> int:
    """Get the file into `partial`, by way of the cache as long as that has room for it; return what came, in bytes."""
    try:
        came = _download(context, found, partial, begun)
    except DiskError as error:
        if begun is None or error.facts.get("setting") != "cache_dir":
            raise
        begun.discard()
        context.progress.warning(f"nothing is kept of the file while it comes ({error.message}); beginning anew")
        return _download(context, found, partial, None)
    if begun:
        begun.move_to(partial)
    return came


def _download(context: Context, found: OneFile, partial: PartialFile, begun: Begun | None) -> int:
    """Write the bytes of the file to `partial`, or to what has been begun of it; return how many came."""
    progress, name, size = context.progress, str(found.digest or "file"), found.size or 0
    file = begun.file if begun else partial.file
    there = position = begun.size if begun and begun.size <= size else 0
    try:
        file.seek(position)
        file.truncate()
        if position:
            progress.step(f"going on after {position:,} bytes, which are here from a pull that was broken off")
        fetching(progress, size, there)
        progress.layer_started(name, size)
        with _open(context, found, file if position else None) as stream:
            file.seek(position)
            for data in _pieces(stream) if position else _looked_at(context, found, stream):
                if context.stop:
                    context.stop.check()
                file.write(data)
                position += len(data)
                progress.layer_progress(name, position)
        progress.layer_finished(name, position)
        return position - there
    except OSError as error:
        folder = begun.path.parent if begun else partial.path.parent
        raise disk_error(error, folder, "write in", setting="cache_dir" if begun else None, needed=size) from error
    except SregistryError as error:
        if begun and error.code in ("digest-mismatch", "size-long", "web-changed"):
            begun.discard()
        raise


def _open(context: Context, found: OneFile, kept: BinaryIO | None) -> ByteStream:
    if kept is not None and found.resume is not None:
        kept.seek(0)
        return found.resume(kept, context.progress.waiting)
    return found.open(context.progress.waiting)


def _pieces(stream: ByteStream) -> Iterator[bytes]:
    return iter(lambda: stream.read(_CHUNK), b"")


def _looked_at(context: Context, found: OneFile, stream: ByteStream) -> Iterator[bytes]:
    """The pieces of a stream; raises what a first look at its beginning does, before any is given."""
    head = b""
    while len(head) < HEAD and (data := stream.read(_CHUNK)):
        head += data
    first_look(head, found.size, context.platform, trusted=found.digest is not None)
    if head:
        yield head
    yield from _pieces(stream)

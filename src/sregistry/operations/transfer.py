"""Blobs and manifests from one repository into another, as they are: sent, or mounted, or skipped as they are there."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum

from sregistry.digests import Digest
from sregistry.endpoints.base import ByteStream, OnWait, Refers, Repository, Sizes, Writable
from sregistry.endpoints.sending import send
from sregistry.errors import SregistryError
from sregistry.oci import contents
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.manifests import Manifest
from sregistry.operations.damaged import until_sound
from sregistry.operations.progress import Progress
from sregistry.operations.several import Several
from sregistry.operations.under_way import Turns


class Became(Enum):
    """What became of a blob."""

    COPIED = "copied"
    MOUNTED = "mounted"
    THERE = "there"


@dataclass(slots=True)
class Tally:
    """What has been done so far; `sent` counts bytes of blobs that the target was given."""

    copied: int = 0
    mounted: int = 0
    there: int = 0
    sent: int = 0


class Source:
    """A repository that remembers which errors were its own; the target's are raised through the same calls."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self._raised: list[SregistryError] = []

    def is_own(self, error: SregistryError) -> bool:
        """Whether `error` came from this repository."""
        return any(one is error for one in self._raised)

    def manifest(self, name: str) -> Manifest:
        """See `base.Repository`."""
        with self.reading():
            return self.repository.manifest(name)

    def blob(self, descriptor: Descriptor, on_wait: OnWait | None = None) -> ByteStream:
        """See `base.Repository`."""
        with self.reading():
            return _Stream(self, self.repository.blob(self.sized(descriptor), on_wait))

    def sized(self, descriptor: Descriptor) -> Descriptor:
        """`descriptor` with its size, which manifests of schema 1 do not tell."""
        if descriptor.size or descriptor.digest.hex == descriptor.digest.hasher().hexdigest():
            return descriptor
        if not isinstance(self.repository, Sizes):
            return descriptor
        return replace(descriptor, size=self.repository.size(descriptor.digest))

    def referrers(self, digest: Digest) -> Sequence[Descriptor]:
        """What refers to a manifest, as far as the repository knows."""
        if not isinstance(self.repository, Refers):
            return ()
        with self.reading():
            return self.repository.referrers(digest)

    @property
    def places(self) -> int:
        """See `base.Repository`."""
        return self.repository.places

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Remember what is raised meanwhile as an error of this repository, or of what is in it."""
        try:
            yield
        except SregistryError as error:
            self._raised.append(error)
            raise


class _Stream:
    """A stream of a source, whose errors are the source's."""

    def __init__(self, source: Source, stream: ByteStream) -> None:
        self._source = source
        self._stream = stream
        #: See `digests.vouched`.
        self.vouches: object = getattr(stream, "vouches", None)

    def read(self, size: int = -1, /) -> bytes:
        with self._source.reading():
            return self._stream.read(size)

    def __enter__(self) -> _Stream:
        self._stream.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stream.__exit__(*exception)


class Transfer:
    """Copies from `source` into `target`.

    Args:
        source: where the bytes are.
        target: where they go.
        several: does it, several things at once.
        progress: listener.
        turns: keep blobs apart that other copies bring to the same place.

    Attributes:
        tally: of blobs.
    """

    def __init__(self, source: Source, target: Writable, several: Several, progress: Progress, turns: Turns) -> None:
        self._source = source
        self._target = target
        self._several = several
        self._progress = progress
        self._turns = turns
        self._lock = threading.Lock()
        self.tally = Tally()

    def blobs(self, blobs: Sequence[Descriptor]) -> None:
        """See to it that the target has all of `blobs`.

        Raises:
            SregistryError: what source and target raise; what arrives damaged is fetched again.
        """
        there = self._several.run(self._target.has, blobs)
        missing = [blob for blob, is_there in zip(blobs, there, strict=True) if not is_there]
        self.tally.there += len(blobs) - len(missing)
        if not blobs:
            return
        missing = self._several.run(self._source.sized, missing)
        self._progress.layers(len(blobs), len(blobs) - len(missing), sum(blob.size for blob in missing))
        # The largest first: the last one to finish decides the time.
        became = self._several.run(self._blob, sorted(missing, key=lambda blob: -blob.size))
        self.tally.there += became.count(Became.THERE)
        self.tally.copied += became.count(Became.COPIED)
        self.tally.mounted += became.count(Became.MOUNTED)

    def manifests(self, waves: Sequence[Sequence[Manifest]]) -> None:
        """Store manifests under their digests, each wave once the one before is there."""
        for wave in waves:
            self._several.run(self._manifest, list({manifest.digest: manifest for manifest in wave}.values()))

    def manifest(self, name: str, manifest: Manifest) -> None:
        """Store a manifest under a name; raises what the target raises, with the facts of the manifest."""
        try:
            self._target.put_manifest(name, manifest)
        except SregistryError as error:
            urls = [url for layer in contents.of(manifest).foreign for url in layer.urls]
            facts = {"media_type": manifest.media_type, "digest": str(manifest.digest)}
            raise error.with_facts(**facts, **({"urls": urls} if urls else {})) from error.__cause__

    def _manifest(self, manifest: Manifest) -> None:
        self.manifest(str(manifest.digest), manifest)

    def _blob(self, blob: Descriptor) -> Became:
        name = str(blob.digest)
        self._progress.layer_started(name, blob.size)
        with self._turns(blob.digest) as is_there:
            became = Became.THERE if is_there else self._brought(blob)
        self._progress.layer_finished(name, blob.size)
        return became

    def _brought(self, blob: Descriptor) -> Became:
        if self._target.mount(blob.digest, self._source.repository):
            return Became.MOUNTED
        until_sound(lambda: self._send(blob), self._source.places, lambda error: self._again(blob.digest, error))
        return Became.COPIED

    def _send(self, blob: Descriptor) -> None:
        position = 0

        def moved(count: int) -> None:
            nonlocal position
            self._several.check()
            position += count
            self._progress.layer_progress(str(blob.digest), position)
            with self._lock:
                self.tally.sent += count

        send(self._target, blob, lambda: self._source.blob(blob, self._progress.waiting), moved)

    def _again(self, digest: Digest, error: SregistryError) -> None:
        self._progress.warning(f"{digest} arrived damaged ({error.message}); fetching it once more")

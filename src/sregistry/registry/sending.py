"""A blob on its way into a registry: in one piece, or in chunks that go on where they were broken off.

A chunk is sent while it is read, and its latest bytes are kept in memory, so that they can be sent again; before that
the registry is asked what it has got of it, because many append whatever comes (docker-registry 2.8 does not look at
``Content-Range``). A registry may wait for its disk after each chunk, and lose (docker-registry does) a chunk that
was broken off by the end of a process. What an upload has in a registry is kept by `Kept`, by which another process
can go on.

Registries that take a blob in one piece only are told by their refusal of a chunk, or known.
Source: OCI Distribution Specification, "Pushing a blob in chunks", "Pushing a blob monolithically".
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sregistry.digests import Readable, vouched
from sregistry.errors import RegistryError, SregistryError
from sregistry.http.outgoing import Chunk, OnBytes, OutgoingStream, Position, SentBeforeError, SourceError
from sregistry.http.retry import persist
from sregistry.oci.descriptors import Descriptor

if TYPE_CHECKING:
    from sregistry.http.retry import Patience
    from sregistry.registry.uploads import Uploader

_PIECE = 1 << 20
#: So many bytes are kept of what was sent, which is more than connections hold; smaller blobs are sent in one piece.
_KEPT = 16 << 20
#: Statuses with which a registry refuses a chunk that takes a blob in one piece only, or has lost the upload.
_REFUSED = frozenset({400, 404, 405, 411, 416, 501})
#: Hosts that take no chunks (Artifact Registry, "Troubleshooting": use monolithic uploads).
_WHOLE_ONLY = (".pkg.dev", ".gcr.io")


@dataclass(frozen=True, slots=True)
class Begun:
    """An upload that a registry has begun: where it goes on, and the bytes that a chunk must have at least."""

    location: str
    least: int = 0


class Kept(Protocol):
    """What is remembered of the upload of one blob for the next process."""

    location: str | None

    def keep(self, location: str) -> None:
        """Remember where the upload goes on."""

    def drop(self) -> None:
        """Forget it."""


class Unkept:
    """Nothing is remembered."""

    location: str | None = None

    def keep(self, location: str) -> None:
        """Not remembered."""

    def drop(self) -> None:
        """There is nothing to forget."""


def send(
    to: Uploader, descriptor: Descriptor, stream: Readable, on_bytes: OnBytes | None, kept: Kept | None = None
) -> None:
    """Upload a blob that is not there yet.

    Args:
        to: the repository.
        descriptor: of the blob; a size of 0 is not known.
        stream: its bytes, from the first one on.
        on_bytes: told what has been sent, or was there already.
        kept: of the upload of this blob.

    Raises:
        DigestError: the stream is not what the descriptor says; the registry has not taken it.
        RegistryError: see `Uploader`. With ``registry-upload-lost`` the same may do better with the stream from its
            beginning.
    """
    source = vouched(stream, descriptor.digest, descriptor.size or None, what="blob")
    one = _Sending(to, descriptor, source, Position(on_bytes), kept or Unkept())
    try:
        one.send()
    except SourceError as error:
        raise error.error from error.error.__cause__


def takes_whole_only(to: Uploader) -> bool:
    """Whether the registry takes no chunks, by what is known or was seen."""
    host = to.api.host.partition(":")[0]
    return to.api.whole_uploads or any(f".{host}".endswith(name) for name in _WHOLE_ONLY)


class _Sending:
    """One blob."""

    def __init__(self, to: Uploader, descriptor: Descriptor, source: Readable, position: Position, kept: Kept) -> None:
        self._to = to
        self._digest = descriptor.digest
        self._size = descriptor.size
        self._source = source
        self._position = position
        self._kept = kept
        self._resuming = False
        self._window = min(to.chunk, _KEPT)

    def send(self) -> None:
        """All of it, in the way that fits."""
        if self._size > self._window and takes_whole_only(self._to):
            self.stream(b"")
            return
        begun = self.resumed()
        if begun is not None:
            self.chunks(*begun)
            return
        if self._size > self._window:
            self.begin(self._next(0, self._length(0)))
            return
        first = self._next(0, self._size or self._window)
        if self._size or first.size < self._window:
            self.whole(first)
        else:
            self.begin(first)

    def _length(self, least: int) -> int:
        """Of a chunk: what a setting allows, while none has been broken off so that it could not be gone on with."""
        return max(least, self._to.chunk if self._size and self._to.api.steady_uploads else self._window)

    def _next(self, offset: int, size: int) -> Chunk:
        """The bytes from `offset` on, `size` at most; few, or of a blob whose size is not known, are read at once."""
        if self._size:
            size = min(size, self._size - offset)
        last = bool(self._size) and offset + size == self._size
        if self._size and size > _PIECE:
            return self._chunk(self._source.read, size, offset, last=last)
        data = exactly(self._source, size)
        if last:
            self._source.read(1)  # the end, which is verified
        return self._chunk(io.BytesIO(data).read, len(data), offset)

    def _chunk(self, read: Callable[[int], bytes], size: int, offset: int, *, last: bool = False) -> Chunk:
        return Chunk(read, size, start=offset, position=self._position, last=last, window=self._window)

    # -- in one piece ---------------------------------------------------------------------------

    def whole(self, chunk: Chunk) -> None:
        """Send all of a small blob at once; from the beginning, if that fails."""
        patience = self._to.patience()

        def attempt() -> None:
            if patience.failures and self._is_there():
                return
            begun = self._to.begin(self._digest, patience.deadline())
            try:
                self._to.finish(begun.location, self._digest, chunk, chunk.size, patience.deadline())
            except SourceError:
                self._to.cancel(begun.location)
                raise

        persist(attempt, patience)
        self._position.check()

    def stream(self, first: bytes) -> None:
        """Send a large blob in one piece: its `first` bytes, and what is left of the stream."""
        patience = self._to.patience()
        begun = persist(lambda: self._to.begin(self._digest, patience.deadline()), patience)
        body = OutgoingStream(self._pieces(first), self._size, self._position)
        try:
            self._to.finish(begun.location, self._digest, body, self._size, patience.deadline())
        except SentBeforeError as error:
            raise self._lost() from error
        except RegistryError as error:
            if not error.retryable or not body.begun:
                raise
            if not self._is_there():
                raise self._lost(error) from error
        self._position.check()

    def _pieces(self, first: bytes) -> Iterator[bytes]:
        if first:
            yield first
        while data := self._source.read(_PIECE):
            yield data

    # -- in chunks ------------------------------------------------------------------------------

    def resumed(self) -> tuple[Begun, int] | None:
        """The upload of a former process, if the registry knows it, and how much of the blob it has."""
        if self._kept.location is None:
            return None
        patience, location = self._to.patience(), self._kept.location
        state = persist(lambda: self._to.state(location, patience.deadline()), patience)
        if state is None or not 0 < state[1] <= self._size:
            self._kept.drop()
            return None
        self._resuming = True
        return Begun(state[0]), state[1]

    def begin(self, first: Chunk) -> None:
        """Send a blob in chunks, of which this is the first."""
        patience = self._to.patience()
        begun = persist(lambda: self._to.begin(self._digest, patience.deadline()), patience)
        if first.size < begun.least:
            data = first.all_read() + exactly(self._source, begun.least - first.size)
            first = self._chunk(io.BytesIO(data).read, len(data), 0)
        self._kept.keep(begun.location)
        try:
            location = self._deliver(begun.location, 0, first)
        except RegistryError as error:
            if not _refused_at_once(error) or not self._size:
                raise
            self._to.api.whole_uploads = True
            self._kept.drop()
            self._to.cancel(begun.location)
            if not first.from_byte(0):
                raise self._lost(error) from error
            self.stream(first.kept)
            return
        self._rest(location, first.size, begun.least)

    def chunks(self, begun: Begun, offset: int) -> None:
        """Go on with an upload that has `offset` bytes already."""
        skip(self._source, offset)
        self._position.at(offset)
        self._rest(begun.location, offset, begun.least)

    def _rest(self, location: str, offset: int, least: int) -> None:
        """Send what is left of the stream in chunks, and end the upload."""
        while True:
            self._kept.keep(location)
            self._position.check()
            chunk = self._next(offset, self._length(least))
            if not chunk.size:
                break
            try:
                location = self._deliver(location, offset, chunk)
            except RegistryError as error:
                if error.facts.get("status") not in _REFUSED:
                    raise
                self._kept.drop()
                if _refused_at_once(error) and not self._resuming:
                    self._to.api.whole_uploads = True  # it has taken one chunk, and takes no other
                raise self._lost(error) from error
            offset += chunk.size
        self._finish(location, offset)

    def _deliver(self, location: str, offset: int, chunk: Chunk) -> str:
        """Send a chunk, the bytes from `offset` on; return where the upload goes on."""
        patience, here = self._to.patience(), location

        def attempt() -> str:
            nonlocal here
            if patience.failures:
                here, got = self._repaired(here, offset, chunk.sent, chunk.size, patience)
                if not chunk.from_byte(got):
                    self._to.api.steady_uploads = False
                    raise self._lost()
            while len(chunk):
                here, there = self._to.send_chunk(here, chunk, offset + chunk.sent, patience.deadline())
                if there is not None and not offset + chunk.sent < there <= offset + chunk.size:
                    raise self._lost()
                if not chunk.from_byte(chunk.size if there is None else there - offset):
                    raise self._lost()
            return here

        result = persist(attempt, patience)
        patience.progress()
        return result

    def _repaired(self, location: str, offset: int, sent: int, size: int, patience: Patience) -> tuple[str, int]:
        """After a failure: where the upload goes on, and how much of the chunk the registry has."""
        state = self._to.state(location, patience.deadline())
        if state is None:  # it does not say; one that looks at the range refuses what it has got
            return location, sent
        if not offset <= state[1] <= offset + size:
            raise self._lost()
        if state[1] - offset > sent:
            patience.progress()
        return state[0], state[1] - offset

    def _finish(self, location: str, size: int) -> None:
        patience = self._to.patience()

        def attempt() -> None:
            if patience.failures and self._is_there():
                return
            self._to.finish(location, self._digest, b"", size, patience.deadline())

        try:
            persist(attempt, patience)
        except RegistryError as error:
            if error.code == "registry-upload-corrupt" or error.facts.get("status") in _REFUSED:
                self._kept.drop()
                if not self._is_there():
                    raise (self._lost(error) if self._resuming else error) from error
            else:
                raise
        self._kept.drop()

    # -- details --------------------------------------------------------------------------------

    def _is_there(self) -> bool:
        return self._to.has(self._digest)

    def _lost(self, error: SregistryError | None = None) -> RegistryError:
        """The upload cannot go on; what the registry had of it is lost."""
        known = {} if error is None else {**error.facts, "cause": error.code}
        registry = self._to.api.registry
        message = f"{registry} does not know the upload any more that it had begun"
        place = {"registry": registry, "repository": self._to.repository, "purpose": "upload"}
        return RegistryError("registry-upload-lost", message, **{**place, **known, "layer": str(self._digest)})


def _refused_at_once(error: SregistryError) -> bool:
    """Whether a chunk was refused when it was sent for the first time: not for what became of it on the way."""
    return error.facts.get("status") in _REFUSED and error.facts.get("attempts") == 1


def skip(source: Readable, size: int) -> None:
    """Read `size` bytes of a stream for nothing."""
    while size and (data := source.read(min(size, _PIECE))):
        size -= len(data)


def exactly(source: Readable, size: int) -> bytes:
    """`size` bytes of a stream, fewer only at its end."""
    pieces: list[bytes] = []
    while size > 0 and (data := source.read(min(size, _PIECE))):
        pieces.append(data)
        size -= len(data)
    return b"".join(pieces)

"""Bodies that are sent: piece by piece, told while they go, and not counted as waiting.

A body that is an iterable is sent as it comes; what a slow line needs for it is no silence of the server, so that the
deadline of the request moves along.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator

from sregistry.http import waits

#: What is handed to the socket at once; its timeout is for so much.
_BLOCK = 128 << 10
#: So much of a stream is read at once.
_PIECE = 1 << 20

#: Called with the number of bytes that have been sent since the last call.
OnBytes = Callable[[int], None]


class Position:
    """How far into one thing the sending has come; each byte is told once, though it may be sent again.

    Args:
        on_bytes: the listener. What it raises comes out of `check`: a request that is broken off for it would be
            lost to both sides.
    """

    def __init__(self, on_bytes: OnBytes | None = None) -> None:
        self._on_bytes = on_bytes
        self._told = 0
        self._raised: Exception | None = None

    def at(self, position: int) -> None:
        """The first `position` bytes have been sent."""
        more, self._told = position - self._told, max(position, self._told)
        if more <= 0 or self._on_bytes is None or self._raised is not None:
            return
        try:
            self._on_bytes(more)
        except Exception as error:  # noqa: BLE001 - it is the listener's, and comes out of `check`
            self._raised = error

    def check(self) -> None:
        """Raise what the listener has raised."""
        if self._raised is not None:
            raise self._raised


class Outgoing:
    """Bytes in memory as the body of a request, which may be sent again; `start` is where in the whole they are."""

    def __init__(self, data: bytes | memoryview, start: int = 0, position: Position | None = None) -> None:
        self._data = memoryview(data)
        self._start = start
        self._position = position or Position()

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[memoryview]:
        for start in range(0, len(self._data), _BLOCK):
            block = self._data[start : start + _BLOCK]
            began = time.monotonic()
            yield block
            waits.later(time.monotonic() - began)
            self._position.at(self._start + start + len(block))


class Chunk:
    """The next `size` bytes of a stream as the body of a request: sent while they are read.

    What was read last is kept, to be sent again; what a server has not got of more than that is lost to it.

    Args:
        read: gives at most so many of the next bytes; what it raises comes out of the request in a `SourceError`.
        size: of the chunk.
        start: where in the whole it begins.
        position: told how far the sending has come.
        last: the stream ends with it: its last piece is sent once the stream has ended, which it does only if it is
            what it should be.
        window: so many bytes are kept.
    """

    def __init__(
        self, read: Callable[[int], bytes], size: int, *, start: int, position: Position, last: bool, window: int
    ) -> None:
        self._read = read
        self.size: int = size
        self._start = start
        self._position = position
        self._last = last
        self._window = window
        self._pieces: deque[bytes] = deque()
        self._dropped = self._got = self._sent = 0

    def __len__(self) -> int:
        return self.size - self._sent

    @property
    def sent(self) -> int:
        """So many bytes, from its beginning, need not be sent (any more)."""
        return self._sent

    def from_byte(self, sent: int) -> bool:
        """Have it sent from the byte `sent` on from now on; False if what begins there is not kept any more."""
        self._sent = sent
        return sent >= self._dropped

    def all_read(self) -> bytes:
        """All of it, before any of it is sent."""
        while self._got < self.size:
            self._more()
        return b"".join(self._pieces)

    @property
    def kept(self) -> bytes:
        """What is kept: all that has been read, where that is not more than the window."""
        return b"".join(self._pieces)

    def __iter__(self) -> Iterator[memoryview]:
        at, kept = self._dropped, list(self._pieces)
        while at < self.size:
            piece = memoryview(kept.pop(0) if kept else self._more())
            if at + len(piece) > self._sent:
                done = max(0, self._sent - at)
                yield from Outgoing(piece[done:], self._start + at + done, self._position)
            at += len(piece)

    def _more(self) -> bytes:
        """The next piece of the stream; how long it takes is no silence of the server that it is sent to."""
        began = time.monotonic()
        try:
            with waits.until(None):
                piece = self._read(min(_PIECE, self.size - self._got))
                if self._last and self._got + len(piece) == self.size:
                    self._read(1)
        except Exception as error:
            raise SourceError(error) from error
        waits.later(time.monotonic() - began)
        if not piece:
            raise SourceError(EOFError(f"a stream ended after {self._got} of {self.size} bytes of a chunk"))
        self._got += len(piece)
        self._pieces.append(piece)
        while self._got - self._dropped - len(self._pieces[0]) >= self._window:
            self._dropped += len(self._pieces.popleft())
        return piece


class SourceError(Exception):
    """What is sent could not be read: `error` says why."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class OutgoingStream:
    """A stream of `size` bytes as the body of one request, which cannot be sent again.

    Its last piece is sent once the stream has ended, which it does only if it is what it should be.

    Attributes:
        begun: whether any of it may have been sent.
    """

    def __init__(self, pieces: Iterator[bytes], size: int, position: Position) -> None:
        self._pieces = pieces
        self._size = size
        self._position = position
        self.begun: bool = False

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[memoryview]:
        """The pieces; raises SentBeforeError the second time."""
        if self.begun:
            raise SentBeforeError
        self.begun = True
        held, start = b"", 0
        for piece in self._pieces:
            yield from Outgoing(held, start, self._position)
            held, start = piece, start + len(held)
        yield from Outgoing(held, start, self._position)


class SentBeforeError(Exception):
    """A stream is to be sent a second time."""

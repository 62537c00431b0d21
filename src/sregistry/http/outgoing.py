"""Bodies that are sent: piece by piece, told while they go, and not counted as waiting.

A body that is an iterable is sent as it comes; what a slow line needs for it is no silence of the server, so that the
deadline of the request moves along.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from sregistry.http import waits

#: What is handed to the socket at once; its timeout is for so much.
_BLOCK = 64 << 10

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

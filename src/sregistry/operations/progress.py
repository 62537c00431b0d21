"""What an operation says while it works. The edges draw it; nothing here prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from sregistry.operations.stopping import Stop


class Progress(Protocol):
    """Listener to a running operation. Calls come from several threads.

    A layer is named by its digest as text; sizes are bytes as stored in the registry. What a method raises ends the
    operation at once, and is what the operation raises.
    """

    def step(self, text: str) -> None:
        """A step is finished; one short sentence."""

    def warning(self, text: str) -> None:
        """Something a person should know although the work goes on."""

    def waiting(self, reason: str, seconds: float) -> None:
        """A pause of `seconds` begins, and why; or, with 0, what is waited for and nobody knows how long."""

    def layers(self, total: int, cached: int, size: int) -> None:
        """`total` layers are needed, `cached` of them are there; `size` bytes are to be downloaded."""

    def layer_started(self, layer: str, size: int) -> None:
        """Downloading and converting of a layer begins."""

    def layer_progress(self, layer: str, position: int) -> None:
        """`position` bytes of a layer have been read."""

    def layer_finished(self, layer: str, pack_size: int) -> None:
        """A layer is converted; its pack has `pack_size` bytes."""

    def assembling(self, size: int) -> None:
        """Copying of about `size` bytes into the image begins."""

    def assembled(self, done: int) -> None:
        """`done` more bytes have been copied."""

    def close(self) -> None:
        """The operation is over, well or not; may be called more than once."""


@runtime_checkable
class SendingProgress(Protocol):
    """What a listener may hear besides, when images are sent; one that does not have these methods is not told."""

    def sending(self, size: int) -> None:
        """Sending of about `size` bytes begins."""

    def sent(self, done: int) -> None:
        """`done` more bytes have been sent, or are at the other side already."""


@runtime_checkable
class FileProgress(Protocol):
    """What a listener may hear besides, when an image comes as one finished file; others are told of one layer."""

    def fetching(self, size: int, there: int) -> None:
        """Downloading of a file of `size` bytes begins, 0 where that is not known; `there` of them are here already.

        What follows is told by `layer_started`, `layer_progress` and `layer_finished`.
        """


def fetching(listener: Progress, size: int, there: int) -> None:
    """Tell a listener, each as it can hear it, that downloading of one finished file begins."""
    if isinstance(listener, FileProgress):
        listener.fetching(size, there)
    else:
        listener.layers(1, 0, size - there)


def sending(listener: Progress, size: int) -> None:
    """Tell a listener that can hear it that sending of about `size` bytes begins."""
    if isinstance(listener, SendingProgress):
        listener.sending(size)


def sent(listener: Progress, done: int) -> None:
    """Tell a listener that can hear it that `done` more bytes have been sent."""
    if isinstance(listener, SendingProgress):
        listener.sent(done)


class Silent:
    """Says nothing. What is derived from it hears of a finished file as of one layer, unless it has `fetching`."""

    def step(self, text: str) -> None: ...
    def warning(self, text: str) -> None: ...
    def waiting(self, reason: str, seconds: float) -> None: ...
    def layers(self, total: int, cached: int, size: int) -> None: ...
    def layer_started(self, layer: str, size: int) -> None: ...
    def layer_progress(self, layer: str, position: int) -> None: ...
    def layer_finished(self, layer: str, pack_size: int) -> None: ...
    def assembling(self, size: int) -> None: ...
    def assembled(self, done: int) -> None: ...
    def sending(self, size: int) -> None: ...
    def sent(self, done: int) -> None: ...
    def close(self) -> None: ...

    def fetching(self, size: int, there: int) -> None:
        self.layers(1, 0, size - there)


class Heeding:
    """Tells a listener, unless the operation is to end: then it ends where it has come to."""

    def __init__(self, listener: Progress, stop: Stop) -> None:
        self._listener = listener
        self._stop = stop

    def step(self, text: str) -> None:
        self._stop.check()
        self._listener.step(text)

    def warning(self, text: str) -> None:
        self._stop.check()
        self._listener.warning(text)

    def waiting(self, reason: str, seconds: float) -> None:
        self._stop.check()
        self._listener.waiting(reason, seconds)

    def layers(self, total: int, cached: int, size: int) -> None:
        self._stop.check()
        self._listener.layers(total, cached, size)

    def layer_started(self, layer: str, size: int) -> None:
        self._stop.check()
        self._listener.layer_started(layer, size)

    def layer_progress(self, layer: str, position: int) -> None:
        self._stop.check()
        self._listener.layer_progress(layer, position)

    def layer_finished(self, layer: str, pack_size: int) -> None:
        self._stop.check()
        self._listener.layer_finished(layer, pack_size)

    def assembling(self, size: int) -> None:
        self._stop.check()
        self._listener.assembling(size)

    def assembled(self, done: int) -> None:
        self._stop.check()
        self._listener.assembled(done)

    def fetching(self, size: int, there: int) -> None:
        self._stop.check()
        fetching(self._listener, size, there)

    def sending(self, size: int) -> None:
        self._stop.check()
        sending(self._listener, size)

    def sent(self, done: int) -> None:
        self._stop.check()
        sent(self._listener, done)

    def close(self) -> None:
        self._listener.close()

"""What an operation says while it works. The edges draw it; nothing here prints."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Listener to a running operation. Calls come from several threads.

    A layer is named by its digest as text; sizes are bytes as stored in the registry.
    """

    def step(self, text: str) -> None:
        """A step is finished; one short sentence."""

    def warning(self, text: str) -> None:
        """Something a person should know although the work goes on."""

    def waiting(self, reason: str, seconds: float) -> None:
        """A pause of `seconds` begins, and why."""

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
        """The operation is over, well or not."""


class Silent:
    """Says nothing."""

    def step(self, text: str) -> None: ...
    def warning(self, text: str) -> None: ...
    def waiting(self, reason: str, seconds: float) -> None: ...
    def layers(self, total: int, cached: int, size: int) -> None: ...
    def layer_started(self, layer: str, size: int) -> None: ...
    def layer_progress(self, layer: str, position: int) -> None: ...
    def layer_finished(self, layer: str, pack_size: int) -> None: ...
    def assembling(self, size: int) -> None: ...
    def assembled(self, done: int) -> None: ...
    def close(self) -> None: ...

"""The layers of an image -> packs in the cache: download and conversion in one go, several at once.

A pack that is there is used; one that another process is making is waited for; the rest is made here, and read
while it is still on its way to the disk. The first error stops the other layers, whose finished work stays in the
cache.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sregistry.clients.base import Layer
from sregistry.digests import Digest
from sregistry.errors import SregistryError
from sregistry.operations.damaged import until_sound
from sregistry.operations.progress import Progress
from sregistry.operations.stopping import PERIOD, Stop
from sregistry.packs import CompressionPool, Limits, Pack, PackError, convert
from sregistry.resources.errors import translate
from sregistry.resources.threads import Workers
from sregistry.squashfs.compressors import Compressor
from sregistry.store.cache import Cache
from sregistry.store.errors import disk_error
from sregistry.store.files import require_space
from sregistry.store.locks import Waiting
from sregistry.store.writeback import writing_back

BLOCK_SIZE = 1 << 17
#: Seconds for layers to stop once another has failed, or everything is to end.
_PATIENCE = 0.3
#: How often the packs are made if somebody empties the cache meanwhile.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class LayerResult:
    """What became of one layer.

    Attributes:
        digest, media_type, size: of the layer as stored in the registry.
        cached: its pack was there already.
        pack_size: bytes of the pack.
        entries: entries of its tar.
    """

    digest: Digest
    media_type: str
    size: int
    cached: bool
    pack_size: int
    entries: int


def codec_of(compressor: Compressor) -> str:
    """The name under which the cache keeps packs whose blocks `compressor` made."""
    return f"{compressor.identity}-{BLOCK_SIZE >> 10}k"


class _Stopped(Exception):  # noqa: N818 - a signal, not a fault
    """Another layer failed; never leaves this module."""


class Packer:
    """Makes or finds the packs of an image's layers.

    Args:
        cache: where packs are kept.
        pool: compresses.
        limits: what a layer may ask for.
        progress: listener.
        asked_to_stop: ends everything early.
    """

    def __init__(
        self,
        cache: Cache,
        pool: CompressionPool,
        limits: Limits,
        progress: Progress,
        asked_to_stop: Stop | None = None,
    ) -> None:
        self._cache = cache
        self._pool = pool
        self._limits = limits
        self._progress = progress
        self._asked_to_stop = asked_to_stop
        self._stop = threading.Event()
        self._made: dict[Digest, Pack] = {}
        self._making: list[Future[None]] = []
        self._codec = codec_of(pool.compressor)

    def path(self, layer: Layer) -> Path:
        """Where the pack of `layer` is or will be."""
        return self._cache.pack_path(self._codec, layer.digest)

    def open_all(self, layers: Sequence[Layer], stack: ExitStack) -> tuple[list[LayerResult], list[Pack]]:
        """Return a result and a pack per layer, bottom first; `stack` closes the packs. `finish` must follow.

        A pack that is removed from the cache before it is open is made again. Raises the error of the layer that
        failed first, with facts ``layer`` and ``layer_index``; DiskError.
        """
        missing = set[Digest]()
        for attempt in range(1, _TRIES + 1):
            missing |= self._make_missing(layers, stack)
            with ExitStack() as opened:
                try:
                    packs = [
                        self._made.get(layer.digest) or opened.enter_context(Pack(self.path(layer))) for layer in layers
                    ]
                except FileNotFoundError as error:
                    if attempt < _TRIES:
                        continue
                    raise disk_error(error, Path(error.filename), "read", setting=self._cache.setting) from error
                stack.push(opened.pop_all())
                break
        return [
            _result(layer, pack, cached=layer.digest not in missing) for layer, pack in zip(layers, packs, strict=True)
        ], packs

    def finish(self) -> None:
        """Wait until the packs that were made are in the cache; raise what keeps one out, with facts as above."""
        for future in self._making:
            future.result()

    def close(self) -> None:
        """Wait until nothing is on its way into the cache any more, whatever becomes of it."""
        wait(self._making)

    def _make_missing(self, layers: Sequence[Layer], stack: ExitStack) -> set[Digest]:
        """Make the packs that are not in the cache; return their layers' digests."""
        distinct = list({layer.digest: layer for layer in layers if layer.digest not in self._made}.values())
        missing = [layer for layer in distinct if not self._usable(layer)]
        self._progress.layers(len(distinct), len(distinct) - len(missing), sum(layer.size for layer in missing))
        if missing:
            require_space(self._cache.paths.root, sum(layer.size for layer in missing), setting=self._cache.setting)
            self._cache.sweep()
            self._make_all(missing, layers, stack)
        return {layer.digest for layer in missing}

    def _usable(self, layer: Layer) -> bool:
        path = self.path(layer)
        if not self._cache.use(path):
            return False
        try:
            Pack(path).close()
        except (PackError, OSError) as error:
            if lack := translate(error):
                raise lack from error
            path.unlink(missing_ok=True)
            return False
        return True

    def _make_all(self, missing: list[Layer], layers: Sequence[Layer], stack: ExitStack) -> None:
        self._stop.clear()
        positions = {layer.digest: number for number, layer in reversed(list(enumerate(layers)))}
        # The largest first: the last one to finish decides the time.
        order = sorted(missing, key=lambda layer: -layer.size)
        executor = Workers(min(self._pool.plan.layers, len(order)), "layer")
        readable: dict[Digest, Future[Pack | None]] = {layer.digest: Future() for layer in order}
        making: list[Future[None]] = []
        try:
            making += [
                executor.submit(self._make, layer, positions[layer.digest], readable[layer.digest]) for layer in order
            ]
            done = self._wait(readable.values())
            errors = [error for future in done if (error := future.exception())]
            for error in errors:
                if not isinstance(error, _Stopped):
                    raise error
            self._made |= {
                digest: stack.enter_context(pack) for digest, future in readable.items() if (pack := future.result())
            }
            self._making += making
        except BaseException:
            self._stop.set()
            executor.close(wait=False, cancel=True)
            self._wait_for_the_end(making)
            for future in readable.values():
                if future.done() and not future.exception() and (pack := future.result()):
                    pack.close()
            raise
        executor.close(wait=False)

    def _wait_for_the_end(self, making: Sequence[Future[None]]) -> None:
        """A thread stops at its next bytes; for one that waits for a silent registry there is not much patience."""
        end = time.monotonic() + _PATIENCE
        while wait(making, timeout=PERIOD).not_done and time.monotonic() < end:
            if self._asked_to_stop:
                self._asked_to_stop.then()

    def _wait(self, readable: Collection[Future[Pack | None]]) -> set[Future[Pack | None]]:
        """Wait for the first error, or for all; return what is done. Raises `Cancelled`."""
        while True:
            done, waiting = wait(readable, PERIOD if self._asked_to_stop else None, FIRST_EXCEPTION)
            if not waiting or any(future.exception() for future in done):
                return done
            if self._asked_to_stop:
                self._asked_to_stop.check()

    def _make(self, layer: Layer, index: int, readable: Future[Pack | None]) -> None:
        """Put the pack of `layer` into the cache. `readable` gets it before that; None if it was there already."""
        path = self.path(layer)
        try:
            with self._cache.lock(f"{self._codec}-{layer.digest}", "converting a layer", on_wait=self._on_wait):
                if not self._usable(layer):
                    until_sound(
                        lambda: self._convert(layer, path, readable),
                        layer.places,
                        lambda error: self._once_more(layer, error),
                    )
                else:
                    readable.set_result(None)
        except BaseException as error:
            if isinstance(error, SregistryError):
                error.with_facts(layer=str(layer.digest), layer_index=index)
            if not readable.done():
                readable.set_exception(error)
            # Those that follow may run in this very thread, if there is no other.
            self._stop.set()
            raise

    def _once_more(self, layer: Layer, error: SregistryError) -> None:
        """Announce another download of a layer that arrived damaged."""
        if self._stop.is_set():
            raise error
        self._progress.warning(f"layer {layer.digest} arrived damaged ({error.message}); fetching it once more")

    def _convert(self, layer: Layer, path: Path, readable: Future[Pack | None]) -> None:
        name = str(layer.digest)
        self._progress.layer_started(name, layer.size)
        with self._cache.temporary() as partial, layer.open(self._progress.waiting) as stream:

            def on_progress(position: int) -> None:
                self._progress.layer_progress(name, position)

            try:
                with writing_back(partial.file.fileno()):
                    converted = convert(
                        _Stoppable(stream.read, self._stop),
                        partial.file,
                        self._pool,
                        block_size=BLOCK_SIZE,
                        diff_id=layer.diff_id,
                        limits=self._limits,
                        on_progress=on_progress,
                    )
                partial.file.flush()
                self._progress.layer_finished(name, converted.pack_size)
                if not self._stop.is_set():
                    readable.set_result(Pack(path, os.fdopen(os.dup(partial.file.fileno()), "rb", buffering=0)))
            except OSError as error:
                raise disk_error(error, path, "write", setting=self._cache.setting, needed=layer.size) from error
            partial.commit(path)

    def _on_wait(self, waiting: Waiting) -> None:
        if self._stop.is_set():
            raise _Stopped
        if waiting.waited < 1:
            holder = waiting.holder or "another process"
            self._progress.step(f"{holder} is converting a layer that is needed here; waiting for it")


def _result(layer: Layer, pack: Pack, *, cached: bool) -> LayerResult:
    return LayerResult(layer.digest, layer.media_type, layer.size, cached, pack.size, pack.entries)


class _Stoppable:
    """A stream that ends with `_Stopped` once another layer has failed."""

    def __init__(self, read: Callable[[int], bytes], stop: threading.Event) -> None:
        self._read = read
        self._stop = stop

    def read(self, size: int = -1, /) -> bytes:
        if self._stop.is_set():
            raise _Stopped
        return self._read(size)

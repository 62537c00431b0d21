"""The layers of an image -> packs in the cache: download and conversion in one go, several at once.

A pack that is there is used; one that another process is making is waited for; the rest is made here, and read
while it is still on its way to the disk. A pack that is damaged, or that somebody else may have written, is thrown
away and made anew; where it cannot be removed, it is made anew in another cache, which ends with the pull. The first
error stops the other layers, whose finished work stays in the cache.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from contextlib import suppress
from pathlib import Path
from typing import Self

from sregistry.digests import Digest
from sregistry.endpoints.base import Repository
from sregistry.errors import SregistryError
from sregistry.oci.image import Layer
from sregistry.operations.cached import BLOCK_SIZE, codec_of, label_of, obstacle, open_pack, reading_from
from sregistry.operations.damaged import until_sound
from sregistry.operations.local import Caches
from sregistry.operations.progress import Progress
from sregistry.operations.pulled import LayerResult
from sregistry.operations.stopping import PERIOD, Stop
from sregistry.packs import CompressionPool, Limits, Pack, PackError, convert
from sregistry.packs.errors import unusable
from sregistry.packs.reader import open_file
from sregistry.resources.threads import Workers
from sregistry.store.cache import Cache
from sregistry.store.errors import disk_error
from sregistry.store.files import PartialFile, require_space
from sregistry.store.locks import Waiting
from sregistry.store.writeback import writing_back

#: Seconds for layers to stop once another has failed, or everything is to end.
_PATIENCE = 0.3
#: How often a pack is made if it is damaged again, or somebody empties the cache meanwhile.
_TRIES = 3


class _Stopped(Exception):  # noqa: N818 - a signal, not a fault
    """Another layer failed; never leaves this module."""


class Packer:
    """Makes or finds the packs of an image's layers.

    Args:
        caches: where packs are kept.
        pool: compresses.
        limits: what a layer may ask for.
        repository: has the bytes of the layers.
        progress: listener.
        asked_to_stop: ends everything early.
    """

    def __init__(
        self,
        caches: Caches,
        pool: CompressionPool,
        limits: Limits,
        repository: Repository,
        progress: Progress,
        asked_to_stop: Stop | None = None,
    ) -> None:
        self._cache = caches.lasting
        self._spare = caches.spare
        self._pool = pool
        self._limits = limits
        self._repository = repository
        self._progress = progress
        self._asked_to_stop = asked_to_stop
        self._stop = threading.Event()
        self._made: dict[Digest, Pack] = {}
        self._opened: dict[Digest, Pack] = {}
        self._refused: dict[Digest, tuple[os.stat_result, PackError]] = {}
        self._aside: dict[Digest, Cache] = {}
        self._missing = set[Digest]()
        self._discarded = Counter[Digest]()
        self._making: list[Future[None]] = []
        self._codec = codec_of(pool.compressor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait until nothing is on its way into the cache any more, whatever becomes of it."""
        wait(self._making)

    def path(self, layer: Layer) -> Path:
        """Where the pack of `layer` is or will be."""
        return self._cache_of(layer).pack_path(self._codec, layer.digest)

    def _cache_of(self, layer: Layer) -> Cache:
        return self._aside.get(layer.digest, self._cache)

    def open_all(self, layers: Sequence[Layer]) -> tuple[list[LayerResult], list[Pack]]:
        """Return a result and a pack per layer, bottom first. `finish` must follow, or `discard` and this again.

        A pack that is unusable, or removed from the cache before it is open, is made again. Raises the error of the
        layer that failed first, with facts ``layer`` and ``layer_index``; DiskError; PackError.
        """
        while True:
            self._opened = {}
            self._missing |= self._make_missing(layers)
            try:
                self._opened = {layer.digest: self._made.get(layer.digest) or self._open(layer) for layer in layers}
            except PackError as error:
                self.discard(error, layers)
                continue
            packs = [self._opened[layer.digest] for layer in layers]
            return [
                _result(layer, pack, cached=layer.digest not in self._missing)
                for layer, pack in zip(layers, packs, strict=True)
            ], packs

    def discard(self, error: PackError, layers: Sequence[Layer]) -> None:
        """Throw away the pack that `error` speaks of, so that `open_all` makes it anew.

        Where one is damaged, others may be: all are read, and those that are damaged go as well. Raises `error` if no
        layer's pack is meant or it was made often enough, what `finish` raises, DiskError, and `Cancelled`.
        """
        layer = next((layer for layer in layers if str(self.path(layer)) == error.facts.get("file")), None)
        if layer is None:
            raise error
        self.finish()
        damaged = [(layer, error)]
        if not error.is_gone:
            damaged += self._damaged([other for other in layers if other.digest != layer.digest])
        for one in damaged:
            self._discard(*one)

    def _damaged(self, layers: Sequence[Layer]) -> Iterator[tuple[Layer, PackError]]:
        """Read the packs of the layers; yield each layer whose pack is damaged, with its error."""
        packs = {layer.digest: (layer, pack) for layer in layers if (pack := self._opened.get(layer.digest))}
        if packs:
            self._progress.step("a cached layer is damaged; verifying the others of the image")
        for layer, pack in packs.values():
            try:
                with reading_from(self._cache_of(layer), pack.path):
                    pack.verify(self._heed)
            except PackError as error:
                yield layer, error

    def _heed(self, _: int) -> None:
        if self._asked_to_stop:
            self._asked_to_stop.check()

    def _discard(self, layer: Layer, error: PackError) -> None:
        self._discarded[layer.digest] += 1
        if self._discarded[layer.digest] == _TRIES:
            cause = error.__cause__
            if error.is_gone and isinstance(cause, OSError):
                raise disk_error(cause, self.path(layer), "read", setting=self._cache_of(layer).setting) from cause
            raise error.with_facts(attempts=_TRIES, layer=str(layer.digest))
        used = self._made.pop(layer.digest, None) or self._opened.pop(layer.digest, None)
        if used and not error.is_gone:
            self._throw_away(layer, error, used.status)

    def _throw_away(self, layer: Layer, error: PackError, status: os.stat_result | None = None) -> None:
        """Remove a pack that cannot be used, or leave it to itself where that is impossible."""
        kept = self._cache_of(layer).drop(self.path(layer), status)
        if kept is None:
            self._tell(layer, error, "fetching the layer again")
        else:
            self._set_aside(layer, error, f"{self.path(layer)} cannot be removed ({kept.strerror})")

    def _set_aside(self, layer: Layer, error: PackError, why: str) -> None:
        """Let the pack of `layer` be made outside of the cache; raise DiskError, and `error` if it was made there."""
        if layer.digest in self._aside:
            raise error.with_facts(layer=str(layer.digest))
        spare = self._spare()
        self._tell(layer, error, f"nor can it be replaced: {why}; fetching the layer for this pull only")
        self._aside[layer.digest] = spare

    def _tell(self, layer: Layer, error: PackError, what_follows: str) -> None:
        detail = error.facts["detail"]
        self._progress.warning(f"the cached copy of layer {layer.digest} cannot be used: {detail}; {what_follows}")

    def finish(self) -> None:
        """Wait until the packs that were made are in the cache; raise what keeps one out, with facts as above."""
        for future in self._making:
            future.result()

    def _make_missing(self, layers: Sequence[Layer]) -> set[Digest]:
        """Make the packs that are not in the cache; return their layers' digests."""
        distinct = list({layer.digest: layer for layer in layers if layer.digest not in self._made}.values())
        missing = [layer for layer in distinct if not self._usable(layer)]
        self._progress.layers(len(distinct), len(distinct) - len(missing), sum(layer.size for layer in missing))
        if missing:
            self._see_to_places(missing)
            self._make_all(missing, layers)
        return {layer.digest for layer in missing}

    def _see_to_places(self, missing: Sequence[Layer]) -> None:
        """Choose for each layer where its pack is made, and see whether there is room."""
        needed = Counter[Cache]()
        for layer in missing:
            refused = self._refused.get(layer.digest)
            if refused and self._cache_of(layer) is self._cache and (found := obstacle(self._cache, self.path(layer))):
                self._set_aside(layer, refused[1], found.message)
            needed[self._cache_of(layer)] += layer.size
        for cache, size in needed.items():
            require_space(cache.paths.root, size, setting=cache.setting)
            cache.sweep()

    def _usable(self, layer: Layer, *, last: bool = False) -> bool:
        """Whether there is a pack that looks well; with `last` (who holds the lock), one that does not is removed."""
        cache, path = self._cache_of(layer), self.path(layer)
        if not cache.use(path):
            self._refused.pop(layer.digest, None)
            return False
        try:
            with reading_from(cache, path), suppress(FileNotFoundError):
                status = path.lstat()
                refused = self._refused.get(layer.digest)
                if refused and os.path.samestat(status, refused[0]):
                    # Its folder may have been closed to others meanwhile, which makes it no better.
                    raise refused[1]
                self._open(layer)
                return True
        except PackError as error:
            if error.is_gone:
                return False
            self._refused[layer.digest] = status, error
            if last:
                self._throw_away(layer, error)
        return False

    def _open(self, layer: Layer) -> Pack:
        """The pack of a layer in its cache; raises PackError, OSError."""
        return open_pack(self._cache_of(layer), self._codec, layer.digest)

    def _make_all(self, missing: list[Layer], layers: Sequence[Layer]) -> None:
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
            self._made |= {digest: pack for digest, future in readable.items() if (pack := future.result())}
            self._making += making
        except BaseException:
            self._stop.set()
            executor.close(wait=False, cancel=True)
            self._wait_for_the_end(making)
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
        key = f"{self._codec}-{layer.digest}"
        try:
            with self._cache_of(layer).lock(key, "converting a layer", on_wait=self._on_wait):
                if not self._usable(layer, last=True):
                    until_sound(
                        lambda: self._convert(layer, readable),
                        self._repository.places,
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

    def _convert(self, layer: Layer, readable: Future[Pack | None]) -> None:
        name, cache, path = str(layer.digest), self._cache_of(layer), self.path(layer)
        self._progress.layer_started(name, layer.size)
        with cache.temporary() as partial, self._repository.blob(layer.descriptor, self._progress.waiting) as stream:

            def on_progress(position: int) -> None:
                self._progress.layer_progress(name, position)

            try:
                with writing_back(partial.file.fileno()):
                    converted = convert(
                        _Stoppable(stream.read, self._stop),
                        partial.file,
                        self._pool,
                        block_size=BLOCK_SIZE,
                        label=label_of(layer.digest, self._codec),
                        diff_id=layer.diff_id,
                        limits=self._limits,
                        on_progress=on_progress,
                    )
                partial.file.flush()
                self._progress.layer_finished(name, converted.pack_size)
                if not self._stop.is_set():
                    readable.set_result(self._just_made(layer, partial))
            except OSError as error:
                raise disk_error(error, path, "write", setting=cache.setting, needed=layer.size) from error
            partial.commit(path)

    def _just_made(self, layer: Layer, partial: PartialFile) -> Pack:
        """The pack that `partial` holds, under its temporary name or the one that it gets: that very file."""
        path, made = self.path(layer), os.fstat(partial.file.fileno())

        def opener() -> int:
            try:
                descriptor = open_file(partial.path)
            except FileNotFoundError:
                descriptor = open_file(path)
            if os.path.samestat(os.fstat(descriptor), made):
                return descriptor
            os.close(descriptor)
            raise unusable(path, "another file has been put in its place")

        return Pack(path, label=label_of(layer.digest, self._codec), opener=opener)

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

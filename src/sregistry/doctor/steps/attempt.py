"""What a pull does, up to the first bytes of what it fetches, by the pull's own code."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sregistry.doctor.rehearsal import File, Rehearsal, Stream
from sregistry.doctor.steps.step import Walk
from sregistry.errors import SregistryError
from sregistry.http.transport import SENSIBLE
from sregistry.oci import media_types
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.image import Layer
from sregistry.references import DEFAULT_SCHEME, Platform
from sregistry.resources.threads import Workers

_PARALLEL = 4
#: So much of a layer or file is read to see that it comes.
_SAMPLE = 64 << 10
#: For so many seconds: what comes slowly begins to come, too.
_SAMPLED_FOR = 5.0
#: Of more layers than this only those are read whose size is not told.
_SAMPLED = 24
#: So much of a layer that is in files here is read: most are read to their ends, and so have their digests compared.
_LOCAL = 256 << 20


def attempt(walk: Walk) -> None:
    """Do it, and keep in `walk` what that gives, or why it fails."""
    try:
        if walk.rehearsal:
            walk.rehearsal.open(walk.session, walk.on_exchange, walk.found_reference)
            walk.rehearsal.output()
            walk.known = walk.rehearsal.known()
            if not walk.known:
                walk.rehearsal.room()
        _find(walk)
        if walk.known:
            return
        if walk.image:
            _layers(walk, walk.image.layers)
        elif walk.file and walk.rehearsal:
            _file(walk, walk.file, walk.rehearsal)
    except SregistryError as error:
        error.facts = walk.session.scrub(error.facts)
        walk.failure = None if walk.known else error


def _find(walk: Walk) -> None:
    """The image: in a registry by the walk's own session, which tells of each document; elsewhere by the endpoint."""
    if walk.scheme == DEFAULT_SCHEME or walk.rehearsal is None:
        platform = Platform.parse(walk.settings.platform) if walk.settings.platform else None
        walk.image = walk.session.resolve(walk.in_registry, platform, on_manifest=walk.first)
        walk.blob = _from_registry(walk)
        return
    walk.manifest = walk.rehearsal.manifest()
    found = walk.rehearsal.find()
    walk.image, walk.blob, walk.file = found.image, found.blob, found.file


def _from_registry(walk: Walk) -> Callable[[Descriptor], Stream]:
    return lambda descriptor: walk.session.open_blob(walk.in_registry, descriptor)


def _file(walk: Walk, file: File, rehearsal: Rehearsal) -> None:
    """The first bytes of a finished file; raises what a pull would."""
    with file.open() as stream:
        seen = _sample(stream, _SAMPLE)
    rehearsal.begins(file, seen.head)
    if (rate := seen.slow) is not None:
        walk.slow = [rate]


@dataclass(frozen=True, slots=True)
class _Sample:
    """What has been read: so many bytes in so many seconds, the first `_SAMPLE` of them, and whether it was all."""

    count: int
    seconds: float
    head: bytes
    ended: bool

    @property
    def slow(self) -> float | None:
        """Bytes a second, if they come slowly."""
        waited = self.seconds >= _SAMPLED_FOR and self.count < SENSIBLE * self.seconds
        return self.count / self.seconds if waited else None


def _sample(stream: Stream, most: int) -> _Sample:
    """Read up to `most` bytes, for a while."""
    count, head, began, took = 0, b"", time.monotonic(), 0.0
    while count < most and took < _SAMPLED_FOR:
        piece = stream.read(min(_SAMPLE, most - count))
        if not piece:
            return _Sample(count, took, head, ended=True)
        count += len(piece)
        head += piece[: _SAMPLE - len(head)]
        took = time.monotonic() - began
    return _Sample(count, took, head, ended=False)


def _layers(walk: Walk, layers: list[Layer]) -> None:
    walk.lacking = {layer.descriptor.digest for layer in layers}
    if walk.rehearsal and walk.image:
        walk.lacking = walk.rehearsal.lacking(walk.image)
    seen = _begin(walk, layers)
    walk.refused = [begun for begun in seen if isinstance(begun, SregistryError)]
    walk.slow = [begun for begun in seen if isinstance(begun, float)]


def _begin(walk: Walk, layers: list[Layer]) -> list[SregistryError | float | None]:
    """What `_begun` says of each layer that a pull would fetch, bottom first."""
    numbered = {layer.descriptor.digest: number for number, layer in reversed(list(enumerate(layers)))}
    wanted = [(layers[number], number) for digest, number in numbered.items() if digest in walk.lacking]
    with Workers(_PARALLEL, "layer") as pool:
        return [asked.result() for asked in [pool.submit(_begun, walk, *one) for one in sorted(wanted, key=_place)]]


def _place(numbered: tuple[Layer, int]) -> int:
    return numbered[1]


def _begun(walk: Walk, layer: Layer, number: int) -> SregistryError | float | None:
    """Why a layer cannot be had; None if it begins to come, or how many bytes a second where that is slow.

    Of many layers the size alone is asked for first. Once the connection has failed for one in spite of all patience,
    no other is asked for: a pull ends there, too.
    """
    promised = layer.descriptor
    if walk.gone:
        walk.unasked += 1
        return None
    if _is_told(walk, promised):
        return None
    place: dict[str, Any] = {"layer": str(promised.digest), "layer_index": number}
    assert walk.blob is not None
    try:
        with walk.blob(promised) as stream:
            seen = _sample(stream, _LOCAL if walk.local else _SAMPLE)
    except SregistryError as error:
        error.facts = walk.session.scrub(error.facts)
        walk.gone = walk.gone or error.code.startswith("network-")
        return error.with_facts(**place)
    walk.compared += walk.local and seen.ended
    return None if walk.local else seen.slow


def _is_told(walk: Walk, promised: Descriptor) -> bool:
    """Whether a registry tells the size of a layer, where there are many."""
    many = len(walk.lacking) > _SAMPLED and not media_types.is_foreign(promised.media_type)
    if not many or walk.scheme != DEFAULT_SCHEME:
        return False
    try:
        return walk.session.head_blob(walk.in_registry, promised.digest) == promised.size
    except SregistryError:
        return False  # a pull does not ask so, and what it asks may be answered

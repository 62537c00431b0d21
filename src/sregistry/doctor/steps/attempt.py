"""What a pull does, up to the first bytes of each layer, by the pull's own code."""

from __future__ import annotations

import time
from typing import Any

from sregistry.doctor.steps.step import Walk
from sregistry.errors import SregistryError
from sregistry.http.transport import SENSIBLE
from sregistry.oci import media_types
from sregistry.oci.image import Layer
from sregistry.references import Platform
from sregistry.resources.threads import Workers

_PARALLEL = 4
#: So much of a layer is read to see that it comes.
_SAMPLE = 64 << 10
#: For so many seconds: what comes slowly begins to come, too.
_SAMPLED_FOR = 5.0
#: Of more layers than this only those are read whose size is not told.
_SAMPLED = 24


def attempt(walk: Walk) -> None:
    """Do it, and keep in `walk` what that gives, or why it fails."""
    platform = Platform.parse(walk.settings.platform) if walk.settings.platform else None
    try:
        if walk.rehearsal:
            walk.rehearsal.output(walk.found_reference)
            walk.known = walk.rehearsal.known(walk.session, walk.found_reference)
            if not walk.known:
                walk.rehearsal.room()
        walk.image = walk.session.resolve(walk.found_reference, platform, on_manifest=walk.first)
        if walk.known:
            return
        walk.lacking = {layer.descriptor.digest for layer in walk.image.layers}
        if walk.rehearsal:
            walk.lacking = walk.rehearsal.lacking(walk.image)
        seen = _begin(walk, walk.image.layers)
        walk.refused = [begun for begun in seen if isinstance(begun, SregistryError)]
        walk.slow = [begun for begun in seen if isinstance(begun, float)]
    except SregistryError as error:
        error.facts = walk.session.scrub(error.facts)
        walk.failure = None if walk.known else error


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
    if len(walk.lacking) > _SAMPLED and not media_types.is_foreign(promised.media_type):
        try:
            if walk.session.head_blob(walk.found_reference, promised.digest) == promised.size:
                return None
        except SregistryError:
            pass  # a pull does not ask so, and what it asks may be answered
    place: dict[str, Any] = {"layer": str(promised.digest), "layer_index": number}
    try:
        with walk.session.open_blob(walk.found_reference, promised) as stream:
            count, began, took = 0, time.monotonic(), 0.0
            while count < _SAMPLE and took < _SAMPLED_FOR and (piece := stream.read(_SAMPLE - count)):
                count += len(piece)
                took = time.monotonic() - began
    except SregistryError as error:
        error.facts = walk.session.scrub(error.facts)
        walk.gone = walk.gone or error.code.startswith("network-")
        return error.with_facts(**place)
    return count / took if took >= _SAMPLED_FOR and count < SENSIBLE * took else None

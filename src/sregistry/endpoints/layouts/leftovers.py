"""What an OCI layout has no need of once an image leaves it: blobs that nothing else names, and what refers to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sregistry.digests import Digest
from sregistry.endpoints.layouts.oci import Listed, OciLayout
from sregistry.endpoints.layouts.place import subject_of
from sregistry.errors import SregistryError
from sregistry.oci import contents
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.manifests import Manifest


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What goes: the `numbers` of entries of ``index.json``, and `blobs`."""

    numbers: tuple[int, ...]
    blobs: tuple[Digest, ...]


def after(place: OciLayout, going: Sequence[Listed]) -> Leftovers:
    """What goes with the entries `going`: what they alone lead to, and what refers to that.

    Where a manifest cannot be read, it is not known what is needed, and no blob goes.
    """
    gone = list(going)
    try:
        while True:
            rest = [one for one in place.listed() if one not in gone]
            lost = _reached(place, gone) - _reached(place, rest)
            attached = [one for one in rest if _is_about(place, one, lost)]
            if not attached:
                return Leftovers(_numbers(gone), tuple(sorted(lost, key=str)))
            gone += attached
    except SregistryError:
        return Leftovers(_numbers(going), ())


def _numbers(listed: Iterable[Listed]) -> tuple[int, ...]:
    return tuple(one.number for one in listed)


def _is_about(place: OciLayout, one: Listed, lost: set[Digest]) -> bool:
    manifest = _manifest(place, one.descriptor)
    subject = subject_of(manifest) if manifest else None
    return subject in {str(digest) for digest in lost}


def _reached(place: OciLayout, listed: Iterable[Listed]) -> set[Digest]:
    """The digests of all that entries lead to, and their own."""
    found: set[Digest] = set()
    waiting = [one.descriptor for one in listed]
    while waiting:
        descriptor = waiting.pop()
        if descriptor.digest in found:
            continue
        found.add(descriptor.digest)
        manifest = _manifest(place, descriptor)
        if manifest:
            named = contents.of(manifest)
            waiting += named.manifests
            found.update(blob.digest for blob in (*named.blobs, *named.foreign))
    return found


def _manifest(place: OciLayout, descriptor: Descriptor) -> Manifest | None:
    """A manifest; None if it is not there, as in a layout with some of the platforms, or is none."""
    if not contents.is_manifest(descriptor):
        return None
    try:
        return place.by_digest(descriptor.digest, descriptor.media_type)
    except SregistryError as error:
        if error.code == "layout-content-missing":
            return None
        raise

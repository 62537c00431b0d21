"""What a pull does besides asking the registry, for the doctor: by the same code, without a change that stays."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

from sregistry.digests import Digest
from sregistry.errors import SregistryError
from sregistry.http.transport import OnExchange
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.image import Image
from sregistry.oci.manifests import Manifest
from sregistry.references import Reference
from sregistry.registry.session import Session


class Stream(Protocol):
    """Bytes that come."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes; b"" at the end."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


@dataclass(frozen=True, slots=True)
class File:
    """An image that is one finished SIF file: `size`, `digest` and `platform` as far as the place tells them."""

    open: Callable[[], Stream]
    size: int | None = None
    digest: Digest | None = None
    platform: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a pull would fetch: an `image` in layers, each opened by `blob`, or a `file`."""

    image: Image | None = None
    blob: Callable[[Descriptor], Stream] | None = None
    file: File | None = None


class Rehearsal(Protocol):
    """The parts of a pull in their order; each raises the SregistryError that the pull would."""

    def read(self, text: str) -> Reference:
        """The reference that a text means."""

    def open(self, session: Session, on_exchange: OnExchange, reference: Reference) -> None:
        """Begin with `reference`; what asks registries does so by `session`."""

    def output(self) -> str:
        """Where the image would go, in words."""

    def folder(self) -> Path | None:
        """The folder of the image, where that is known."""

    def known(self) -> bool:
        """Whether the local registry has the image unchanged, so that a pull is over."""

    def room(self) -> None:
        """Whether the place where the image would go can be written."""

    def manifest(self) -> Manifest | None:
        """What the reference leads to; None at a place without manifests."""

    def find(self) -> Finding:
        """The image that would be pulled."""

    def lacking(self, image: Image) -> Collection[Digest]:
        """The layers that would be fetched, once the config and the cache are seen to be usable."""

    def begins(self, file: File, data: bytes) -> None:
        """Whether a file that begins with `data` is taken, and has room."""

    def names(self) -> Sequence[str] | None:
        """What there is at the place besides; None where that is not told."""

    def explain(self, error: SregistryError) -> None:
        """Add to `error` what the place's own second look finds; raises nothing."""

    def close(self) -> None:
        """End everything; may be called more than once."""

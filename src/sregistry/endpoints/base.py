"""What a client gives: an image in layers, or one finished file. Clients give, they never save."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from sregistry.digests import Digest
from sregistry.references import Platform, Reference

#: Called when a pause begins: why, and for how many seconds.
OnWait = Callable[[str, float], None]


class ByteStream(Protocol):
    """Bytes that verify themselves: `read` raises unless what ends is what was promised."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes, b"" at the verified end."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of an image.

    Attributes:
        digest, size, media_type: of the layer as stored.
        diff_id: of the unpacked tar; None where the image does not say.
        open: starts the download; takes a callback for pauses.
        places: from how many places it may be had; each is asked in turn while it arrives damaged.
    """

    digest: Digest
    size: int
    media_type: str
    diff_id: Digest | None
    open: Callable[[OnWait], ByteStream]
    places: int = 1


@dataclass(frozen=True, slots=True)
class LayeredImage:
    """An image whose layers have to be assembled.

    Attributes:
        reference: what was asked for, canonical.
        manifest_digest: of the manifest of the chosen platform.
        index_digest: of the index it was chosen from; None if there was none.
        config: the image's config document; `config_digest` its digest.
        layers: bottom first.
        warnings: what a person should know, in sentences.
    """

    reference: Reference
    manifest_digest: Digest
    index_digest: Digest | None
    platform: Platform
    config: dict[str, Any]
    config_digest: Digest | None
    layers: list[Layer]
    warnings: list[str] = field(default_factory=list)

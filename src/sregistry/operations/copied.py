"""What a copy did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sregistry.digests import Digest
from sregistry.errors import SregistryError
from sregistry.notebook import Shown


@dataclass(frozen=True, slots=True)
class CopyResult(Shown):
    """What a copy did.

    Attributes:
        source, target: canonical texts.
        pinned: the target with the digest, which means this very image from now on.
        digest: of what was copied, the same at both places.
        media_type: of that.
        unchanged: the target had all of it under its name already.
        manifests, manifests_there: how many were stored, and how many were there.
        blobs, blobs_mounted, blobs_there: how many were sent, taken over within a registry, and there. Those of
            manifests that were there are not counted.
        foreign: layers that registries must not hold; they stay where their manifests say they are.
        referrers: how many signatures, attestations and the like came along.
        sent: bytes of blobs that the target was given.
        seconds: wall time.
        warnings: what a person should know.
    """

    source: str
    target: str
    pinned: str
    digest: Digest
    media_type: str
    unchanged: bool = False
    manifests: int = 0
    manifests_there: int = 0
    blobs: int = 0
    blobs_mounted: int = 0
    blobs_there: int = 0
    foreign: tuple[Digest, ...] = ()
    referrers: int = 0
    sent: int = 0
    seconds: float = 0.0
    warnings: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        return f"<{self.target}: {self.digest}>"

    def facts(self) -> dict[str, Any]:
        """The result in JSON's types."""
        return {
            "source": self.source,
            "target": self.target,
            "pinned": self.pinned,
            "digest": str(self.digest),
            "media_type": self.media_type,
            "unchanged": self.unchanged,
            "manifests": {"copied": self.manifests, "there": self.manifests_there},
            "blobs": {"copied": self.blobs, "mounted": self.blobs_mounted, "there": self.blobs_there},
            "foreign": [str(digest) for digest in self.foreign],
            "referrers": self.referrers,
            "bytes": self.sent,
            "seconds": round(self.seconds, 3),
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, slots=True)
class Failure(Shown):
    """A copy of several that failed: `error` says why, and what can be done."""

    source: str
    target: str
    error: SregistryError

    def facts(self) -> dict[str, Any]:
        """The failure in JSON's types."""
        return {"source": self.source, "target": self.target, "error": self.error.diagnosis.as_dict()}


@dataclass(frozen=True, slots=True)
class Copies(Shown):
    """What became of each line of a list, in its order."""

    results: tuple[CopyResult | Failure, ...]

    @property
    def failed(self) -> tuple[Failure, ...]:
        """Those that failed."""
        return tuple(one for one in self.results if isinstance(one, Failure))

    @property
    def done(self) -> tuple[CopyResult, ...]:
        """Those that did not."""
        return tuple(one for one in self.results if isinstance(one, CopyResult))

    def facts(self) -> dict[str, Any]:
        """All of it in JSON's types."""
        return {"copies": [one.facts() for one in self.results], "failed": len(self.failed)}

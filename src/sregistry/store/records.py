"""What is known of an image: the record a pull hands in, and the row that comes back."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sregistry.digests import Digest
from sregistry.notebook import Shown
from sregistry.store.names import ImageName


@dataclass(frozen=True, slots=True)
class LayerRecord:
    """One layer as the manifest lists it."""

    digest: Digest
    size: int
    media_type: str

    def facts(self) -> dict[str, Any]:
        """The layer in JSON's types."""
        return {"digest": str(self.digest), "size": self.size, "media_type": self.media_type}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRecord:
    """An image that is about to be kept.

    Attributes:
        name: its name here.
        file_digest: sha256 of the SIF file.
        size: bytes of the SIF file.
        made_by: version of this program.
        client: what it came through, e.g. ``docker``; ``file`` for a file that was added.
        registry: host[:port] it came from; empty for a file.
        reference: canonical text to fetch it again, with scheme; empty for a file.
        manifest_digest: of the manifest whose layers were taken; None if there was none.
        index_digest: of the index that led to it, what the tag pointed at; None without index.
        platform: ``os/architecture[/variant]``; empty if unknown.
        by_tag: whether the tag was looked up now, so that the tag means this image from now on.
    """

    name: ImageName
    file_digest: Digest
    size: int
    made_by: str
    client: str = "file"
    registry: str = ""
    reference: str = ""
    manifest_digest: Digest | None = None
    index_digest: Digest | None = None
    platform: str = ""
    by_tag: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    layers: Sequence[LayerRecord] = ()

    @property
    def version(self) -> Digest:
        """What tells this image from others of its name: the manifest's digest, without one the file's."""
        return self.manifest_digest or self.file_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRow(Shown):
    """An image that is kept, and a path to programs that want one. Times are seconds since 1970; `path` is absolute.

    Attributes:
        tagged_at: when the tag was last seen to mean this image; None if it was asked for by digest.
        stored: the path as the database has it, relative if the file is in the image folder.
    """

    id: int
    name: ImageName
    version: Digest
    client: str
    registry: str
    reference: str
    manifest_digest: Digest | None
    index_digest: Digest | None
    file_digest: Digest
    size: int
    platform: str
    made_by: str
    pulled_at: float
    tagged_at: float | None
    last_used: float | None
    stored: str
    path: Path

    @property
    def uri(self) -> str:
        """``collection/name:tag@digest``: names this image and no other."""
        return f"{self.name}@{self.version}"

    def __fspath__(self) -> str:
        """The path of the SIF file."""
        return str(self.path)

    def __str__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        return f"<{self.name} {self.platform}, {self.size} bytes, {self.path}>"

    def facts(self) -> dict[str, Any]:
        """The image in JSON's types; times are in UTC."""
        return {
            "uri": self.uri,
            "name": str(self.name),
            "digest": str(self.version),
            "platform": self.platform,
            "size": self.size,
            "path": str(self.path),
            "client": self.client,
            "registry": self.registry,
            "reference": self.reference,
            "manifest_digest": str(self.manifest_digest) if self.manifest_digest else None,
            "index_digest": str(self.index_digest) if self.index_digest else None,
            "file_digest": str(self.file_digest),
            "pulled_at": utc(self.pulled_at),
            "tagged_at": utc(self.tagged_at),
            "last_used": utc(self.last_used),
            "made_by": self.made_by,
        }

    @property
    def managed(self) -> bool:
        """Whether the file lies in the image folder and is ours to move and remove."""
        return not Path(self.stored).is_absolute()


def utc(seconds: float | None) -> str | None:
    """A time as ISO 8601 in UTC, to the second; None for none."""
    return None if seconds is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


@dataclass(frozen=True, slots=True)
class Details:
    """The parts of an image's record that lists do not need: labels, OCI config, layers."""

    labels: Mapping[str, str]
    config: Mapping[str, Any]
    layers: Sequence[LayerRecord]

"""What a pull did."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sregistry.assembly.changes import Changes
from sregistry.digests import Digest
from sregistry.notebook import Shown


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


@dataclass(frozen=True, slots=True)
class PullResult(Shown):
    """What a pull did. It is a path to programs that want one, as `open` and `subprocess` do.

    Attributes:
        reference: canonical text of what was asked for.
        path: of the SIF file.
        unchanged: the image was in the local registry already, and its tag still means it.
        manifest_digest, index_digest, config_digest, file_digest: None where there is none, or it was not needed, as
            that of the config of an unchanged image.
        platform: of the image.
        compression: codec and level of the image; None if unchanged.
        size: bytes of the SIF file.
        inodes, duplicates, duplicate_bytes: of the root file system, see `assembly.build.Built`.
        layers: a result per layer, bottom first; of an unchanged image none of its pack, which nobody looked at.
        fetched: bytes that came of an image that is one finished file; None for one in layers, which tell it.
        seconds: wall time by stage.
        changes: what was changed in the files of the image so that everybody can use it.
        warnings: what a person should know.
    """

    reference: str
    path: Path
    unchanged: bool
    manifest_digest: Digest | None
    index_digest: Digest | None
    platform: str
    size: int
    config_digest: Digest | None = None
    file_digest: Digest | None = None
    compression: str | None = None
    inodes: int = 0
    duplicates: int = 0
    duplicate_bytes: int = 0
    layers: list[LayerResult] = field(default_factory=list)
    fetched: int | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    changes: Changes = field(default_factory=Changes)
    warnings: list[str] = field(default_factory=list)

    def __fspath__(self) -> str:
        """The path of the SIF file."""
        return str(self.path)

    def __str__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        layers = f"{len(self.layers)} layers" if self.fetched is None else "one file"
        made = "unchanged" if self.unchanged else layers
        return f"<{self.path}: {self.reference} {self.platform}, {made}, {self.size} bytes>"

    def facts(self) -> dict[str, Any]:
        """The result as JSON-able facts."""
        facts = asdict(self)
        facts["path"] = str(self.path)
        for name in ("manifest_digest", "index_digest", "config_digest", "file_digest"):
            facts[name] = str(getattr(self, name)) if getattr(self, name) else None
        facts["layers"] = [{**asdict(layer), "digest": str(layer.digest)} for layer in self.layers]
        fetched = facts.pop("fetched")
        from_layers = sum(layer.size for layer in self.layers if not layer.cached)
        facts["bytes_from_network"] = from_layers if fetched is None else fetched
        facts["bytes_from_cache"] = sum(layer.pack_size for layer in self.layers if layer.cached)
        facts["seconds"] = {stage: round(seconds, 3) for stage, seconds in self.seconds.items()}
        return facts

"""Where things lie: the layout of the cache and of the image folder, from folders the caller names.

::

    CACHE/packs/CODEC/SHA256.pack     a converted layer, by the codec and the digest of its blob
    CACHE/locks/KEY.lock              empty, or saying who holds the lock
    CACHE/partial/                    files being written
    CACHE/uploads/KEY.json            where an upload that was broken off goes on
    CACHE/downloads/KEY-VERSION.part  the beginning of a file that is fetched as it is

    STORAGE/COLLECTION/NAME/TAG@FILEDIGEST.sif    an image
    STORAGE/.partial/                             files being written

    DATABASE/sregistry.db             the rows, unless a database URL is given

A file's name is written only when the file is complete, and the content under a name never changes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sregistry.digests import Digest

DATABASE_FILE = "sregistry.db"
_UNSAFE = re.compile(r"[^A-Za-z0-9._+-]+")


def file_safe(text: str) -> str:
    """Return `text` with every run of characters that some filesystem dislikes in a name replaced by one hyphen."""
    return _UNSAFE.sub("-", text).lstrip(".") or "-"


@dataclass(frozen=True, slots=True)
class CachePaths:
    """The layout of a cache below `root`."""

    root: Path

    @property
    def packs(self) -> Path:
        """Folder of the packs of all codecs."""
        return self.root / "packs"

    @property
    def locks(self) -> Path:
        """Folder of the lock files."""
        return self.root / "locks"

    @property
    def partial(self) -> Path:
        """Folder of files being written."""
        return self.root / "partial"

    @property
    def uploads(self) -> Path:
        """Folder of the uploads that were broken off."""
        return self.root / "uploads"

    @property
    def downloads(self) -> Path:
        """Folder of downloads that can be gone on with."""
        return self.root / "downloads"

    def pack(self, codec_identity: str, digest: Digest) -> Path:
        """Where the pack of the layer `digest`, compressed by `codec_identity`, is or will be."""
        return self.packs / file_safe(codec_identity) / f"{digest.hex}.pack"

    def lock(self, key: str) -> Path:
        """The lock file for `key`."""
        return self.locks / f"{file_safe(key)[:200]}.lock"


@dataclass(frozen=True, slots=True)
class StorePaths:
    """The folders of a local registry: of its image files and of its database."""

    storage: Path
    database: Path

    @property
    def partial(self) -> Path:
        """Folder of image files being written."""
        return self.storage / ".partial"

    @property
    def database_file(self) -> Path:
        """The SQLite database."""
        return self.database / DATABASE_FILE

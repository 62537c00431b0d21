"""A file that is compared with the digest which is known of it, while it is read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

from sregistry.digests import Digest, VerifiedReader
from sregistry.store.errors import disk_error


class VerifiedFile:
    """The bytes of the file at `path`; use as a context manager.

    Args:
        path: of the file.
        digest: that it must have.
        size: in bytes; None for what it has when it is opened.

    Raises DiskError, also at the start, and DigestError as `VerifiedReader` does.
    """

    def __init__(self, path: Path, digest: Digest, size: int | None = None) -> None:
        self.path: Path = path
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise disk_error(error, path, "read") from error
        size = os.fstat(self._file.fileno()).st_size if size is None else size
        self._reader = VerifiedReader(self._file, digest, size, what="file")

    @property
    def vouches(self) -> tuple[Digest, int | None]:
        """See `digests.vouched`."""
        return self._reader.vouches

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes, b"" at the verified end."""
        try:
            return self._reader.read(size)
        except OSError as error:
            raise disk_error(error, self.path, "read") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

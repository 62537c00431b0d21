"""Blobs into any `Writable`: not sent where they are, mounted where they can be, and sent again where that was lost."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path

from sregistry.digests import Digest, DigestError
from sregistry.endpoints.base import ByteStream, OnBytes, Repository, Writable
from sregistry.errors import DiskError, SregistryError
from sregistry.oci.descriptors import Descriptor
from sregistry.store.errors import disk_error
from sregistry.store.files import other_kind
from sregistry.store.verified import VerifiedFile

#: So often a blob is begun in all.
_TRIES = 3

Open = Callable[[], ByteStream]


def put(
    target: Writable,
    descriptor: Descriptor,
    open_stream: Open,
    on_bytes: OnBytes | None = None,
    mount_from: Repository | None = None,
) -> bool:
    """Bring a blob into `target`; return whether it had to be sent.

    Args:
        target: where it goes.
        descriptor: of the blob.
        open_stream: gives its bytes from the first one on; called for each try.
        on_bytes: told of what is sent; each byte once, however often it is sent.
        mount_from: a repository that has it.

    Raises what `target` and the stream raise.
    """
    if target.has(descriptor):
        return False
    if mount_from is not None and target.mount(descriptor.digest, mount_from):
        return False
    send(target, descriptor, open_stream, on_bytes)
    return True


def send(target: Writable, descriptor: Descriptor, open_stream: Open, on_bytes: OnBytes | None = None) -> None:
    """Send a blob that is not there, from its beginning once more where an upload was lost; see `put`."""
    told = _Once(on_bytes)
    for left in reversed(range(_TRIES)):
        told.begin()
        try:
            with open_stream() as stream:
                target.put_blob(descriptor, stream, told)
            return
        except SregistryError as error:
            if error.code != "registry-upload-lost" or not left:
                raise


class _Once:
    """Tells of bytes that are sent for the first time."""

    def __init__(self, on_bytes: OnBytes | None) -> None:
        self._on_bytes = on_bytes
        self._position = self._told = 0

    def begin(self) -> None:
        """From the beginning."""
        self._position = 0

    def __call__(self, size: int) -> None:
        self._position += size
        more, self._told = self._position - self._told, max(self._told, self._position)
        if more > 0 and self._on_bytes is not None:
            self._on_bytes(more)


def describe(path: Path, media_type: str) -> Descriptor:
    """The descriptor of a file that is to be sent; raises DiskError, ``disk-no-such-file`` for what is no file."""
    try:
        if other := other_kind(path.stat().st_mode):  # before a pipe is opened, which waits for who writes into it
            raise DiskError("disk-no-such-file", f"{path} is {other}, not a file", path=str(path))
        with path.open("rb") as file:
            digest = Digest("sha256", hashlib.file_digest(file, "sha256").hexdigest())
            return Descriptor(media_type, digest, os.fstat(file.fileno()).st_size)
    except OSError as error:
        raise disk_error(error, path, "read") from error


def changed(path: Path) -> DiskError:
    """The error for a file that is another one than it was a moment ago."""
    return DiskError("disk-file-changed", f"{path} has changed while it was read", path=str(path))


class SourceFile(VerifiedFile):
    """A file that is sent; raises DiskError, ``disk-file-changed`` where it is no longer what was described."""

    def read(self, size: int = -1, /) -> bytes:
        """As that of a file."""
        try:
            return super().read(size)
        except DigestError as error:
            raise changed(self.path) from error


class Held(io.BytesIO):
    """Bytes in memory that are sent."""

    def __exit__(self, *_: object) -> None:
        self.close()

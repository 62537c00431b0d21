"""Where a pulled image goes: a file of the caller's choice, or the local registry.

Either way the image is written under a temporary name on the same file system and renamed.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sregistry.digests import Digest
from sregistry.references import Reference, RegistryReference
from sregistry.resources import threads
from sregistry.store.errors import DiskError, disk_error, in_the_way
from sregistry.store.files import PartialFile, is_there, partial_file, require_space, require_writable, sweep
from sregistry.store.names import ImageName
from sregistry.store.records import ImageRecord, LayerRecord
from sregistry.version import __version__

if TYPE_CHECKING:
    from sregistry.oci.image import Image
    from sregistry.store.store import Store

#: Of the digests of image files in the local registry.
_ALGORITHM = "sha256"


@dataclass(frozen=True, slots=True)
class Kept:
    """What the local registry writes down of an image besides its file; see `ImageRecord`.

    `file_digest` is that of the file where it has been verified while it came; None where it has to be taken.
    """

    reference: Reference
    size: int
    platform: str
    manifest_digest: Digest | None
    index_digest: Digest | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    layers: Sequence[LayerRecord] = ()
    file_digest: Digest | None = None


class Target(Protocol):
    """Takes one finished image."""

    folder: Path
    #: The setting that moves the folder; None where the caller chose it.
    setting: str | None
    #: Whether `keep` waits until the disk has the image; then it is worth while to begin with that early.
    synced: bool

    def require(self) -> None:
        """Raise now what `temporary` and `keep` would raise after all the work, as far as it can be known."""

    def temporary(self) -> AbstractContextManager[PartialFile]:
        """A file to write the image to."""

    def keep(self, partial: PartialFile, describe: Callable[[], Kept]) -> tuple[Path, Digest | None]:
        """Give the image its name; return its path and, where it is needed, the digest of the file.

        `describe` says what it is, where somebody writes that down.
        """


class FileTarget:
    """A path that the caller chose.

    A symbolic link is followed, so that it goes on meaning the same place.

    Raises DiskError ``disk-output-exists`` if there is something and `force` is not given,
    ``disk-output-special`` if it is a folder, a device or a pipe, which is never replaced, or
    ``disk-output-folder`` if its folder does not exist.
    """

    def __init__(self, output: Path, *, force: bool, mode: int | None, reference: str) -> None:
        self._output = output.absolute()
        self._file = Path(os.path.realpath(output))
        self._mode = 0o777 & ~_umask() if mode is None else mode
        self.setting: str | None = None
        self.folder: Path = self._file.parent
        # A file that is replaced could be lost; a new one is only pulled again.
        self.synced: bool = self._file.exists()
        try:
            there = is_there(self._output)
        except DiskError as error:
            raise error.with_facts(reference=reference) from error.__cause__
        if there and not force:
            raise DiskError("disk-output-exists", f"{output} exists already", path=str(output), reference=reference)
        if not self.folder.is_dir():
            raise DiskError(
                "disk-output-folder",
                f"there is no folder {self.folder}",
                path=str(output),
                reference=reference,
                in_the_way=in_the_way(self._file),
            )

    def require(self) -> None:
        """See `Target`."""
        require_writable(self.folder)

    def temporary(self) -> AbstractContextManager[PartialFile]:
        """A file beside the output."""
        sweep(self.folder)
        return partial_file(self.folder, mode=self._mode)

    def keep(self, partial: PartialFile, describe: Callable[[], Kept]) -> tuple[Path, Digest | None]:
        """Rename the file to the output."""
        partial.commit(self._file, wait=self.synced or self._file.exists())
        return self._output, None


class StoreTarget:
    """The local registry; the image is kept as `name`, and `by_tag` is whether its tag means it from now on."""

    def __init__(self, store: Store, name: ImageName, *, by_tag: bool) -> None:
        self._store = store
        self._name = name
        self._by_tag = by_tag
        self.folder: Path = store.paths.storage
        self.setting: str | None = "storage"
        self.synced = True

    def require(self) -> None:
        """See `Target`."""
        self._store.require_writable()

    def temporary(self) -> AbstractContextManager[PartialFile]:
        """A file in the registry's own folder for such."""
        self._store.sweep()
        return self._store.temporary()

    def keep(self, partial: PartialFile, describe: Callable[[], Kept]) -> tuple[Path, Digest | None]:
        """Adopt the file: its digest, where it is not known, is taken while the disk is still writing it."""
        kept = describe()
        with _known(kept.file_digest) or _digest_of(partial.path) as digest:
            path = partial.sync()
        row = self._store.adopt(path, self._record(kept, digest()))
        return row.path, row.file_digest

    def _record(self, kept: Kept, file_digest: Digest) -> ImageRecord:
        reference = kept.reference
        return ImageRecord(
            name=self._name,
            file_digest=file_digest,
            size=kept.size,
            made_by=__version__,
            client=reference.scheme,
            registry=reference.registry if isinstance(reference, RegistryReference) else "",
            reference=reference.uri,
            manifest_digest=kept.manifest_digest,
            index_digest=kept.index_digest,
            platform=kept.platform,
            by_tag=self._by_tag and reference.digest is None,
            labels=kept.labels,
            config=kept.config,
            layers=kept.layers,
        )


def layered_record(image: Image, size: int) -> Kept:
    """What is written down of an image in layers, whose SIF file has `size` bytes."""
    from sregistry.assembly.config import read_config
    from sregistry.assembly.labels import labels
    from sregistry.assembly.origin import Origin

    origin = Origin(str(image.reference), str(image.manifest_digest), image.platform)
    return Kept(
        reference=image.reference,
        size=size,
        platform=str(image.platform),
        manifest_digest=image.manifest_digest,
        index_digest=image.index_digest,
        labels=labels(read_config(image.config), origin),
        config=image.config,
        layers=[LayerRecord(layer.digest, layer.size, layer.media_type) for layer in image.layers],
    )


@contextmanager
def writing(target: Target, size: int) -> Iterator[PartialFile]:
    """Open the temporary file of `target` for about `size` bytes; OS errors become DiskErrors."""
    require_space(target.folder, size, setting=target.setting)
    with target.temporary() as partial:
        try:
            yield partial
        except OSError as error:
            raise disk_error(error, target.folder, "write in", setting=target.setting, needed=size) from error


def _known(digest: Digest | None) -> AbstractContextManager[Callable[[], Digest]] | None:
    """As `_digest_of`, of a file whose digest is known by the algorithm that the local registry has; else None."""
    return nullcontext(lambda: digest) if digest and digest.algorithm == _ALGORITHM else None


@contextmanager
def _digest_of(path: Path) -> Iterator[Callable[[], Digest]]:
    """Hash the file at `path` in a thread during the context; the value is there after it."""
    result: list[Digest | OSError] = []

    def run() -> None:
        try:
            with path.open("rb", buffering=0) as file:
                result.append(Digest(_ALGORITHM, hashlib.file_digest(file, _ALGORITHM).hexdigest()))
        except OSError as error:
            result.append(error)

    def value() -> Digest:
        if isinstance(result[0], OSError):
            raise disk_error(result[0], path, "read") from result[0]
        return result[0]

    thread = threads.start(run, "digest", daemon=False)
    try:
        yield value
    finally:
        thread.join() if thread else run()


def _umask() -> int:
    """The process's umask.

    Linux tells it; elsewhere it can only be read by setting it, which other threads would notice, so that
    this is done once, and cautiously: meanwhile new files are private.
    """
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        status = ""
    found = re.search(r"^Umask:\s*([0-7]+)$", status, re.MULTILINE)
    return int(found[1], 8) if found else _umask_by_setting()


@cache
def _umask_by_setting() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current

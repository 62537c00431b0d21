"""An OCI archive written whole beside its target, and renamed when the image in it is complete.

Blobs go into the new archive as they arrive, several at a time, each into room of its own. What the old archive has,
and its other images need, is taken over at the end, under a lock; so images that others have put there meanwhile stay.
What no image needs, such as what an image has left that did not arrive as a whole, is left out.

Source: OCI Image Specification 1.1, "image-layout.md"; POSIX.1-2017, pax, "ustar Interchange Format".
"""

from __future__ import annotations

import os
import tarfile
import threading
from collections.abc import Iterable, Set
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from sregistry.digests import Digest, VerifiedReader
from sregistry.endpoints.base import ByteStream, OnBytes, Repository
from sregistry.endpoints.layouts import entries
from sregistry.endpoints.layouts.files import Archive, Files, Window
from sregistry.endpoints.layouts.oci import INDEX, MARK, OciLayout
from sregistry.endpoints.layouts.writing import MARK_TEXT, checked, receive, refuse_schema1
from sregistry.errors import SregistryError
from sregistry.layers.tarheader import BLOCK
from sregistry.oci import contents
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.manifests import Manifest
from sregistry.store.errors import disk_error
from sregistry.store.files import PartialFile, is_there, partial_file, sweep
from sregistry.store.locks import locked

if TYPE_CHECKING:
    from collections.abc import Callable

    from sregistry.references import PathReference
    from sregistry.settings import Settings

_PIECE = 1 << 20
#: An archive ends with two blocks of zeros.
_END = bytes(2 * BLOCK)


@dataclass(frozen=True, slots=True)
class _Room:
    """Where a member's bytes go in the new archive."""

    offset: int
    size: int


class NewArchive:
    """The archive that is being written, under a temporary name in the folder of its target."""

    def __init__(self, target: Path, mode: int | None) -> None:
        self._stack = ExitStack()
        sweep(target.parent)
        self._partial: PartialFile = self._stack.enter_context(partial_file(target.parent, mode=mode))
        self._lock = threading.Lock()
        self._end = 0
        self._given: dict[str, _Room] = {}
        self._folders: set[str] = set()
        self.complete: set[str] = set()

    def add(self, name: str, stream: ByteStream | VerifiedReader | Window, size: int, on_bytes: OnBytes | None) -> None:
        """Write a member of exactly `size` bytes; one that fails can be written again. Raises what `stream` raises."""
        room = self._room(name, size)
        position = room.offset
        while data := stream.read(_PIECE):
            self._write(data, position)
            position += len(data)
            if on_bytes:
                on_bytes(len(data))
        with self._lock:
            self.complete.add(name)

    def write(self, name: str, data: bytes) -> None:
        """Write a small member."""
        self._write(data, self._room(name, len(data)).offset)
        with self._lock:
            self.complete.add(name)

    @property
    def size(self) -> int:
        """In bytes, so far."""
        return self._end

    def keep(self, names: Set[str]) -> None:
        """Leave out what is not complete, and all but `names`."""
        with self._lock:
            self.complete &= names
            if missing := set(self._given) - self.complete:
                self._without(missing)

    def commit(self, target: Path) -> None:
        """End the archive, sync it and give it its name; raises DiskError."""
        self._write(_END, self._end)
        self._partial.commit(target)
        self.close()

    def close(self) -> None:
        """Remove what has not got its name."""
        self._stack.close()

    def open(self, name: str) -> Window | None:
        """The bytes of a member that is complete."""
        room = self._given.get(name) if name in self.complete else None
        return Window(os.dup(self._partial.file.fileno()), room.offset, room.size, self._partial.path) if room else None

    def _room(self, name: str, size: int) -> _Room:
        """Room for a member; the same again for the same name."""
        with self._lock:
            room = self._given.get(name)
            if room is None or room.size != size:
                header = self._header(name, size)
                room = self._given[name] = _Room(self._end + len(header), size)
                self._write(header, self._end)
                self._end = room.offset + size + -size % BLOCK
            return room

    def _header(self, name: str, size: int) -> bytes:
        """The header of a file, after those of its folders, without which Apptainer cannot unpack it."""
        headers = []
        for folder in map(str, reversed(PurePosixPath(name).parents[:-1])):
            if folder not in self._folders:
                self._folders.add(folder)
                headers.append(_header(f"{folder}/", 0, tarfile.DIRTYPE, 0o755))
        return b"".join([*headers, _header(name, size)])

    def _write(self, data: bytes, position: int) -> None:
        view = memoryview(data)
        try:
            while view:
                written = os.pwrite(self._partial.file.fileno(), view, position)
                view, position = view[written:], position + written
        except OSError as error:
            raise disk_error(error, self._partial.path, "write", needed=len(data)) from error

    def _without(self, missing: Iterable[str]) -> None:
        """Close up the room of members."""
        self._folders.clear()
        for name in missing:
            del self._given[name]
        rooms, end = sorted(self._given.items(), key=lambda item: item[1].offset), 0
        for name, room in rooms:
            header = self._header(name, room.size)
            with Window(os.dup(self._partial.file.fileno()), room.offset, room.size, self._partial.path) as moved:
                self._write(header, end)
                position = end + len(header)
                while data := moved.read(_PIECE):
                    self._write(data, position)
                    position += len(data)
            self._given[name] = _Room(end + len(header), room.size)
            end = position + -room.size % BLOCK
        self._end = end


def _header(name: str, size: int, kind: bytes = tarfile.REGTYPE, mode: int = 0o644) -> bytes:
    """The header of a member: of nobody, without a time, so that the same image gives the same archive."""
    member = tarfile.TarInfo(name)
    member.size, member.type, member.mode = size, kind, mode
    return member.tobuf(tarfile.GNU_FORMAT)


class Draft:
    """What is to be added to one archive, by all who put something there, until it gets its name.

    An image that is put may have to wait: the other images of the archive are copied each time that it is written, so
    it is written when as much is new as there was, and at the end: many images cost no more than twice their size.

    Args:
        reference: of the archive.
        settings: in force.
        files: opens the archive that is there.
    """

    def __init__(self, reference: PathReference, settings: Settings, files: Callable[[], Files]) -> None:
        self._old = OciLayout(reference, settings, files)
        self._settings = settings
        self._target = Path(reference.path)
        self._guard = threading.RLock()
        self._new: NewArchive | None = None
        self._listed: list[entries.Entry] = []
        self._complete = False
        self._wanted: set[Digest] = set()

    @property
    def archive(self) -> NewArchive:
        """The new archive. Raises LayoutError where what is there is none that can be added to, DiskError."""
        with self._guard:
            if self._new is None:
                if is_there(self._target):
                    self._old.listed()
                self._new = NewArchive(self._target, self._settings.mode)
            return self._new

    def has(self, descriptor: Descriptor, name: str) -> bool:
        """Whether a blob is new, or in the archive that is there."""
        if self._new is not None and name in self._new.complete:
            return True
        window = self._in_old(name)
        if window is None:
            return False
        with window:
            if descriptor.size not in (0, window.size):
                return False
        with self._guard:
            self._wanted.add(descriptor.digest)
        return True

    def _in_old(self, name: str) -> Window | None:
        try:
            return self._old.files.open(name)
        except SregistryError as error:
            if error.code == "layout-no-such-path":
                return None
            raise

    def list(self, entry: entries.Entry | None, *, is_image: bool) -> None:
        """Add an entry to the list; with an image, the archive is complete. Raises as `close`."""
        with self._guard:
            self._listed += [entry] if entry else []
            self._complete |= is_image
            if is_image and self.archive.size >= _size(self._target):
                self._commit()

    def close(self) -> None:
        """Write what is complete; without an image, only what is added to an archive that is there.

        Raises:
            DiskError, LockError, LayoutError: the archive that is there stays as it is.
        """
        with self._old.told(), self._guard:
            if self._new is None:
                return
            if self._complete or (is_there(self._target) and (self._listed or self._mends())):
                self._commit()
            else:
                self._drop()

    def _drop(self) -> None:
        if self._new is not None:
            self._new.close()
        self._new, self._listed, self._wanted, self._complete = None, [], set(), False
        self._old.forget()

    def _mends(self) -> bool:
        """Whether there is something new that the images of the old archive need."""
        needed = set[Digest]()
        with suppress(SregistryError):
            for one in self._old.listed():
                add_needed(self._old, one.descriptor, needed)
        return any(self._old.blob_name(digest) in self.archive.complete for digest in needed)

    def _commit(self) -> None:
        """Give the archive its name, with the other images of the one that is there; drop it where that fails."""
        lock = self._target.with_name(f".{self._target.name}.lock")
        try:
            with locked(lock, "writing an archive of images", timeout=self._settings.lock_timeout):
                self._write()
        finally:
            self._drop()

    def _write(self) -> None:
        """Take over what the images need that stay, leave out what none needs, and write the list of all."""
        new, old = self.archive, None
        with ExitStack() as stack:
            if is_there(self._target):
                old = Archive(self._target, self._settings)
                stack.callback(old.close)
            place = OciLayout(self._old.reference, self._settings, lambda: _Both(self._target, new, old))
            document = entries.read(place.index.raw if old else None)
            for entry in self._listed:
                entries.add(document, entry)
            new.write(MARK, MARK_TEXT)
            new.write(INDEX, entries.write(document))
            place.forget()
            needed = set[Digest]()
            for one in place.listed():
                add_needed(place, one.descriptor, needed)
            names = {place.blob_name(digest): digest for digest in sorted(needed)}
            new.keep({*names, MARK, INDEX})
            self._take_over(new, old, names)
        new.commit(self._target)

    def _take_over(self, new: NewArchive, old: Archive | None, names: dict[str, Digest]) -> None:
        for name, digest in names.items():
            if name in new.complete:
                continue
            window = old.open(name) if old else None
            if window is not None:
                with window:
                    new.add(name, window, window.size, None)
            elif digest in self._wanted:
                # Another process has taken away what was there.
                raise self._old.missing(digest, "content", name)


class _Both:
    """The files of an archive that is being written: new ones, else those of the archive that is there."""

    def __init__(self, path: Path, new: NewArchive, old: Archive | None) -> None:
        self.path: Path = path
        self._new = new
        self._old = old

    def open(self, name: str) -> Window | None:
        return self._new.open(name) or (self._old.open(name) if self._old else None)

    def close(self) -> None:
        """Those who made them close them."""


class OciArchiveFile(OciLayout):
    """``oci-archive:FILE``, which takes images; `base.Writable`.

    An image is in the archive when the endpoint is closed, or before; see `Draft`.
    """

    #: Of the archive, the same for all who write to it; set by the endpoint.
    draft: Draft

    def has(self, descriptor: Descriptor) -> bool:
        """See `base.Writable`; what the old archive has is taken over."""
        with self.told():
            return self.draft.has(descriptor, self.blob_name(descriptor.digest))

    def mount(self, digest: Digest, source: Repository) -> bool:
        """See `base.Writable`: nothing in an archive can be shared."""
        return False

    def put_blob(self, descriptor: Descriptor, stream: ByteStream, on_bytes: OnBytes | None = None) -> None:
        """See `base.Writable`; raises DigestError, DiskError, and what `stream` raises."""
        with self.told():
            archive = self.draft.archive
        name = self.blob_name(descriptor.digest)
        if descriptor.size:
            reader = VerifiedReader(stream, descriptor.digest, descriptor.size, what="blob")
            archive.add(name, reader, descriptor.size, on_bytes)
            return
        # The header of a member has its size, so one that is not told is found out first.
        with partial_file(Path(self.reference.path).parent) as scratch:
            receive(descriptor, stream, scratch, on_bytes)
            size = scratch.file.tell()
            scratch.file.flush()
            with Window(os.dup(scratch.file.fileno()), 0, size, scratch.path) as window:
                archive.add(name, window, size, None)

    def put_manifest(self, name: str, manifest: Manifest) -> Digest:
        """See `base.Writable`; raises DigestError, DiskError, LockError, and LayoutError for a damaged old archive."""
        with self.told():
            found = checked(name, manifest)
            refuse_schema1(found)
            self.draft.archive.write(self.blob_name(found.digest), found.raw)
            entry = entries.of(found, name, self.reference.identifier)
            self.draft.list(entry, is_image=name in ("", self.reference.identifier))
            self.forget()
        return found.digest


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def add_needed(place: OciLayout, descriptor: Descriptor, needed: set[Digest]) -> None:
    """Add to `needed` the digests of a manifest and of all that it leads to, as far as that is there."""
    waiting = [descriptor]
    while waiting:
        one = waiting.pop()
        if one.digest in needed:
            continue
        needed.add(one.digest)
        if not contents.is_manifest(one):
            continue
        with suppress(SregistryError):
            named = contents.of(place.by_digest(one.digest, one.media_type or None))
            waiting += named.manifests
            needed.update(blob.digest for blob in (*named.blobs, *named.foreign))

"""Images put into folders: an OCI layout, or what skopeo calls ``dir``.

Each file is written under a temporary name, synced, and renamed; what a name means is replaced last, under a lock. So
whatever ends this, a name means what it meant before, or the whole. What has arrived stays for the next try.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from sregistry.digests import Digest, DigestError, Readable, VerifiedReader, vouched
from sregistry.endpoints.base import ByteStream, Meaning, OnBytes, Repository
from sregistry.endpoints.layouts import entries, leftovers
from sregistry.endpoints.layouts.files import Folder, no_folder
from sregistry.endpoints.layouts.folder import MANIFEST, VERSION, VERSION_FILE, DirFolder
from sregistry.endpoints.layouts.oci import INDEX, MARK, Listed, OciLayout
from sregistry.endpoints.layouts.oci import VERSION as LAYOUT_VERSION
from sregistry.endpoints.layouts.place import Place, as_digest
from sregistry.errors import RegistryError
from sregistry.oci import media_types, schema1
from sregistry.oci.descriptors import Descriptor
from sregistry.oci.manifests import Manifest
from sregistry.store.errors import disk_error
from sregistry.store.files import PartialFile, copy_into, is_there, partial_file, sweep, write_file
from sregistry.store.locks import locked

_PIECE = 1 << 20
MARK_TEXT = f'{{"imageLayoutVersion":"{LAYOUT_VERSION}"}}'.encode()


class WritableFolder(Place):
    """A repository in a folder that takes blobs and manifests; `base.Writable`."""

    #: The file by which the folder is known, and what is written into it.
    mark: str
    mark_text: bytes

    @property
    def folder(self) -> Path:
        """The folder, which may not be there yet."""
        return Path(self.reference.path)

    def has(self, descriptor: Descriptor) -> bool:
        """See `base.Writable`: by name and size, as a file gets its name when it is whole."""
        is_manifest = descriptor.media_type in media_types.KNOWN
        name = self.manifest_name(descriptor.digest) if is_manifest else self.blob_name(descriptor.digest)
        try:
            status = (self.folder / name).stat()
        except OSError:
            return False
        return stat.S_ISREG(status.st_mode) and descriptor.size in (0, status.st_size)

    def mount(self, digest: Digest, source: Repository) -> bool:
        """See `base.Writable`: from another folder, the file gets a second name, or shares its blocks.

        Raises DiskError; False where the source is no folder, or its file is damaged.
        """
        if not isinstance(source, Place) or not isinstance(source.files, Folder):
            return False
        origin = source.files.path / source.blob_name(digest)
        with self.told():
            self.prepare()
            with suppress(DigestError), partial_file(self.folder, mode=self.settings.mode) as partial:
                if not is_there(origin):
                    return False
                _share(origin, partial)
                partial.file.flush()
                _verify(partial.path, digest)
                partial.commit(self.folder / self.blob_name(digest))
                return True
        return False

    def put_blob(self, descriptor: Descriptor, stream: ByteStream, on_bytes: OnBytes | None = None) -> None:
        """See `base.Writable`; raises DigestError, DiskError, LayoutError ``layout-other``, what `stream` raises."""
        with self.told():
            self.prepare()
        with partial_file(self.folder, mode=self.settings.mode) as partial:
            receive(descriptor, stream, partial, on_bytes)
            partial.commit(self.folder / self.blob_name(descriptor.digest))

    def put_manifest(self, name: str, manifest: Manifest) -> Digest:
        """See `base.Writable`; raises DigestError, DiskError, LayoutError, LockError."""
        with self.told():
            found = checked(name, manifest)
            self.prepare()
            self.store(name, found)
        return found.digest

    def store(self, name: str, manifest: Manifest) -> None:
        """Write a manifest, and what `name` means."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Make the folder what it is to be. Raises LayoutError ``layout-other`` where other things are in it."""
        if (self.folder / self.mark).is_file():
            return
        try:
            there = [path.name for path in self.folder.iterdir()]
        except FileNotFoundError:
            there = []
        except OSError as error:
            if self.folder.is_file():
                raise no_folder(self.folder) from error
            raise disk_error(error, self.folder, "write in") from error
        if any(not name.startswith(".sregistry-") for name in there):
            if (self.folder / self.mark).is_file():
                return  # another process has made it what it is to be since the first look
            raise self.other(self.mark)
        write_file(self.folder / self.mark, self.mark_text, mode=self.settings.mode)

    def tidy(self) -> None:
        """Remove the temporary files of processes that are gone."""
        sweep(self.folder)


class OciFolder(OciLayout, WritableFolder):
    """``oci:DIR``, which takes images."""

    mark = MARK
    mark_text = MARK_TEXT

    def store(self, name: str, manifest: Manifest) -> None:
        """See `WritableFolder`; one by its digest alone is listed if it refers to another, or is what is meant."""
        refuse_schema1(manifest)
        write_file(self.folder / self.blob_name(manifest.digest), manifest.raw, mode=self.settings.mode)
        entry = entries.of(manifest, name, self.reference.identifier)
        if entry:
            self._list(entry)
        self.tidy()

    def tag(self, new: str) -> Digest:
        """Let the name `new` mean the image that the place was named with, too; return its digest.

        Raises what `manifest` raises; LayoutError ``layout-several`` for an image that has an entry for each platform.
        """
        with self.told(), self._alone() as document:
            manifest, listed = self.manifest(""), self.listed()
            if manifest.digest == self.index.digest:
                raise self.several(self.reference.identifier, [str(one.descriptor.digest) for one in listed])
            numbers = [one.number for one in self._going(manifest, listed)]
            entry = document["manifests"][numbers[0]] if numbers else entries.entry(manifest, "")
            if entries.tag(document, entry, new):
                self._save(document)
        return manifest.digest

    def delete(self) -> None:
        """Take the name that the place was named with out of the list; with a digest, the image with all its names.

        What nothing needs any more is deleted, see `leftovers`. Raises what `manifest` raises, DiskError.
        """
        with self.told(), self._alone() as document:
            going = self._going(self.manifest(""), self.listed())
            if not going:
                raise self.unknown(self.reference.identifier, self.images())
            found = leftovers.after(self, going)
            entries.remove(document, found.numbers)
            self._save(document)
            for digest in found.blobs:
                remove(self.folder / self.blob_name(digest))

    def meaning(self) -> Meaning:
        """See `base.Knows`."""
        with self.told():
            manifest, listed = self.manifest(""), self.listed()
            going = self._going(manifest, listed)
            same = [one for one in listed if one.descriptor.digest == manifest.digest]
            others = [one.shown for one in same if self.reference.digest or one not in going]
            return Meaning(manifest.digest, others)

    def _going(self, manifest: Manifest, listed: list[Listed]) -> list[Listed]:
        """The entries that are meant."""
        if self.reference.digest is None:
            return self.meant(self.reference.identifier)
        return [one for one in listed if one.descriptor.digest == manifest.digest]

    def _list(self, entry: entries.Entry) -> None:
        with self._alone() as document:
            if entries.add(document, entry):
                self._save(document)

    @contextmanager
    def _alone(self) -> Iterator[dict[str, Any]]:
        """The document of the list, which nobody else changes meanwhile."""
        lock = self.folder / ".sregistry-index.lock"
        with locked(lock, "writing an image into a layout", timeout=self.settings.lock_timeout):
            self.forget()
            window = self.files.open(INDEX)
            if window is not None:
                window.close()
            yield entries.read(None if window is None else self.index.raw)
            self.forget()

    def _save(self, document: dict[str, Any]) -> None:
        write_file(self.folder / INDEX, entries.write(document), mode=self.settings.mode)


class DirWritable(DirFolder, WritableFolder):
    """``dir:DIR``, which takes one image."""

    mark = VERSION_FILE
    mark_text = VERSION

    def has(self, descriptor: Descriptor) -> bool:
        """See `WritableFolder`; the image itself is in a file of another name."""
        if super().has(descriptor):
            return True
        return descriptor.media_type in media_types.KNOWN and self.is_root(descriptor.digest)

    def store(self, name: str, manifest: Manifest) -> None:
        """See `WritableFolder`; what is not the one image keeps no name."""
        root = name in ("", self.reference.identifier)
        target = MANIFEST if root else self.manifest_name(manifest.digest)
        write_file(self.folder / target, manifest.raw, mode=self.settings.mode)
        self.tidy()


def remove(path: Path) -> None:
    """Delete a file, which may be gone already; raises DiskError."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise disk_error(error, path, "delete") from error


def checked(name: str, manifest: Manifest) -> Manifest:
    """`manifest` with the digest that `name` is, if it is one; raises DigestError where that is of other bytes."""
    digest = as_digest(name) or manifest.digest
    hashed = schema1.payload(manifest.raw) if manifest.is_schema1 else manifest.raw
    digest.verify(hashed, what="manifest")
    return replace(manifest, digest=digest)


def refuse_schema1(manifest: Manifest) -> None:
    """Raise RegistryError ``manifest-schema1`` for what no OCI layout takes."""
    if manifest.is_schema1:
        raise RegistryError("manifest-schema1", "an OCI layout takes no manifests of schema 1")


def receive(descriptor: Descriptor, stream: Readable, partial: PartialFile, on_bytes: OnBytes | None = None) -> None:
    """Write what `stream` gives into a file; raises DigestError where that is not what `descriptor` says, DiskError."""
    reader = vouched(stream, descriptor.digest, descriptor.size or None, what="blob")
    while data := reader.read(_PIECE):
        try:
            partial.file.write(data)
        except OSError as error:
            raise disk_error(error, partial.path, "write", needed=descriptor.size) from error
        if on_bytes:
            on_bytes(len(data))


def _share(origin: Path, partial: PartialFile) -> None:
    """Give `partial` the content of `origin`: a second name where its owner and mode are those of a new file."""
    made, found = os.fstat(partial.file.fileno()), origin.stat()
    link = partial.path.with_suffix(".link")
    if (made.st_uid, made.st_gid, made.st_mode) == (found.st_uid, found.st_gid, found.st_mode):
        try:
            link.hardlink_to(origin.resolve())
            link.replace(partial.path)
            return
        except OSError:
            link.unlink(missing_ok=True)
    copy_into(origin, partial)


def _verify(path: Path, digest: Digest) -> None:
    """Raise DigestError unless the file has this digest; DiskError."""
    try:
        with path.open("rb", buffering=0) as file:
            reader = VerifiedReader(file, digest, None, what="blob")
            while reader.read(_PIECE):
                pass
    except OSError as error:
        raise disk_error(error, path, "read") from error

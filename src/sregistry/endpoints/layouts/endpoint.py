"""The endpoints of ``oci:``, ``oci-archive:``, ``docker-archive:`` and ``dir:``."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar

from sregistry.digests import Digest
from sregistry.endpoints.base import Layered, Meaning, Names, Network
from sregistry.endpoints.layouts.docker import DockerArchive
from sregistry.endpoints.layouts.errors import LayoutError
from sregistry.endpoints.layouts.files import Archive, Files, Folder, no_folder
from sregistry.endpoints.layouts.place import Place
from sregistry.endpoints.layouts.tarwriting import Draft, OciArchiveFile
from sregistry.endpoints.layouts.writing import DirWritable, OciFolder
from sregistry.errors import Cancelled, SregistryError
from sregistry.http.options import Limits
from sregistry.oci.image import Source, resolve
from sregistry.references import PathReference, Platform, Reference

#: Seconds for what is being opened to see that it is to end.
_PATIENCE = 0.5


class OnThisMachine:
    """What the endpoints of folders and archives have in common; each place is opened once, when it is first asked."""

    grammar = "path"
    #: What reads it.
    kind: ClassVar[type[Place]]
    is_folder: ClassVar[bool] = False

    def __init__(self, network: Network) -> None:
        self._settings = network.settings
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._open: dict[str, Files] = {}

    def find(self, reference: Reference, platform: Platform | None) -> Layered:
        """Manifest and config of the image, no layer yet.

        Raises:
            LayoutError: see `Place.manifest`.
            SregistryError: what `oci.image.resolve` raises of an image that cannot be used.
        """
        place = self.repository(reference)
        with place.told():
            source = Source(place.manifest, place.config, place.size)
            image = resolve(source, reference, platform, depth=Limits().index_depth)
        return Layered(place, image)

    def repository(self, reference: Reference) -> Place:
        """See `base.Holds`."""
        found = of_path(reference)
        return self.kind(found, self._settings, lambda: self._files(found.path))

    def version(self, reference: Reference) -> Digest | None:
        """The digest of the manifest that is meant now, or of the index; None if it cannot be told."""
        try:
            return self.repository(reference).manifest("").digest
        except SregistryError:
            return None

    def explain(self, error: SregistryError) -> SregistryError:
        """A look at what is at the path, without any network: see `look`."""
        from sregistry.endpoints.layouts.look import look

        return look(error, self._settings)

    def close(self) -> None:
        """Close what is open, and end what is being opened."""
        self._closed.set()
        # A pipe that brings nothing is left to the thread that waits for it.
        if self._lock.acquire(timeout=_PATIENCE):
            try:
                for files in self._open.values():
                    files.close()
                self._open.clear()
            finally:
                self._lock.release()

    def _files(self, path: str) -> Files:
        with self._lock:
            files = self._open.get(path)
            if isinstance(files, Archive) and files.is_replaced:
                files.close()
                files = None
            if files is None:
                files = folder(Path(path)) if self.is_folder else Archive(Path(path), self._settings, self._check)
                self._open[path] = files
            return files

    def _check(self) -> None:
        if self._closed.is_set():
            raise Cancelled("interrupted", "cancelled")


def folder(path: Path) -> Folder:
    """The folder at `path`; raises LayoutError ``layout-no-such-path``, ``layout-other``."""
    if path.is_dir():
        return Folder(path)
    if path.exists():
        raise no_folder(path)
    raise LayoutError("layout-no-such-path", f"there is nothing at {path}")


def of_path(reference: Reference) -> PathReference:
    """`reference`, which its grammar has made one of a path."""
    assert isinstance(reference, PathReference)
    return reference


class _WithNames(OnThisMachine):
    """A place whose images have names."""

    def names(self, reference: Reference, limit: int | None) -> Names:
        """The names of the images in it, as they stand there."""
        found = of_path(reference)
        images = self.repository(reference).images()[:limit]
        return Names(images, "images", f"{found.scheme}:{found.path}:")


class Oci(_WithNames):
    """``oci:``: an OCI layout in a folder."""

    kind = OciFolder
    is_folder = True

    def tag(self, reference: Reference, new: str) -> Digest:
        """See `base.Tags`; raises what `OciFolder.tag` raises."""
        return self._folder(reference).tag(new)

    def delete(self, reference: Reference) -> None:
        """See `base.Deletes`; raises what `OciFolder.delete` raises."""
        self._folder(reference).delete()

    def meaning(self, reference: Reference, *, others: bool) -> Meaning:
        """See `base.Knows`."""
        return self._folder(reference).meaning()

    def _folder(self, reference: Reference) -> OciFolder:
        place = self.repository(reference)
        assert isinstance(place, OciFolder)
        return place


class OciArchive(_WithNames):
    """``oci-archive:``: an OCI layout in a tar archive."""

    kind = OciArchiveFile

    def __init__(self, network: Network) -> None:
        super().__init__(network)
        self._drafts: dict[str, Draft] = {}

    def repository(self, reference: Reference) -> Place:
        """See `base.Holds`; all that write to one archive write to one draft of it."""
        place, found = super().repository(reference), of_path(reference)
        assert isinstance(place, OciArchiveFile)
        with self._lock:
            if found.path not in self._drafts:
                self._drafts[found.path] = Draft(found, self._settings, lambda: self._files(found.path))
            place.draft = self._drafts[found.path]
        return place

    def close(self) -> None:
        """Write what has been put, see `Draft.close`; then as above."""
        drafts, self._drafts = self._drafts, {}
        with ExitStack() as stack:
            stack.callback(super().close)
            for draft in drafts.values():
                stack.callback(draft.close)


class SavedArchive(_WithNames):
    """``docker-archive:``: what ``docker save`` writes."""

    kind = DockerArchive


class Dir(OnThisMachine):
    """``dir:``: what skopeo writes into a folder; its one image has no name."""

    kind = DirWritable
    is_folder = True

"""The local registry: image files in a folder, a database of what they are.

A change that touches both is made so that a process may be killed between any two steps:

- a file gets its name within the transaction that writes its row, so of a killed ``adopt`` at most a
  complete file without a row remains, which says itself what it is;
- a file loses its name only after the row has gone and the intention has been written down, in a
  second transaction, so a killed ``remove`` is finished by whoever comes next.

All transactions that write follow one another, on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from sregistry.store import choose
from sregistry.store.database import Database
from sregistry.store.database.database import DEFAULT_WAIT
from sregistry.store.database.location import locate
from sregistry.store.database.reads import Reads
from sregistry.store.errors import StoreError, disk_error
from sregistry.store.files import (
    PartialFile,
    copy_into,
    link_or_copy,
    make_folder,
    partial_file,
    permissions,
    require_writable,
    sweep,
    sync_file,
    sync_folder,
)
from sregistry.store.names import ImageName
from sregistry.store.paths import StorePaths
from sregistry.store.records import Details, ImageRecord, ImageRow

if TYPE_CHECKING:
    from sregistry.digests import Digest
    from sregistry.references import Reference
    from sregistry.references.platform import Wanted
    from sregistry.store.database.writes import Writes

SETTING = "storage"
#: How exactly `last_used` is kept; every ``get`` writing to the database would make readers wait.
USE_INTERVAL = 3600.0


class Store:
    """The images below ``paths.storage`` and their database.

    Args:
        paths: folders of the files and of the SQLite database.
        database_url: another database; None or empty for SQLite.
        mode: permission bits of new files; None follows the umask.
        wait: seconds to wait for other processes that change the database.
        clock: what time it is, in seconds since 1970.

    Attributes:
        database: opened when it is needed.
        reads: questions to it.

    Every method raises StoreError ``store-database-*``, LockError ``lock-unsupported`` and DiskError
    besides what it says itself.
    """

    def __init__(
        self,
        paths: StorePaths,
        database_url: str | None = None,
        *,
        mode: int | None = None,
        wait: float = DEFAULT_WAIT,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.paths = paths
        self.mode = mode
        self._clock = clock
        self.database: Database = Database(locate(paths, database_url), wait=wait, mode=mode)
        self.reads: Reads = Reads(self.database, paths.storage)

    def find(self, reference: Reference, wanted: Wanted | None) -> ImageRow | None:
        """Return the image that was pulled as `reference`: by its digest, else what its tag meant last; or None.

        Of those for several platforms it is the one that fits what is wanted best.
        """
        name = ImageName.of(reference)
        found = [
            (0 if wanted is None else wanted.order(row.platform), row)
            for row in self.reads.by_name(name.name, collection=name.collection, tag=name.tag or None)
            if (row.client, row.registry) == (reference.scheme, reference.registry)
            and (row.registry or row.reference == reference.uri)
            and (reference.digest is None or reference.digest in (row.version, row.index_digest))
        ]
        fitting = [(order, row) for order, row in found if order is not None]
        return min(fitting, key=itemgetter(0))[1] if fitting else None

    def matching(self, text: str) -> list[ImageRow]:
        """Images that `text` fits; raise StoreError ``store-query-malformed``."""
        return choose.matching(self.reads, text)

    def get(self, text: str, host: str, *, platform: str | None = None, any_tag: bool = True) -> ImageRow:
        """Return the image that `text` means; see `choose.one_to_read`. Does not look for the file."""
        return choose.one_to_read(self.reads, text, platform, host, any_tag=any_tag)

    def at_path(self, path: Path) -> ImageRow | None:
        """Return the image whose file is at the absolute `path`; None if there is none."""
        inside = path.is_relative_to(self.paths.storage)
        found = self.reads.by_path(str(path.relative_to(self.paths.storage) if inside else path))
        return found[0] if found else None

    def images(self, query: str | None, labels: Mapping[str, str], order: str) -> list[ImageRow]:
        """Images that contain `query` and have all `labels`, in one of `ORDERS`."""
        return self.reads.matching(query, labels, order)

    def details(self, row: ImageRow) -> Details:
        """Labels, configuration and layers of an image."""
        return self.reads.details(row)

    def note_use(self, row: ImageRow) -> None:
        """Write down that the image is used now, to the hour, if the database may be changed."""
        now = self._clock()
        if row.last_used is None or now - row.last_used > USE_INTERVAL:
            self.reads.note_use(row, now)

    def temporary(self) -> AbstractContextManager[PartialFile]:
        """Open a file on the filesystem of the images, to be written and given to `adopt`."""
        # Where the database cannot be written to either, another folder for the files alone would not help.
        closed = self.paths.database.is_dir() and not os.access(self.paths.database, os.W_OK)
        return partial_file(self.paths.partial, mode=self.mode, setting="database" if closed else SETTING)

    def require_writable(self) -> None:
        """Raise what would keep an image out: a folder or a database that cannot be changed, or not be reached."""
        require_writable(self.paths.storage, setting=SETTING)
        self.database.require_writable()

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Keep all others from changing files and rows during the context.

        Where the database cannot be changed from here nobody is kept from it, and none is made for this.
        """
        with ExitStack() as stack:
            try:
                if self.database.exists():
                    stack.enter_context(self._writing())
            except StoreError as error:
                if error.code != "store-database-read-only":
                    raise
            yield

    def sweep(self) -> list[Path]:
        """Remove what killed processes left half-written; return what was removed."""
        return sweep(self.paths.partial)

    def adopt(self, file: Path, record: ImageRecord, *, share: bool = False, since: float | None = None) -> ImageRow:
        """Keep the complete file `file` as the image `record`; return its row.

        An image of the same name and version is replaced.

        Args:
            file: renamed if it is one of `temporary`, else copied and left where it is.
            record: what it is.
            share: instead of a copy, give the content a second name where the filesystem can, for a caller that
                then removes `file`.
            since: when the image was pulled, in seconds since 1970; None for now.
        """
        if file.parent == self.paths.partial:
            return self._adopt(file, record, since)
        with self.temporary() as partial:
            if share:
                link_or_copy(file, partial, permissions(partial.path))
            else:
                copy_into(file, partial)
            return self._adopt(partial.sync(), record, since)

    def register(self, path: Path, record: ImageRecord, *, since: float | None = None) -> ImageRow:
        """Keep the record of an image whose file stays where it is, at `path`; `since` as for `adopt`."""
        with self._writing() as writes:
            before = writes.image(record.name, str(record.version))
            row = writes.put(record, self._stored(path), since or self._clock())
            self._release(writes, before, row)
        self.finish_removals()
        return row

    def confirm(self, row: ImageRow, index_digest: Digest | None) -> ImageRow:
        """Note that the tag was looked up and still means this image."""
        with self._writing() as writes:
            return writes.confirm(row, str(index_digest) if index_digest else None, self._clock())

    def remove(self, rows: Sequence[ImageRow]) -> None:
        """Forget images and delete their files; a file outside the image folder stays."""
        with self._writing() as writes:
            for row in rows:
                writes.delete(row)
                self._release(writes, row, None)
        self.finish_removals()

    def rename(self, row: ImageRow, name: ImageName) -> ImageRow:
        """Give the image another name; a file in the image folder is renamed, too.

        Raises StoreError ``store-image-unknown``, ``store-name-taken``, ``store-file-missing``.
        """
        with self._writing() as writes:
            row = self._still(writes, row)
            if (taken := writes.image(name, str(row.version))) and taken.id != row.id:
                raise StoreError("store-name-taken", f"there is an image {taken.uri} already", uri=taken.uri)
            if not row.managed:
                return writes.rename(row, name, row.stored)
            stored = name.file_name(row.file_digest)
            shared = writes.others_at(row.stored, str(row.file_digest), row.id)
            with self._placed(row.path, self.paths.storage / stored, keep=shared):
                writes.forget_removal(stored)
                renamed = writes.rename(row, name, stored)
        self._remove_empty(row.path.parent)
        return renamed

    def move(self, row: ImageRow, target: Path) -> ImageRow:
        """Move the image's file to `target`, outside the image folder, replacing what is there.

        A file that another image needs, too, is copied. Raises StoreError ``store-image-unknown``,
        ``store-file-missing``.
        """
        if not row.path.exists():
            raise file_missing(row)
        with partial_file(target.parent) as partial:
            link_or_copy(row.path, partial, permissions(row.path))
            with self._writing() as writes:
                row = self._still(writes, row)
                moved = writes.move(row, self._stored(target))
                self._release(writes, row, moved)
                shared = writes.others_at(row.stored, str(row.file_digest), row.id)
                partial.commit(target)  # last: if the database refuses, what is at `target` stays
        if not row.managed and row.path != moved.path and not shared:
            self._delete(row.path)
        self.finish_removals()
        return moved

    def finish_removals(self) -> list[Path]:
        """Delete files whose images have been removed, also what killed processes did not get to; return them."""
        if not self.reads.removals():
            return []
        deleted = []
        with self._writing() as writes:
            for path, digest in writes.removals():
                if not writes.others_at(path, digest):
                    deleted.append(self._delete(self.paths.storage / path))
                writes.forget_removal(path)
        return deleted

    def restore(self, row: ImageRow, file: Path) -> ImageRow:
        """Put the file of `row` back in its place; `file` is a stray file of the image folder with its content."""
        with self._writing() as writes:
            row = self._still(writes, row)
            with self._placed(file, row.path, keep=False):
                writes.forget_removal(row.stored)
        self._remove_empty(file.parent)
        return row

    def claim(self, file: Path, record: ImageRecord) -> ImageRow | None:
        """Give a stray file of the image folder the row it lost; return it.

        None if a row has the file after all, or if the image is here already, in another file; this
        one is then deleted.
        """
        stored = str(file.relative_to(self.paths.storage))
        with self._writing() as writes:
            if writes.others_at(stored, str(record.file_digest)):
                return None
            before = writes.image(record.name, str(record.version))
            if before is None or not before.path.exists():
                return writes.put(record, stored, self._clock())
            self._delete(file)
            return None

    def _adopt(self, file: Path, record: ImageRecord, since: float | None = None) -> ImageRow:
        stored = record.name.file_name(record.file_digest)
        sync_file(file)
        with self._writing() as writes:
            before = writes.image(record.name, str(record.version))
            with self._placed(file, self.paths.storage / stored, keep=False):
                row = writes.put(record, stored, since or self._clock())
                writes.forget_removal(stored)
                replaced = self._release(writes, before, row)
        if replaced:
            self.finish_removals()
        return row

    @contextmanager
    def _writing(self) -> Iterator[Writes]:
        with self.database.write() as connection:
            from sregistry.store.database.writes import Writes

            yield Writes(connection, self.paths.storage)

    @contextmanager
    def _placed(self, file: Path, target: Path, *, keep: bool) -> Iterator[None]:
        """Rename `file` (link it, to `keep` it) to `target`; take that back if the context fails.

        A file that was at `target` has the same content, by its name, and an image: one is left there in any case.
        """
        if not file.exists():
            raise StoreError("store-file-missing", f"the image file {file} is not there", path=str(file))
        try:
            there = target.exists()
            make_folder(target.parent, self.mode)
            if keep:
                target.unlink(missing_ok=True)
                target.hardlink_to(file)
            else:
                file.replace(target)
            sync_folder(target.parent)
        except OSError as error:
            raise disk_error(error, target, "write", setting=SETTING) from error
        try:
            yield
        except BaseException:
            if not keep:
                with suppress(OSError):
                    if there:
                        file.hardlink_to(target)
                    else:
                        target.replace(file)
            raise

    def _release(self, writes: Writes, before: ImageRow | None, after: ImageRow | None) -> bool:
        """Note that the file of `before` may go, unless another image needs it; return whether it was noted."""
        if before is None or not before.managed or (after is not None and after.stored == before.stored):
            return False
        if writes.others_at(before.stored, str(before.file_digest), before.id):
            return False
        writes.note_removal(before.stored, str(before.file_digest))
        return True

    def _still(self, writes: Writes, row: ImageRow) -> ImageRow:
        current = writes.image_by_id(row.id)
        if current is None:
            raise StoreError("store-image-unknown", f"there is no image {row.uri} here any more", source=row.uri)
        return current

    def _stored(self, path: Path) -> str:
        """`path` as the database keeps it: relative only for the files that we named."""
        return os.path.abspath(path)  # noqa: PTH100 - resolve() would replace symbolic links the user chose

    def _delete(self, path: Path) -> Path:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise disk_error(error, path, "remove", setting=SETTING) from error
        self._remove_empty(path.parent)
        return path

    def _remove_empty(self, folder: Path) -> None:
        """Remove `folder` and its parents inside the image folder as far as they are empty."""
        with suppress(OSError):
            while folder != self.paths.storage and folder.is_relative_to(self.paths.storage):
                folder.rmdir()
                folder = folder.parent


def file_missing(row: ImageRow) -> StoreError:
    """The error for an image whose file somebody removed."""
    return StoreError(
        "store-file-missing",
        f"the file of the image {row.uri} is not there any more",
        path=str(row.path),
        uri=row.uri,
        reference=row.reference or None,
    )

"""The changes made to the database, each within the one transaction that may write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select, text, update

from sregistry.store.database.rows import COLUMNS, detail_values, image_values, label_values, name_values, row_of
from sregistry.store.database.schema import details, images, labels, removals
from sregistry.store.names import ImageName
from sregistry.store.records import ImageRecord, ImageRow


class Writes:
    """Changes over `connection`, as `Database.write` gives it; files lie below `storage`."""

    def __init__(self, connection: Connection, storage: Path) -> None:
        self._connection = connection
        self._storage = storage

    def image(self, name: ImageName, version: str) -> ImageRow | None:
        """The image of this name and version."""
        condition = "collection = :collection AND name = :name AND tag = :tag AND version = :version"
        wanted = {"collection": name.collection, "name": name.name, "tag": name.tag, "version": version}
        return self._one(condition, wanted)

    def image_by_id(self, identity: int) -> ImageRow | None:
        """The image with this id."""
        return self._one("id = :id", {"id": identity})

    def put(self, record: ImageRecord, path: str, now: float) -> ImageRow:
        """Add the image, or change the row of its name and version to what is known now."""
        values = image_values(record, path, now)
        known = self.image(record.name, str(record.version))
        if known:
            identity = known.id
            self._connection.execute(update(images).where(images.c.id == identity).values(values))
        else:
            # Not RETURNING: SQLite has it since 3.35, and distributions in use are older.
            key = self._connection.execute(insert(images).values(values)).inserted_primary_key
            assert key is not None
            identity = key[0]
        self._put_details(identity, record)
        return self._known(identity)

    def rename(self, row: ImageRow, name: ImageName, path: str) -> ImageRow:
        """Give the image another name, whose file is at `path`."""
        values = {**name_values(name, str(row.version), row.registry), "path": path}
        self._connection.execute(update(images).where(images.c.id == row.id).values(values))
        return self._known(row.id)

    def move(self, row: ImageRow, path: str) -> ImageRow:
        """Note that the image's file is at `path`."""
        self._connection.execute(update(images).where(images.c.id == row.id).values(path=path))
        return self._known(row.id)

    def confirm(self, row: ImageRow, index_digest: str | None, now: float) -> ImageRow:
        """Note that the tag was seen to mean this image still."""
        values: dict[str, Any] = {"tagged_at": now, "index_digest": index_digest}
        self._connection.execute(update(images).where(images.c.id == row.id).values(values))
        return self._known(row.id)

    def delete(self, row: ImageRow) -> None:
        """Forget the image."""
        for table in (labels, details):
            self._connection.execute(delete(table).where(table.c.image_id == row.id))
        self._connection.execute(delete(images).where(images.c.id == row.id))

    def others_at(self, path: str, file_digest: str, identity: int | None = None) -> bool:
        """Whether an image other than `identity` has its file, of this digest, at `path`.

        Paths that differ only in case count as one: on some filesystems they are.
        """
        columns = (images.c.id, images.c.path)
        found = self._connection.execute(select(*columns).where(images.c.file_digest == file_digest))
        return any(row.id != identity and row.path.casefold() == path.casefold() for row in found)

    def note_removal(self, path: str, file_digest: str) -> None:
        """Note that the file at `path` is to be deleted once this transaction is done."""
        self.forget_removal(path)
        self._connection.execute(insert(removals).values(path=path, file_digest=file_digest))

    def forget_removal(self, path: str) -> None:
        """Note that the file at `path` is needed, or gone."""
        self._connection.execute(delete(removals).where(removals.c.path == path))

    def removals(self) -> list[tuple[str, str]]:
        """The files that are to be deleted, and their digests."""
        return [(row.path, row.file_digest) for row in self._connection.execute(select(removals))]

    def _put_details(self, identity: int, record: ImageRecord) -> None:
        for table in (labels, details):
            self._connection.execute(delete(table).where(table.c.image_id == identity))
        self._connection.execute(insert(details).values(detail_values(identity, record)))
        if rows := label_values(identity, record.labels):
            self._connection.execute(insert(labels), rows)

    def _known(self, identity: int) -> ImageRow:
        row = self.image_by_id(identity)
        assert row is not None
        return row

    def _one(self, condition: str, parameters: dict[str, Any]) -> ImageRow | None:
        sql = text(f"SELECT {COLUMNS} FROM images WHERE {condition}")  # noqa: S608 - constants of this file
        found = self._connection.execute(sql, parameters).first()
        return row_of(tuple(found), self._storage) if found else None

"""The questions asked of the database, in SQL that SQLite and PostgreSQL both understand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sregistry.store.database import Database
from sregistry.store.database.rows import COLUMNS, clean, fingerprint, layers_of, row_of
from sregistry.store.records import Details, ImageRow

#: Orders of a list: what people ask for -> columns. The last one makes each of them complete.
ORDERS = {
    "name": "collection, name, tag, pulled_at DESC",
    "pulled": "pulled_at DESC",
    "used": "last_used IS NULL, last_used DESC",
    "size": "size DESC",
}
_NEWEST_FIRST = "tagged_at IS NULL, tagged_at DESC, pulled_at DESC, id DESC"


class Reads:
    """Questions to `database`, answered with rows whose files lie below `storage`."""

    def __init__(self, database: Database, storage: Path) -> None:
        self._database = database
        self._storage = storage

    def by_name(self, name: str, *, collection: str | None, tag: str | None) -> list[ImageRow]:
        """Images of that name (and collection, and tag, where given), the one the tag means now first."""
        wanted = {"name": name, "collection": collection, "tag": tag}
        return self._where({key: value for key, value in wanted.items() if value is not None})

    def by_digest(self, start: str) -> list[ImageRow]:
        """Images whose version, index or file has a digest that begins with `start` (``sha256:ab…``)."""
        columns = ("version", "index_digest", "file_digest")
        condition = " OR ".join(f"({column} >= :start AND {column} < :end)" for column in columns)
        return self._select(condition, {"start": start, "end": start + "~"}, _NEWEST_FIRST)

    def by_file(self, digest: str) -> list[ImageRow]:
        """Images whose file has this digest."""
        return self._where({"file_digest": digest})

    def by_path(self, stored: str) -> list[ImageRow]:
        """Images whose file is there; `stored` is relative for those in the image folder."""
        return self._where({"path": stored})

    def matching(
        self, query: str | None, labels: Mapping[str, str], order: str, limit: int | None = None
    ) -> list[ImageRow]:
        """Images whose registry, name, tag or digest contains `query`, and that have all `labels`; `limit` at most."""
        conditions, parameters = ["1 = 1"], dict[str, Any]()
        if query:
            conditions.append("search_text LIKE :query ESCAPE '!'")
            parameters["query"] = f"%{_literally(clean(query).lower())}%"
        for number, (key, value) in enumerate(labels.items()):
            conditions.append(f"id IN (SELECT image_id FROM labels WHERE fingerprint = :label{number})")  # noqa: S608
            parameters[f"label{number}"] = fingerprint(key, value)
        condition = f"id IN (SELECT id FROM images WHERE {' AND '.join(conditions)})"  # noqa: S608
        return self._select(condition, parameters, f"{ORDERS[order]}, id", limit)

    def all(self) -> list[ImageRow]:
        """Every image, by name."""
        return self.matching(None, {}, "name")

    def details(self, row: ImageRow) -> Details:
        """Labels, configuration and layers of an image."""
        found = self._database.read("SELECT config, layers FROM details WHERE image_id = :id", {"id": row.id})
        config, layers = found[0] if found else ("{}", "[]")
        return Details(self._labels_of(row), json.loads(config), layers_of(layers))

    def labels(self, key: str | None, value: str | None) -> list[tuple[str, str, int]]:
        """Each label and how many images have it, by key and value; only those of the `key` and `value` given."""
        wanted = {"key": key, "value": value}
        parameters = {name: clean(text) for name, text in wanted.items() if text is not None}
        condition = " AND ".join(f"{name} = :{name}" for name in parameters) or "1 = 1"
        sql = f"SELECT key, value, count(*) FROM labels WHERE {condition} GROUP BY key, value ORDER BY key, value"  # noqa: S608
        return [(key, value, count) for key, value, count in self._database.read(sql, parameters)]

    def removals(self) -> list[str]:
        """Files in the image folder that no image needs any more and that are still to be deleted."""
        return [path for (path,) in self._database.read("SELECT path FROM removals ORDER BY path")]

    def note_use(self, row: ImageRow, now: float) -> None:
        """Write down that an image was used; where the database cannot be changed, do nothing."""
        self._database.touch("UPDATE images SET last_used = :now WHERE id = :id", {"now": now, "id": row.id})

    def _labels_of(self, row: ImageRow) -> dict[str, str]:
        sql = "SELECT key, value FROM labels WHERE image_id = :id ORDER BY position"
        return {key: value for key, value in self._database.read(sql, {"id": row.id})}  # noqa: C416

    def _where(self, wanted: Mapping[str, Any]) -> list[ImageRow]:
        return self._select(" AND ".join(f"{column} = :{column}" for column in wanted), wanted, _NEWEST_FIRST)

    def _select(
        self, condition: str, parameters: Mapping[str, Any], order: str, limit: int | None = None
    ) -> list[ImageRow]:
        # The text is put together from constants of this file; what people type goes in as parameters.
        sql = f"SELECT {COLUMNS} FROM images WHERE {condition} ORDER BY {order}"  # noqa: S608
        if limit is not None:
            sql += f" LIMIT {limit:d}"
        return _rows(self._database.read(sql, parameters), self._storage)


def _rows(values: Sequence[Sequence[Any]], storage: Path) -> list[ImageRow]:
    return [row_of(row, storage) for row in values]


def _literally(text: str) -> str:
    """`text` for LIKE ... ESCAPE '!'."""
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")

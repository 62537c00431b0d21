"""The tables as SQLAlchemy sees them, for writing. The migrations make them; a test compares the two.

Times are seconds since 1970. Text is compared by code point on every database.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, Integer, MetaData, Table, Text, UniqueConstraint
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

metadata: MetaData = MetaData()


def text() -> TypeEngine[str]:
    """Text whose order and equality do not depend on the database's locale."""
    return Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


images: Table = Table(
    "images",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("collection", text(), nullable=False),
    Column("name", text(), nullable=False),
    Column("tag", text(), nullable=False),
    Column("version", text(), nullable=False),
    Column("client", text(), nullable=False),
    Column("registry", text(), nullable=False),
    Column("reference", text(), nullable=False),
    Column("manifest_digest", text()),
    Column("index_digest", text()),
    Column("file_digest", text(), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("platform", text(), nullable=False),
    Column("made_by", text(), nullable=False),
    Column("pulled_at", Double, nullable=False),
    Column("tagged_at", Double),
    Column("last_used", Double),
    Column("path", text(), nullable=False),
    Column("search_text", text(), nullable=False, server_default=""),
    UniqueConstraint("collection", "name", "tag", "version", name="images_uri"),
    Index("images_name", "name", "tag", "collection"),
    Index("images_version", "version"),
    Index("images_index_digest", "index_digest"),
    Index("images_file_digest", "file_digest"),
    Index("images_search_text", "search_text"),
)

#: Apart from `images`, so that a list does not read past them.
details: Table = Table(
    "details",
    metadata,
    Column("image_id", ForeignKey("images.id", ondelete="CASCADE"), primary_key=True),
    Column("config", text(), nullable=False),
    Column("layers", text(), nullable=False),
)

#: `fingerprint` is a hash of key and value: an index has a limit of length, labels have none.
labels: Table = Table(
    "labels",
    metadata,
    Column("image_id", ForeignKey("images.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("key", text(), nullable=False),
    Column("value", text(), nullable=False),
    Column("fingerprint", text(), nullable=False),
    Index("labels_fingerprint", "fingerprint"),
)

#: Files in the image folder that no row needs any more and that are still to be deleted.
removals: Table = Table(
    "removals",
    metadata,
    Column("path", text(), primary_key=True),
    Column("file_digest", text(), nullable=False),
)

"""Labels, configuration and layers; text to search in; the digest of the index; files still to be deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sregistry.store.database.schema import text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SEARCH_TEXT = "lower(registry || '/' || collection || '/' || name || ':' || tag || '@' || version)"


def upgrade() -> None:
    """Make the tables beside the images, and give the images what lists and repeated pulls need."""
    op.create_table(
        "details",
        sa.Column("image_id", sa.Integer, sa.ForeignKey("images.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("config", text(), nullable=False),
        sa.Column("layers", text(), nullable=False),
    )
    op.create_table(
        "labels",
        sa.Column("image_id", sa.Integer, sa.ForeignKey("images.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("key", text(), nullable=False),
        sa.Column("value", text(), nullable=False),
        sa.Column("fingerprint", text(), nullable=False),
    )
    op.create_index("labels_fingerprint", "labels", ["fingerprint"])
    op.create_table(
        "removals",
        sa.Column("path", text(), primary_key=True),
        sa.Column("file_digest", text(), nullable=False),
    )
    op.add_column("images", sa.Column("index_digest", text()))
    op.add_column("images", sa.Column("search_text", text(), nullable=False, server_default=""))
    op.execute(f"UPDATE images SET search_text = {_SEARCH_TEXT}")  # noqa: S608 - a constant of this file
    op.create_index("images_index_digest", "images", ["index_digest"])
    op.create_index("images_search_text", "images", ["search_text"])

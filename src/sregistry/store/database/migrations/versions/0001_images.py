"""The images: one row for each name and version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sregistry.store.database.schema import text

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of images."""
    op.create_table(
        "images",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("collection", text(), nullable=False),
        sa.Column("name", text(), nullable=False),
        sa.Column("tag", text(), nullable=False),
        sa.Column("version", text(), nullable=False),
        sa.Column("client", text(), nullable=False),
        sa.Column("registry", text(), nullable=False),
        sa.Column("reference", text(), nullable=False),
        sa.Column("manifest_digest", text()),
        sa.Column("file_digest", text(), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("platform", text(), nullable=False),
        sa.Column("made_by", text(), nullable=False),
        sa.Column("pulled_at", sa.Double, nullable=False),
        sa.Column("tagged_at", sa.Double),
        sa.Column("last_used", sa.Double),
        sa.Column("path", text(), nullable=False),
        sa.UniqueConstraint("collection", "name", "tag", "version", name="images_uri"),
    )
    op.create_index("images_name", "images", ["name"])
    op.create_index("images_version", "images", ["version"])
    op.create_index("images_file_digest", "images", ["file_digest"])

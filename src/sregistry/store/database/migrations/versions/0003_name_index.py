"""An index that finds one tag among a hundred thousand of the same repository."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the index of names have what a name is looked up with."""
    op.drop_index("images_name", "images")
    op.create_index("images_name", "images", ["name", "tag", "collection"])

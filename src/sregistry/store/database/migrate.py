"""Bring the schema to the version this program knows, with Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, inspect, text

from sregistry.store.database.version import check_version

FOLDER = Path(__file__).parent / "migrations"


def migrate(engine: Engine, database: str) -> None:
    """Make or change the tables, all or none of them; of several processes at once, one does it.

    `database` is its place, for messages. Raises StoreError ``store-database-newer``, SQLAlchemyError.
    """
    with engine.begin() as connection:
        if check_version(current_version(connection), database):
            return
        command.upgrade(config(connection), "head")


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration; it needs no file."""
    made = Config()
    made.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def current_version(connection: Connection) -> str | None:
    """The schema version in the database; None if it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()

"""The version of the schema, known without importing Alembic."""

from __future__ import annotations

from sregistry.store.errors import StoreError

#: The revision of the newest file in migrations/versions.
SCHEMA_VERSION = "0003"
VERSION_QUERY = "SELECT version_num FROM alembic_version"


def check_version(found: str | None, database: str) -> bool:
    """Whether `found` is the version of this program; False for none and for an older one.

    Raises StoreError ``store-database-newer`` for a version that is younger than this program.
    """
    if found is not None and found > SCHEMA_VERSION:
        raise StoreError(
            "store-database-newer",
            f"the database {database} was made by a newer version of this program",
            database=database,
            version=found,
            known=SCHEMA_VERSION,
        )
    return found == SCHEMA_VERSION

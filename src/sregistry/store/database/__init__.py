"""The database of images: SQLite by default, PostgreSQL for a site.

`Database.read` takes SQL text that both understand and does not import SQLAlchemy for SQLite;
`Database.write` gives a SQLAlchemy connection in a transaction that is alone in writing.
"""

from sregistry.store.database.database import Database

__all__ = ["Database"]

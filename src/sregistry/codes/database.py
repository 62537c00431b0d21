"""The database of the local registry."""

from __future__ import annotations

from sregistry.codes.code import Code, Page, Sample
from sregistry.codes.who import Who
from sregistry.kinds import Kind

CODES: tuple[Code, ...] = (
    Code(
        "store-database-locked",
        Kind.STORE,
        Who.YOU,
        sample=Sample(
            "the database ~/.local/share/sregistry/sregistry.db was in use by other processes all the time",
            {
                "database": "/home/ada/.local/share/sregistry/sregistry.db",
                "setting": "database",
                "detail": "database is locked",
                "filesystem": "nfs4",
            },
        ),
        page=Page(
            meaning="The database of images was in use by others all the time.",
            known="SQLite or PostgreSQL answered so until the time was over.",
            todo="Try again. For many users, use PostgreSQL (setting `database_url`).",
        ),
    ),
    Code(
        "store-database-damaged",
        Kind.STORE,
        Who.YOU,
        sample=Sample(
            "/home/ada/.local/share/sregistry/sregistry.db is damaged or no database",
            {
                "database": "/home/ada/.local/share/sregistry/sregistry.db",
                "setting": "database",
                "detail": "file is not a database",
            },
        ),
        page=Page(
            meaning="The database of images is damaged, or the file is not a database.",
            known="SQLite says so.",
            todo="`sregistry check` repairs what it can; the images themselves are not in the database.",
        ),
    ),
    Code(
        "store-database-read-only",
        Kind.STORE,
        Who.YOU,
        sample=Sample(
            "the database /srv/sregistry/sregistry.db cannot be changed",
            {
                "database": "/srv/sregistry/sregistry.db",
                "setting": "database",
                "detail": "attempt to write a readonly database",
            },
        ),
        page=Page(
            meaning="The database of images cannot be changed.",
            known="SQLite says so.",
            todo="Check owner and mode, or move it (setting `database`).",
        ),
    ),
    Code(
        "store-database-unreachable",
        Kind.STORE,
        Who.YOU,
        sample=Sample(
            "the database postgresql://db.example.org/images cannot be reached",
            {
                "database": "postgresql://db.example.org/images",
                "setting": "database_url",
                "detail": "connection refused",
            },
        ),
        page=Page(
            meaning="The database of images cannot be opened or reached.",
            known="The database's own words are shown.",
            todo="Check the address, or the folder.",
        ),
    ),
    Code(
        "store-database-failed",
        Kind.STORE,
        Who.SREGISTRY,
        sample=Sample(
            "the database /srv/sregistry/sregistry.db failed: disk I/O error",
            {"database": "/srv/sregistry/sregistry.db", "setting": "database", "detail": "disk I/O error"},
        ),
        page=Page(
            meaning="The database of images reports an error that has no page of its own.",
            known="The database's own words are shown.",
            todo="`sregistry check` may help; otherwise report it.",
        ),
    ),
    Code(
        "store-database-driver",
        Kind.STORE,
        Who.YOU,
        sample=Sample(
            "the Python package psycopg, which speaks to PostgreSQL, is not installed",
            {"database": "postgresql://db.example.org/images", "package": "sregistry[postgresql]"},
        ),
        page=Page(
            meaning="The Python package for PostgreSQL is not installed.",
            known="It could not be imported.",
            todo="Install it as shown.",
        ),
    ),
    Code(
        "store-database-url",
        Kind.STORE,
        Who.YOU,
        sample=Sample(
            "the database URL begins with neither postgresql:// nor sqlite:///",
            {"database": "mysql://db.example.org/images", "setting": "database_url"},
        ),
        page=Page(
            meaning="The address of the database is of an unknown kind.",
            known="It was read before any connection was made; a password in it is not shown.",
            todo="`postgresql://` and `sqlite:///` are known.",
        ),
    ),
    Code(
        "store-database-newer",
        Kind.STORE,
        Who.YOU,
        sample=Sample(
            "the database /srv/sregistry/sregistry.db was made by a newer version of this program",
            {"database": "/srv/sregistry/sregistry.db", "version": 3, "known": 2, "setting": "database"},
        ),
        page=Page(
            meaning="The database was made by a newer version of this program.",
            known="The version of its schema was read.",
            todo="Use the newer version. Older ones never change a newer database.",
        ),
    ),
)

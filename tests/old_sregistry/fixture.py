"""An old registry in a folder of the test: the real database, with images where it says they are."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.support.sifs import foreign_sif

DATABASE = Path(__file__).with_name("sregistry.db")
#: Where `make.py` made it.
_PLACE = "/tmp/old-sregistry"
#: As Singularity 2 wrote it.
_LEGACY = b"#!/usr/bin/env run-singularity\nhsqs" + bytes(4096)


class OldRegistry:
    """The old registry at `folder`; the file of team/gone is missing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "sregistry.db"
        folder.mkdir(parents=True)
        shutil.copy(DATABASE, self.database)
        self.execute(f"UPDATE container SET image = replace(image, '{_PLACE}', '{folder}')")
        self.execute(
            "UPDATE container SET metrics = json_insert(metrics, '$.\"org.label-schema.build-date\"', '2018')"
            " WHERE name = 'hello-world'"
        )
        for name in ("team/tool", "team/pulled"):
            foreign_sif(self.file(name), name)
        legacy = self.file("vsoch/hello-world")
        legacy.parent.mkdir(parents=True)
        legacy.write_bytes(_LEGACY)

    def file(self, name: str) -> Path:
        """Where the file of an image is, or was."""
        (path,) = self.execute(f"SELECT image FROM container WHERE name = '{name.rpartition('/')[2]}'")[0]
        return Path(path)

    def execute(self, sql: str) -> list[tuple[str, ...]]:
        with closing(sqlite3.connect(self.database)) as connection, connection:
            return connection.execute(sql).fetchall()

    def content(self) -> dict[str, bytes]:
        """Every file and what is in it."""
        return {str(path): path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}

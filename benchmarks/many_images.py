"""Measure how questions to the local registry slow down with the number of its images.

    python -m benchmarks.many_images [--images 100000] [--rounds 15] [--page docs/benchmarks.md]

On SQLite and on a PostgreSQL server that is started for it. Half of the images are in repositories of ten tags, half
are the tags of one repository. Nothing else should be running.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import insert

from benchmarks.turns import Command, medians, write_table
from sregistry.digests import Digest
from sregistry.operations.local import open_store
from sregistry.settings import load
from sregistry.store.database.rows import detail_values, image_values, label_values
from sregistry.store.database.schema import details, images, labels
from sregistry.store.names import ImageName
from sregistry.store.records import ImageRecord
from sregistry.store.store import Store
from tests.store import postgresql

FEW = 100
COMMANDS = (
    ["get", "ghcr.io/ada-lab/tool-00003:1.7"],
    ["get", "ci/app:build-000041"],
    ["images", "tool-00003"],
    ["images", "4a5b6c7d"],
    ["images", "--label", "number=37"],
)


def main() -> None:
    """Read the command line, measure, show or write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--page", type=Path, help="file in which to replace the table")
    arguments = parser.parse_args()
    header = f"| | {FEW} images | {arguments.images:,} images | ratio |\n|---|---:|---:|---:|\n"
    with tempfile.TemporaryDirectory(prefix="many-", dir="/tmp") as folder:
        table = header + "".join(measure(Path(folder), "SQLite", None, arguments.images, arguments.rounds))
        (Path(folder) / "server").mkdir()
        Path(folder).chmod(0o755)
        with postgresql.running(Path(folder) / "server") as server:
            table += "".join(measure(Path(folder), "PostgreSQL", server, arguments.images, arguments.rounds))
    print(table)
    if arguments.page:
        write_table(arguments.page, "many images", table)


def measure(folder: Path, database: str, server: postgresql.PostgreSQL | None, many: int, rounds: int) -> Iterator[str]:
    """The lines of the table for one kind of database."""
    homes: list[dict[str, str]] = []
    for count in (FEW, many):
        home = folder / f"{database}-{count}"
        home.mkdir()
        url = server.new_database() if server else None
        homes.append({"HOME": str(home), **({"SREGISTRY_DATABASE_URL": url} if url else {})})
        fill(open_store(load(homes[-1])), count)
    for words in COMMANDS:
        command = [sys.executable, "-m", "sregistry", *words]
        few, more = medians([Command(command, {"PATH": os.environ["PATH"], **home}) for home in homes], rounds)
        line = f"| {database}: `sregistry {' '.join(words)}` | {few * 1000:.0f} ms | {more * 1000:.0f} ms |"
        yield f"{line} {more / few:.2f} |\n"


def fill(store: Store, count: int) -> None:
    """Write the rows of so many images, and the files of those that are asked for."""
    records = [record(number) for number in range(count)]
    with store.database.write() as connection:
        connection.execute(
            insert(images), [image_values(one, one.name.file_name(one.file_digest), 1.0) for one in records]
        )
        connection.execute(insert(details), [detail_values(number, one) for number, one in enumerate(records, 1)])
        pairs = [pair for number, one in enumerate(records, 1) for pair in label_values(number, one.labels)]
        connection.execute(insert(labels), pairs)
    for verb, name, *_ in COMMANDS:
        if verb == "get":
            path = store.get(name, "linux/amd64").path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()


def record(number: int) -> ImageRecord:
    """An image as a pull would keep it."""
    if number % 2:
        name = ImageName("ci", "app", f"build-{number:06d}")
    else:
        name = ImageName("ada-lab", f"tool-{number // 20:05d}", f"1.{number // 2 % 10}")
    return ImageRecord(
        name=name,
        file_digest=Digest.of(b"file %d" % number),
        size=1_000_000 + number,
        made_by="1.0.0",
        client="docker",
        registry="ghcr.io",
        reference=f"docker://ghcr.io/{name}",
        manifest_digest=Digest.of(b"manifest %d" % number),
        platform="linux/amd64",
        labels={"owner": "ada", "number": str(number)},
    )


if __name__ == "__main__":
    main()

"""``sregistry import-database``."""

from __future__ import annotations

from pathlib import Path

import click

from sregistry.cli.options import json_option, load_settings, make_context
from sregistry.cli.output import say_json
from sregistry.cli.progress import transient


@click.command("import-database")
@click.argument("database", metavar="[PATH]", required=False, type=click.Path(path_type=Path))
@click.option("--copy", is_flag=True, help="Copy the files into the local registry.")
@json_option
def command(database: Path | None, copy: bool, as_json: bool) -> None:
    """Import the images of sregistry 0.2 from its database PATH, ~/.singularity/sregistry.db without one.

    The files stay where they are, or are copied; the old registry is not changed. What is imported already is left
    as it is, so that this may be repeated.
    """
    from sregistry.operations.import_database import import_database
    from sregistry.printable import one_line, printable

    settings = load_settings()
    try:
        result = import_database(
            make_context(settings), database, copy=copy, on_image=lambda name: transient(f"importing {name}")
        )
    finally:
        transient("")
    if as_json:
        say_json(result.facts())
        return
    for row in result.imported:
        click.echo(printable(f"{row.name}  {row.path}").replace("\n", " "))
    for warning in result.warnings:
        click.echo(f"warning: {one_line(warning)}", err=True)
    for one in result.left:
        click.echo(f"not imported: {one_line(one.name)}: {one_line(one.reason)}", err=True)
        if one.pull:
            click.echo(f"  sregistry pull {one.pull}", err=True)
    known = f", {len(result.known)} were here already" if result.known else ""
    left = f", {len(result.left)} could not be" if result.left else ""
    count = len(result.imported)
    click.echo(f"{count} {'image' if count == 1 else 'images'} imported from {result.database}{known}{left}", err=True)

"""``sregistry labels``."""

from __future__ import annotations

import click

from sregistry.cli.options import json_option, load_settings, make_context
from sregistry.cli.output import say_json
from sregistry.cli.table import Column, Row, print_table


@click.command("labels")
@click.option("--key", help="Only labels with this key.")
@click.option("--value", help="Only labels with this value.")
@json_option
def command(key: str | None, value: str | None, as_json: bool) -> None:
    """List the labels of all images that are here, and how many images have each.

    `sregistry images --label KEY=VALUE` lists the images that have one.
    """
    from sregistry.operations.labels import labels
    from sregistry.printable import printable

    found = labels(make_context(load_settings()), key, value)
    if as_json:
        say_json([label.facts() for label in found])
        return
    rows = [Row((str(label.images), printable(f"{label.key}={label.value}").replace("\n", " "))) for label in found]
    print_table([Column("IMAGES", right=True), Column("LABEL")], rows)
    if not found:
        click.echo("No image has such a label." if key or value else "No image has a label.", err=True)

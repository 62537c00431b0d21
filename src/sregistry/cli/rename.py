"""``sregistry rename``."""

from __future__ import annotations

import click

from sregistry.cli.options import image_names, json_option, load_settings, make_context
from sregistry.cli.output import say_json


@click.command("rename")
@click.argument("old", shell_complete=image_names)
@click.argument("new")
@json_option
def command(old: str, new: str, as_json: bool) -> None:
    """Give the image OLD the name NEW, COLLECTION/NAME:TAG; without a tag it keeps its own.

    The file in the local registry is named after the image, so its path changes. A file that was moved elsewhere
    keeps its path (`mv` changes that).
    """
    from sregistry.operations.rename import rename

    before, after = rename(make_context(load_settings()), old, new)
    if as_json:
        say_json({**after.facts(), "renamed_from": str(before.name)})
    else:
        click.echo(f"{before.name} is now {after.name}")

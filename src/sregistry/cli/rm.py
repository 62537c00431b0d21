"""``sregistry rm``."""

from __future__ import annotations

import click

from sregistry.cli.options import confirmed, image_names, json_option, load_settings, make_context
from sregistry.cli.output import say_json


@click.command("rm")
@click.argument("names", metavar="NAME...", nargs=-1, required=True, shell_complete=image_names)
@click.option("--all", "every", is_flag=True, help="Remove every image that a NAME fits.")
@click.option("-y", "--yes", "-f", "--force", is_flag=True, help="Do not ask.")
@json_option
def command(names: tuple[str, ...], every: bool, yes: bool, as_json: bool) -> None:
    """Remove images, by name or by (the start of) a digest, and their files.

    A NAME that fits several images is refused, and they are listed. On a terminal you are asked before a file is
    deleted that no registry is known to have. A file that `mv` moved elsewhere stays.
    """
    from sregistry.operations.rm import find, irreplaceable, rm

    settings = load_settings()
    rows = find(make_context(settings), names, every=every)
    only_here = irreplaceable(rows)
    if only_here and not yes and not confirmed(_question([str(row.name) for row in only_here])):
        click.echo("Nothing was removed.", err=True)
        return
    removed = rm(make_context(settings), rows)
    if as_json:
        say_json([one.facts() for one in removed])
        return
    for one in removed:
        click.echo(f"removed {one.image.uri}" + (f"; its file stays: {one.image.path}" if one.stays else ""))


def _question(names: list[str]) -> str:
    return f"No registry is known to have {', '.join(names)}. Delete for ever?"

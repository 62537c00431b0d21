"""``sregistry mv``."""

from __future__ import annotations

from pathlib import Path

import click

from sregistry.cli.options import can_ask, confirmed, image_names, json_option, load_settings, make_context
from sregistry.cli.output import say_json
from sregistry.errors import SregistryError


@click.command("mv")
@click.argument("name", shell_complete=image_names)
@click.argument("target", metavar="PATH", type=click.Path(path_type=Path))
@click.option("-f", "--force", is_flag=True, help="Replace a file that is there.")
@json_option
def command(name: str, target: Path, force: bool, as_json: bool) -> None:
    """Move the file of the image NAME to PATH, a file or a folder; `get` then prints the new place.

    The image keeps its name (`rename` changes that). From then on the file is yours: `rm` forgets the image and
    leaves the file. `add` takes it back.
    """
    from sregistry.operations.mv import mv

    settings = load_settings()
    try:
        before, after = mv(make_context(settings), name, target, force=force)
    except SregistryError as error:
        if error.code != "disk-output-exists" or not _may_replace(str(error.facts["path"])):
            raise
        before, after = mv(make_context(settings), name, target, force=True)
    if as_json:
        say_json({**after.facts(), "moved_from": str(before.path)})
    else:
        click.echo(str(after.path))


def _may_replace(path: str) -> bool:
    """Ask; where nobody can be asked, no."""
    return can_ask() and confirmed(f"{path} exists already. Replace it?")

"""``sregistry get``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sregistry.cli.options import debug_option, image_names, load_settings, make_context, platforms, registry_options

if TYPE_CHECKING:
    from sregistry.settings import Settings


@click.command("get")
@click.argument("name", shell_complete=image_names)
@click.option("--pull", is_flag=True, help="Pull the image first if it is not here, or its file is gone.")
@click.option("--platform", metavar="OS/ARCH[/VARIANT]", shell_complete=platforms, help="The image for this platform.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@registry_options
@debug_option
def command(name: str, pull: bool, quiet: bool, username: str | None, password_stdin: bool, **given: Any) -> None:
    """Print the path of the image NAME, and nothing else.

    NAME is COLLECTION/NAME:TAG as `sregistry images` lists it, the reference that was pulled, or the beginning
    of a digest. What could mean several images is refused.

    \b
    apptainer run "$(sregistry get --pull ubuntu:24.04)"
    """  # noqa: D301 - click wants the character
    settings = load_settings(**given)
    if pull:
        path = _pulled(name, settings, quiet=quiet, username=username, password_stdin=password_stdin)
    else:
        from sregistry.operations.get import get

        path = get(make_context(settings), name).path
    click.echo(str(path))


def _pulled(name: str, settings: Settings, *, quiet: bool, username: str | None, password_stdin: bool) -> Path:
    from sregistry.cli.options import read_login
    from sregistry.cli.progress import make_progress
    from sregistry.operations.get import get_or_pull

    progress = make_progress(quiet=quiet)
    try:
        login = read_login(username, password_stdin)
        return get_or_pull(make_context(settings, login=login, progress=progress), name)
    finally:
        progress.close()

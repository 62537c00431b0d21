"""``sregistry pull``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from sregistry.cli.options import OutputFile, debug_option, json_option, load_settings, read_login, registry_options


@click.command("pull")
@click.argument("reference", metavar="REF")
@click.option("-o", "--output", type=OutputFile(), help="Write the SIF here.")
@click.option("-f", "--force", is_flag=True, help="Replace FILE, or the stored image, even if it is there.")
@click.option("--name", metavar="NAME", help="Name of the image here, COLLECTION/NAME:TAG, if not that of REF.")
@click.option("--platform", metavar="OS/ARCH[/VARIANT]", help="Pull for this platform instead of this machine's.")
@click.option(
    "--compression", metavar="gzip|zstd|none[:LEVEL]", help="Compression of the image; every kernel mounts gzip."
)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Threads that convert layers.")
@click.option("--mode", metavar="MODE", help="Permissions of the image file, such as 0640; else the umask decides.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@registry_options
@json_option
@debug_option
def command(
    reference: str,
    output: Path | None,
    force: bool,
    name: str | None,
    quiet: bool,
    username: str | None,
    password_stdin: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Pull the image REF (docker://HOST/REPOSITORY:TAG, or without the scheme) into one SIF file.

    The last line on standard output is the path of the SIF; nothing else is printed there.
    """
    from sregistry.cli.exchanges import exchange_printer
    from sregistry.cli.progress import make_progress
    from sregistry.operations.pull import pull

    settings = load_settings(**given)
    progress = make_progress(quiet=quiet)
    try:
        result = pull(
            reference,
            settings,
            os.environ,
            output=output,
            force=force,
            name=name,
            login=read_login(username, password_stdin),
            progress=progress,
            on_exchange=exchange_printer(settings),
        )
    finally:
        progress.close()
    if as_json:
        click.echo(json.dumps(result.facts(), indent=2))
    else:
        click.echo(str(result.path))

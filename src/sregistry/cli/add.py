"""``sregistry add``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from sregistry.cli.options import json_option, load_settings, make_context
from sregistry.cli.output import say_json
from sregistry.cli.progress import size_text, transient

#: Bytes between two lines about what has been read.
_STEP = 1 << 28


@click.command("add")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", metavar="NAME", help="Name of the image, COLLECTION/NAME:TAG.")
@click.option("--copy", is_flag=True, help="Copy the file and leave it where it is.")
@click.option("--mode", metavar="MODE", help="Permissions of the image file, such as 0640; else the umask decides.")
@json_option
def command(file: Path, name: str | None, copy: bool, as_json: bool, **given: Any) -> None:
    """Take the SIF file FILE into the local registry; it is moved there.

    Without --name the image is called as what it was pulled from, or else as the file: tool_1.2.sif is
    library/tool:1.2. The path of the image is printed.
    """
    from sregistry.operations.add import add

    try:
        result = add(make_context(load_settings(**given)), file, name=name, copy=copy, on_bytes=_reading(file))
    finally:
        transient("")
    if as_json:
        say_json(result.facts())
        return
    click.echo(f"{result.image.name} is {result.image.version}", err=True)
    if result.left_because:
        click.echo(f"warning: {file} was copied and stays where it is: {result.left_because}", err=True)
    click.echo(str(result.image.path))


def _reading(file: Path) -> Callable[[int], None]:
    """Tells how much of the file has been read."""
    done = 0

    def tell(count: int) -> None:
        nonlocal done
        done += count
        if done % _STEP < count:
            transient(f"reading {file}: {size_text(done)}")

    return tell

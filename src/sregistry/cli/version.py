"""``sregistry version``."""

from __future__ import annotations

import click

from sregistry.cli.options import json_option
from sregistry.cli.output import say_json


@click.command("version")
@json_option
def command(as_json: bool) -> None:
    """Print the versions of sregistry, of Python, of the system and of the libraries that matter."""
    from sregistry.diagnosis.report import versions

    found = versions()
    if as_json:
        say_json(dict(found))
        return
    width = max(len(name) for name, _ in found)
    for name, version in found:
        click.echo(f"{name:<{width}}  {version}")

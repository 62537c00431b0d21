"""``sregistry version``."""

from __future__ import annotations

import json

import click

from sregistry.cli.options import json_option


@click.command("version")
@json_option
def command(as_json: bool) -> None:
    """Print the versions of sregistry, of Python, of the system and of the libraries that matter."""
    from sregistry.diagnosis.report import versions

    found = versions()
    if as_json:
        click.echo(json.dumps(dict(found), indent=2))
        return
    width = max(len(name) for name, _ in found)
    for name, version in found:
        click.echo(f"{name:<{width}}  {version}")

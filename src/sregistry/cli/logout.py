"""``sregistry logout``."""

from __future__ import annotations

from pathlib import Path

import click

from sregistry.cli.options import load_settings, make_context


@click.command("logout")
@click.argument("registry", metavar="HOST")
@click.option("--authfile", type=click.Path(path_type=Path), help="Change this credentials file only.")
def command(registry: str, authfile: Path | None) -> None:
    """Forget the logins for the registry HOST (or for HOST/PATH only), wherever they are kept."""
    from sregistry.operations.logout import logout
    from sregistry.printable import one_line

    result = logout(make_context(load_settings(authfile=authfile)), registry)
    for place in result.removed_from:
        click.echo(f"The login for {result.registry} is removed from {place}")
    if not result.removed_from:
        click.echo(f"There was no login for {result.registry}")
    if result.remaining:
        click.echo(f"warning: a login for it is still found in {result.remaining}", err=True)
    for warning in result.warnings:
        click.echo(f"warning: {one_line(warning.message)}", err=True)

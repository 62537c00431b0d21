"""``sregistry login``."""

from __future__ import annotations

import sys
from typing import Any

import click

from sregistry.cli.options import ask, debug_option, load_settings, make_context, read_login, registry_options


@click.command("login")
@click.argument("registry", metavar="HOST")
@registry_options
@debug_option
def command(registry: str, username: str | None, password_stdin: bool, **given: Any) -> None:
    """Log in to the registry HOST, such as ghcr.io or localhost:5000.

    The login is tried first, and kept only if the registry takes it: where `docker login` would keep it, so that
    other tools find it too.
    """
    from sregistry.operations.login import login
    from sregistry.printable import one_line

    settings = load_settings(**given)
    if username is None and not password_stdin and sys.stdin.isatty():
        username = ask("User name")
    credential = read_login(username, password_stdin)
    if credential is None:
        raise click.UsageError("--username is needed, and the password by --password-stdin")
    result = login(make_context(settings), registry, credential)
    click.echo(f"{result.registry} takes the login; it is kept in {result.kept_in}")
    if result.readable:
        click.echo("The password is only encoded there; a credential helper would keep it safe.", err=True)
    if result.shadowed_by:
        click.echo(f"warning: {result.shadowed_by} goes before it and is used instead", err=True)
    for warning in result.warnings:
        click.echo(f"warning: {one_line(warning.message)}", err=True)

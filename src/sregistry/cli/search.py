"""``sregistry search``."""

from __future__ import annotations

from typing import Any

import click

from sregistry.cli.options import debug_option, json_option, load_settings, make_context, read_login, registry_options
from sregistry.cli.output import say_json


@click.command("search")
@click.argument("target", metavar="HOST[/REPOSITORY]")
@click.argument("text", required=False)
@click.option("--all", "attached", is_flag=True, help="Also the tags of signatures and attestations.")
@registry_options
@json_option
@debug_option
def command(
    target: str,
    text: str | None,
    attached: bool,
    username: str | None,
    password_stdin: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """List the tags of docker://HOST/REPOSITORY, the highest version first, or the repositories of docker://HOST.

    With TEXT only names that contain it. Not every registry lists its repositories. What is here already is
    listed by `sregistry images`.
    """
    from sregistry.operations.search import search
    from sregistry.printable import printable

    context = make_context(load_settings(**given), login=read_login(username, password_stdin))
    found = search(context, target, text=text, attached=attached)
    if as_json:
        say_json(found.facts())
        return
    for reference in found.references:
        click.echo(printable(reference).replace("\n", " "))
    if not found.names:
        click.echo(f'No {found.one} has "{text}" in it.' if text else f"There is no {found.one}.", err=True)
    if found.attached:
        click.echo(f"Left out are {found.attached} of signatures and attestations; --all lists them, too.", err=True)

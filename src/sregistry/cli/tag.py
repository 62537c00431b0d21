"""``sregistry tag``."""

from __future__ import annotations

from typing import Any

import click

from sregistry.cli.options import debug_option, json_option, load_settings, make_context, read_login, registry_options
from sregistry.cli.output import say, say_json


@click.command("tag")
@click.argument("reference", metavar="REF")
@click.argument("new", metavar="TAG")
@registry_options
@json_option
@debug_option
def command(reference: str, new: str, username: str | None, password_stdin: bool, as_json: bool, **given: Any) -> None:
    """Give the image REF, in a registry or a layout, another TAG there.

    \b
    sregistry tag docker://ghcr.io/team/tool:1.2 stable
    sregistry tag oci:./images:1.2 stable

    The manifest stays as it is, byte for byte, and so does the digest, which is printed. A TAG that meant another image
    means this one from then on.
    """  # noqa: D301 - click wants the character
    from sregistry.operations.tag import tag

    context = make_context(load_settings(**given), login=read_login(username, password_stdin))
    done = tag(context, reference, new)
    if done.moved:
        click.echo(f"{done.reference} meant {done.former} before", err=True)
    if as_json:
        say_json(done.facts())
    else:
        say(str(done.digest))

"""``sregistry backend ls``, ``status``, ``activate``, ``deactivate``, ``add``, ``remove`` and ``delete``."""

from __future__ import annotations

import copy
import os
import sys

import click

from sregistry.cli.options import json_option, load_settings
from sregistry.cli.output import say_json


@click.group("backend")
def command() -> None:
    """Choose the active client, and keep the settings of clients.

    The active client is the one for references without a scheme and for the shell. Settings are variables that
    hold as if they were in the environment, which goes before them. They are kept in ~/.sregistry (setting
    client_secrets), which only you may read.
    """


@command.command("ls")
@click.argument("client", required=False)
@json_option
def ls(client: str | None, as_json: bool) -> None:
    """List clients with settings, or those of CLIENT.

    What may be a secret is shown as ***.
    """
    from sregistry.operations import backend

    found = backend.ls(load_settings(), client)
    if as_json:
        say_json(found)
    elif client is not None:
        for name, value in found[client].items():
            click.echo(f"{name}={value}")
    else:
        for name in found:
            click.echo(name)


@command.command("status")
@json_option
def status(as_json: bool) -> None:
    """Show the client in force, and where it was chosen."""
    from sregistry.operations import backend

    found = backend.status(load_settings())
    if as_json:
        say_json(found.facts())
        return
    click.echo(f"client    {found.client}  ({found.source})")
    click.echo(f"settings  {', '.join(found.clients) or 'none'}  ({found.file})")
    if found.exposed:
        click.echo(f"warning: others may read {found.file}; chmod 600 {found.file}", err=True)


@command.command("activate")
@click.argument("client")
def activate(client: str) -> None:
    """Make CLIENT the active one.

    It is until `deactivate`. SREGISTRY_CLIENT in the environment goes before it.
    """
    from sregistry.client import CLIENTS
    from sregistry.operations import backend

    client = client.removesuffix("://")
    backend.activate(client, load_settings(), CLIENTS)
    click.echo(f"{client} is active")
    in_force = load_settings()
    if in_force.client != client:
        click.echo(f"warning: {in_force.source_of('client')} goes before it: {in_force.client}", err=True)


@command.command("deactivate")
def deactivate() -> None:
    """Let no client be active; the default is used."""
    from sregistry.operations import backend

    was = backend.deactivate(load_settings())
    click.echo(f"{was} is no longer active" if was else "No client was active")


@command.command("add")
@click.argument("client")
@click.argument("name")
@click.argument("value", required=False)
@click.option("-f", "--force", is_flag=True, help="Replace a value that is there.")
def add(client: str, name: str, value: str | None, force: bool) -> None:
    """Keep the setting NAME of CLIENT.

    An example is `sregistry backend add docker username ada`. Without VALUE it is asked for, or read from standard
    input: a secret on the command line is seen by others and kept in the shell's history.
    """
    from sregistry.operations import backend

    if value is None:
        value = (
            click.prompt(name, hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        )
    if not value:
        raise click.UsageError("there is no VALUE, and nothing on standard input")
    variable = backend.add(client, name, value, load_settings(), force=force)
    click.echo(f"{variable} is kept")
    if os.environ.get(variable):
        click.echo(f"warning: {variable} in the environment goes before it", err=True)


@command.command("remove")
@click.argument("client")
@click.argument("name")
def remove(client: str, name: str) -> None:
    """Forget the setting NAME of CLIENT."""
    from sregistry.operations import backend

    found = backend.remove(client, name, load_settings())
    click.echo(f"{found} is forgotten" if found else f"{client} has no setting {name}")


@command.command("delete")
@click.argument("client")
def delete(client: str) -> None:
    """Forget all settings of CLIENT."""
    from sregistry.operations import backend

    backend.delete(client, load_settings())
    click.echo(f"the settings of {client} are forgotten")


# What people typed for `remove` in earlier versions.
_rm = copy.copy(remove)
_rm.hidden = True
command.add_command(_rm, "rm")

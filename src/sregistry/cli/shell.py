"""``sregistry shell``."""

from __future__ import annotations

import os
from typing import Any

import click

from sregistry.cli.options import debug_option, load_settings


@click.command("shell")
@click.argument("client", metavar="[CLIENT]", required=False)
@debug_option
def command(client: str | None, **given: Any) -> int:
    """Open a Python prompt with a client in it, or execute a script from standard input.

    CLIENT is its name, such as docker; without it SREGISTRY_CLIENT decides. The prompt is IPython, bpython or
    Python's own, the first that is installed; SREGISTRY_SHELL chooses. At the prompt, `help(client)` lists what
    the client can do.
    """
    from sregistry.cli.exchanges import exchange_printer
    from sregistry.shell.client import ShellClient
    from sregistry.shell.start import start

    settings = load_settings(client=client and client.removesuffix("://"), **given)
    return start(ShellClient(settings, os.environ, on_exchange=exchange_printer(settings)))

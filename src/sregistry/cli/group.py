"""The table of verbs, and the group that loads a verb's module on demand."""

from __future__ import annotations

import importlib
from typing import Any

import click

from sregistry import __version__

#: verb -> (section of the help, one line). The module is ``sregistry.cli.<verb>`` ("-" becomes "_").
VERBS: dict[str, tuple[str, str]] = {
    "pull": ("Images from registries", "Pull an image into one SIF file"),
    "search": ("Images from registries", "List the tags of a repository, or a registry's repositories"),
    "doctor": ("Images from registries", "Walk the whole way of a pull, and explain what fails"),
    "login": ("Images from registries", "Log in to a registry"),
    "logout": ("Images from registries", "Forget the logins for a registry"),
    "images": ("Images that are here", "List the images"),
    "get": ("Images that are here", "Print the path of an image"),
    "inspect": ("Images that are here", "Show what an image says about itself"),
    "labels": ("Images that are here", "List the labels of all images"),
    "add": ("Images that are here", "Take a SIF file into the local registry"),
    "mv": ("Images that are here", "Move the file of an image to another place"),
    "rename": ("Images that are here", "Give an image another name"),
    "rm": ("Images that are here", "Remove images"),
    "check": ("Images that are here", "Verify files and database, and repair them"),
    "cache": ("Images that are here", "List, clean or prune the cache of converted layers"),
    "shell": ("This program", "Open a Python prompt with a client in it"),
    "config": ("This program", "Show every setting and where its value came from"),
    "version": ("This program", "Show versions"),
    "completion": ("This program", "Print what makes bash, zsh or fish complete commands"),
}


class VerbGroup(click.Group):
    """Finds commands in VERBS; prints help without importing any of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every verb, in the order of the table."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load the verb's module; None for an unknown verb."""
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"sregistry.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs by section."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for verb, (section, line) in VERBS.items():
            sections.setdefault(section, []).append((verb, line))
        for section, rows in sections.items():
            with formatter.section(section):
                formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but an unknown verb is answered with the near ones."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in VERBS:
            import difflib

            near = difflib.get_close_matches(name, VERBS, n=2)
            hint = f" Did you mean {' or '.join(near)}?" if near else " See `sregistry --help`."
            raise click.UsageError(f"There is no command {name!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.command(
    cls=VerbGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=True,
)
@click.version_option(__version__, "-V", "--version", prog_name="sregistry", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, /, **_: Any) -> None:
    """Containers from any registry to one SIF file that Apptainer and SingularityCE run.

    \b
    sregistry pull docker://ubuntu:24.04      one SIF, no root, no Docker
    sregistry doctor docker://ubuntu:24.04    why a pull fails, step by step
    """  # noqa: D301 - click wants the character
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())

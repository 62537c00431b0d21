"""The group of verbs, which loads a verb's module on demand."""

from __future__ import annotations

import importlib
from typing import Any

import click

from sregistry.cli.verbs import VERBS, help_text
from sregistry.version import __version__


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

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The text that is also printed without importing click."""
        formatter.write(help_text())

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but an unknown verb is answered with the near ones."""
        name = args[0] if args else ""
        if ctx.resilient_parsing and name not in VERBS:  # a shell asks for completions: those of `help` are the verbs
            return None, None, []
        if name and not name.startswith("-") and name not in VERBS:
            from sregistry.cli.habits import unknown_verb

            raise click.UsageError(unknown_verb(name), ctx)
        return super().resolve_command(ctx, args)


@click.command(
    cls=VerbGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=True,
)
@click.version_option(__version__, "-V", "--version", prog_name="sregistry", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, /, **_: Any) -> None:
    """Containers from any registry to one SIF file that Apptainer and SingularityCE run."""
    if ctx.invoked_subcommand is None:
        click.echo(help_text(), nl=False)

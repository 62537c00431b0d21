"""``sregistry inspect``."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from sregistry.cli.image_page import PARTS, page
from sregistry.cli.options import (
    debug_option,
    images_and_files,
    load_settings,
    make_context,
    platforms,
    read_login,
    registry_options,
)
from sregistry.cli.output import say_json
from sregistry.cli.table import stdout_is_terminal
from sregistry.printable import one_line, printable

if TYPE_CHECKING:
    from sregistry.operations.inspect import Inspection


def _part_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for name, part in reversed(PARTS.items()):
        command = click.option(part.short, f"--{name}", is_flag=True, help=part.words)(command)
    return command


@click.command("inspect")
@click.argument("target", metavar="NAME|FILE|REF", shell_complete=images_and_files)
@_part_options
@click.option("-a", "--all", "everything", is_flag=True, help="Print all of these.")
@click.option("--platform", metavar="OS/ARCH[/VARIANT]", shell_complete=platforms, help="The image for this platform.")
@registry_options
@click.option("-j", "--json", "as_json", is_flag=True, help="Print facts as JSON.")
@debug_option
def command(
    target: str, everything: bool, username: str | None, password_stdin: bool, as_json: bool, **given: Any
) -> None:
    """Show what an image says about itself: the image NAME that is here, any SIF FILE, or docker://REF unpulled.

    Without options it is a page with all that is short.
    """
    from sregistry.operations.inspect import inspect

    chosen = [name for name in PARTS if given.pop(name) or everything]
    settings = load_settings(**given)
    found = inspect(make_context(settings, login=read_login(username, password_stdin)), target)
    if as_json:
        facts = found.facts()
        say_json({name: facts[name] for name in chosen} if chosen else facts)
        return
    width = shutil.get_terminal_size().columns if stdout_is_terminal() else None
    for text in _texts(found, chosen) if chosen else page(found, width):
        click.echo(_shown(text))
    for warning in found.warnings:
        click.echo(f"warning: {one_line(warning)}", err=True)
    if len(chosen) == 1 and not PARTS[chosen[0]].text(found):
        click.echo(f"The image has no {chosen[0]}.", err=True)


def _texts(found: Inspection, chosen: list[str]) -> list[str]:
    """The chosen parts that there are, under their names if several were asked for."""
    texts = [(name, text) for name in chosen if (text := PARTS[name].text(found))]
    if len(chosen) == 1:
        return [text for _, text in texts]
    return [f"== {name} ==\n{text}\n" for name, text in texts]


def _shown(text: str) -> str:
    """`text` so that nothing in it can harm a terminal, which may be at the end of a pipe; there tabs stay."""
    return printable(text, tabs=not stdout_is_terminal())

"""``sregistry rm``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sregistry.cli.options import (
    can_ask,
    confirmed,
    debug_option,
    image_names,
    json_option,
    load_settings,
    make_context,
    read_login,
    registry_options,
)
from sregistry.cli.output import say_json

if TYPE_CHECKING:
    from sregistry.operations.context import Context
    from sregistry.operations.delete import Deletion
    from sregistry.operations.rm import Removed
    from sregistry.store.records import ImageRow


@click.command("rm")
@click.argument("names", metavar="NAME|REF...", nargs=-1, required=True, shell_complete=image_names)
@click.option("--all", "every", is_flag=True, help="Remove every image that is here and that a NAME fits.")
@click.option("--all-tags", "every_tag", is_flag=True, help="Delete the image that REF means with all of its tags.")
@click.option("-y", "--yes", "-f", "--force", is_flag=True, help="Do not ask.")
@registry_options
@json_option
@debug_option
def command(
    names: tuple[str, ...],
    every: bool,
    every_tag: bool,
    yes: bool,
    username: str | None,
    password_stdin: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Remove images that are here, by name or by (the start of) a digest; and those that REF names with a scheme.

    \b
    sregistry rm team/tool:1.2                      the image that is here, and its file
    sregistry rm docker://ghcr.io/team/tool:1.2     the tag 1.2 in the registry

    A NAME that fits several images is refused, and they are listed. On a terminal you are asked before a file is
    deleted that no registry is known to have, and before anything is deleted in a registry. A file that `mv` moved
    elsewhere stays.
    """  # noqa: D301 - click wants the character
    from sregistry.operations.delete import find as look
    from sregistry.references import has_scheme

    context = make_context(load_settings(**given), login=read_login(username, password_stdin))
    here = [name for name in names if not has_scheme(name)]
    elsewhere = list(dict.fromkeys(name for name in names if has_scheme(name)))
    if every_tag and not elsewhere:
        raise click.UsageError("--all-tags goes with a reference with its scheme, such as docker://HOST/REPOSITORY:TAG")
    rows = _rows(context, here, every)
    asks = can_ask() and not yes
    found = [look(context, name, every_tag=every_tag, others=asks) for name in elsewhere]
    if not yes and not (_agreed(rows) and all(map(_agreed_to, found))):
        click.echo("Nothing was removed.", err=True)
        return
    _remove(context, rows, found, as_json)


def _rows(context: Context, names: list[str], every: bool) -> list[ImageRow]:
    from sregistry.operations.rm import find

    return find(context, names, every=every) if names else []


def _agreed(rows: list[ImageRow]) -> bool:
    """Whether files that nobody else has may go."""
    from sregistry.operations.rm import irreplaceable

    only_here = [str(row.name) for row in irreplaceable(rows)]
    return not only_here or confirmed(f"No registry is known to have {', '.join(only_here)}. Delete for ever?")


def _agreed_to(deletion: Deletion) -> bool:
    """Whether something may be deleted where it is."""
    from sregistry.printable import one_line

    tags = " with all its tags" if deletion.every_tag else ""
    return confirmed(one_line(f"{_known(deletion)} Delete {deletion.reference.uri}{tags} at {deletion.place}?"))


def _known(deletion: Deletion) -> str:
    """What is known of it, in a sentence."""
    others, count = deletion.others, len(deletion.others or ())
    means = f"The tag {deletion.named} means {deletion.digest}" if deletion.named else f"It is {deletion.digest}"
    if others is None:
        return f"{means}; which other tags mean it is not known."
    if not others:
        return f"{means}, and no other tag does." if deletion.named else f"{means}, which no tag means."
    tags = f"{count} other tags mean" if count > 1 else "1 other tag means"
    end = "they go, too" if deletion.every_tag else "they stay"
    return f"{means}, which {tags} as well ({', '.join(others)}): {end}."


def _remove(context: Context, rows: list[ImageRow], found: list[Deletion], as_json: bool) -> None:
    from sregistry.operations.delete import delete
    from sregistry.operations.rm import rm
    from sregistry.printable import one_line

    done: list[Removed | Deletion] = [*rm(context, rows)] if rows else []
    if not as_json:
        for line in map(_line, done):
            click.echo(line)
    for deletion in found:
        done.append(delete(context, deletion))
        if not as_json:
            click.echo(one_line(_line(deletion)))
    if as_json:
        say_json([one.facts() for one in done])


def _line(one: Removed | Deletion) -> str:
    from sregistry.operations.rm import Removed

    if isinstance(one, Removed):
        return f"removed {one.image.uri}" + (f"; its file stays: {one.image.path}" if one.stays else "")
    tags = " and all its tags" if one.every_tag else ""
    return f"deleted {one.reference.uri}{tags}" + (f"; it was {one.digest}" if one.digest else "")

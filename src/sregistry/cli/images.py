"""``sregistry images``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from sregistry.cli.options import image_names, json_option, load_settings, make_context
from sregistry.cli.output import say_json
from sregistry.cli.table import Column, Row, print_table, stdout_is_terminal

if TYPE_CHECKING:
    from sregistry.operations.images import ListedImage

_DIGITS = 12
_NONE = "-"


@click.command("images")
@click.argument("query", required=False, shell_complete=image_names)
@click.option("--label", "labels", metavar="KEY=VALUE", multiple=True, help="Only images with this label.")
@click.option(
    "--sort",
    "order",
    type=click.Choice(["name", "pulled", "used", "size"]),
    default="name",
    help="By name (the default), or the latest pulled, latest used or largest first.",
)
@json_option
def command(query: str | None, labels: tuple[str, ...], order: str, as_json: bool) -> None:
    """List the images that are here; with QUERY those whose registry, name, tag or digest contains it.

    In a pipe nothing is shortened: sizes are bytes, times are UTC.
    """
    from sregistry.operations.images import images

    settings = load_settings()
    found = images(make_context(settings), query, labels=dict(map(_label, labels)), order=order)
    if as_json:
        say_json([image.facts() for image in found])
        return
    missing = [image for image in found if not image.present]
    when = Column("USED" if order == "used" else "PULLED")
    file = [Column("FILE")] if missing or not stdout_is_terminal() else []
    columns = [Column("NAME"), Column("REGISTRY", spare=3), Column("PLATFORM", spare=2), Column("SIZE", right=True)]
    print_table([*columns, when, Column("DIGEST", spare=1), *file], [_row(image, order, bool(file)) for image in found])
    if not found:
        click.echo(_nothing(query or " ".join(labels)), err=True)
    if not settings.use_database:
        click.echo(f"warning: pulls are not recorded here, see {settings.source_of('use_database')}", err=True)
    if missing:
        click.echo(_missing(missing), err=True)


def _label(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise click.BadParameter(f"{text!r} is not of the form KEY=VALUE", param_hint="--label")
    return key, value


def _row(image: ListedImage, order: str, with_file: bool) -> Row:
    row = image.row
    when = row.last_used if order == "used" else row.pulled_at
    if stdout_is_terminal():
        from sregistry.cli.progress import size_text

        cells = [size_text(row.size), _local(when), row.version.hex[:_DIGITS]]
    else:
        from sregistry.store.records import utc

        cells = [str(row.size), utc(when) or _NONE, str(row.version)]
    state = ["here" if image.present else "missing"] if with_file else []
    return Row((str(row.name), row.registry or _NONE, row.platform or _NONE, *cells, *state), not image.present)


def _local(seconds: float | None) -> str:
    return _NONE if seconds is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def _nothing(asked: str) -> str:
    if asked:
        return f'No image has "{asked}"; `sregistry images` lists all.'
    return "There are no images yet; `sregistry pull docker://ubuntu:24.04` gets one."


def _missing(images: list[ListedImage]) -> str:
    """What to do about files that somebody removed."""
    if len(images) > 1:
        return (
            f"warning: the files of {len(images)} images are missing; `sregistry get --pull NAME` fetches one again,"
            " `sregistry rm NAME` forgets it"
        )
    row = images[0].row
    if not row.reference:
        return f"warning: the file of {row.name} is missing; `sregistry rm {row.name}` forgets it"
    return f"warning: the file of {row.name} is missing; `sregistry get --pull {row.name}` fetches it again"

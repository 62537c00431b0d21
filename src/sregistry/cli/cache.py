"""``sregistry cache list``, ``clean`` and ``prune``."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from sregistry.cli.options import json_option, load_settings
from sregistry.cli.output import say_json
from sregistry.cli.progress import size_text
from sregistry.cli.table import Column, Row, print_table, stdout_is_terminal

if TYPE_CHECKING:
    from sregistry.store.cache import CacheEntry, Removed
    from sregistry.store.downloads import Kept

_DIGITS = 12
#: What stands in the place of a layer's digest for a file whose download was broken off.
_BEGUN = "download"
_COLUMNS = [Column("LAYER"), Column("SIZE", right=True), Column("USED"), Column("CODEC", spare=1)]


def _size(_: click.Context, __: click.Parameter, text: str | None) -> int | None:
    """A size as settings are written."""
    from sregistry.settings.values import read_size

    try:
        return None if text is None else read_size(text)
    except (ValueError, OverflowError):
        raise click.BadParameter(f"{text!r} is no size; 20GB is one") from None


def _duration(_: click.Context, __: click.Parameter, text: str | None) -> float | None:
    """A time as settings are written."""
    from sregistry.settings.values import read_duration

    try:
        return None if text is None else read_duration(text)
    except (ValueError, OverflowError):
        raise click.BadParameter(f"{text!r} is no time; 30d and 12h are") from None


@click.group("cache")
def command() -> None:
    """The cache of converted layers: what is in it, and how to have less of it.

    Everything in it can be had again from the registries: images that are here need nothing of it, only the next
    pull is quicker. Its folder is the setting cache_dir.
    """


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List what is kept, the latest used first."""
    from sregistry.operations.cache import begun, begun_facts, cache_list, entry_facts

    settings = load_settings()
    entries, downloads = cache_list(settings), begun(settings)
    if as_json:
        say_json([*map(entry_facts, entries), *map(begun_facts, downloads)])
        return
    print_table(_COLUMNS, [*map(_row, entries), *map(_row_of_begun, downloads)])
    sys.stdout.flush()
    total = sum(entry.size for entry in entries) + sum(kept.size for kept in downloads)
    number = len(entries) + len(downloads)
    count = f"{number} {'entry' if number == 1 else 'entries'}"
    click.echo(f"{count}, {size_text(total)}" if number else "The cache is empty.", err=True)


@command.command("clean")
@json_option
def clean(as_json: bool) -> None:
    """Remove everything."""
    from sregistry.operations.cache import cache_clean

    _tell(cache_clean(load_settings()), as_json)


@command.command("prune")
@click.option("--max-size", callback=_size, metavar="SIZE", help="Remove the least used until SIZE is left.")
@click.option("--older-than", callback=_duration, metavar="TIME", help="Remove what was not used for TIME.")
@json_option
def prune(max_size: int | None, older_than: float | None, as_json: bool) -> None:
    """Remove what was used least recently.

    SIZE is such as 20GB, TIME such as 30d or 12h. What was used in the last ten minutes stays: a pull may be about
    to need it.
    """
    from sregistry.operations.cache import cache_prune

    if max_size is None and older_than is None:
        raise click.UsageError("--max-size or --older-than is needed; `sregistry cache clean` removes everything")
    _tell(cache_prune(load_settings(), max_size=max_size, older_than=older_than), as_json)


def _row(entry: CacheEntry) -> Row:
    layer = entry.digest.hex[:_DIGITS] if stdout_is_terminal() else str(entry.digest)
    return _shown(layer, entry.size, entry.used, entry.codec)


def _row_of_begun(kept: Kept) -> Row:
    return _shown(_BEGUN, kept.size, kept.used, "-")


def _shown(layer: str, size: int, used: float, codec: str) -> Row:
    if stdout_is_terminal():
        return Row((layer, size_text(size), time.strftime("%Y-%m-%d %H:%M", time.localtime(used)), codec))
    from sregistry.store.records import utc

    return Row((layer, str(size), utc(used) or "-", codec))


def _tell(removed: Removed, as_json: bool) -> None:
    from sregistry.operations.cache import removed_facts

    if as_json:
        say_json(removed_facts(removed))
        return
    count = len(removed.entries)
    kept = f"; {size_text(removed.kept)} stay" if removed.kept else ""
    click.echo(f"removed {count} {'entry' if count == 1 else 'entries'}, {size_text(removed.freed)}{kept}")

"""``sregistry config``."""

from __future__ import annotations

import shutil
from itertools import groupby
from typing import TYPE_CHECKING

import click

from sregistry.cli.options import json_option, load_settings, setting_names
from sregistry.cli.output import say_json

if TYPE_CHECKING:
    from sregistry.operations.config import SettingValue


@click.command("config")
@click.argument("name", required=False, shell_complete=setting_names)
@json_option
def command(name: str | None, as_json: bool) -> None:
    """Show every setting, its value and where the value came from; with NAME only the value of that one.

    Settings are set by environment variables (SREGISTRY_ and the name in capitals) and in the configuration file.
    """
    from sregistry.operations.config import config

    found = config(load_settings(), name)
    if as_json:
        facts = [setting.as_dict() for setting in found]
        say_json(facts[0] if name else facts)
    elif name:
        click.echo(found[0].value)
    else:
        click.echo("\n".join(_lines(found, shutil.get_terminal_size().columns)))


def _lines(settings: list[SettingValue], width: int) -> list[str]:
    """The settings by section; where a source does not fit in `width` it goes below."""
    name_width = max(len(setting.name) for setting in settings)
    value_width = max((len(setting.value) for setting in settings if not setting.is_default), default=0)
    lines: list[str] = []
    for section, group in groupby(settings, key=lambda setting: setting.section):
        lines += [*([""] if lines else []), section]
        for setting in group:
            line = f"  {setting.name:<{name_width}}  {setting.value or 'unset'}"
            if setting.is_default:
                lines.append(line)
                continue
            beside = f"{line:<{name_width + value_width + 4}}  {setting.source}"
            lines += [beside] if len(beside) <= width else [line, f"  {'':<{name_width}}  {setting.source}"]
    return lines

"""Config: every setting with its value, and where the value came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sregistry.settings import DEFAULT, Settings, rows
from sregistry.settings.errors import SettingError


@dataclass(frozen=True, slots=True)
class SettingValue:
    """One setting.

    Attributes:
        name: of the setting.
        section: of the table of settings.
        value: as a person would write it, without a password; empty when unset.
        source: ``command line``, ``NAME (environment)``, a file, or ``default``.
        meaning: one line.
        variables: environment variables that set it, the strongest first.
    """

    name: str
    section: str
    value: str
    source: str
    meaning: str
    variables: tuple[str, ...]

    @property
    def is_default(self) -> bool:
        """Whether nothing has set it."""
        return self.source == DEFAULT

    def as_dict(self) -> dict[str, Any]:
        """The setting in JSON's types."""
        return {
            "name": self.name,
            "value": self.value,
            "source": self.source,
            "meaning": self.meaning,
            "variables": list(self.variables),
        }


def config(settings: Settings, name: str | None = None) -> list[SettingValue]:
    """Return every setting in the order of the table, or the one called `name`.

    Raises:
        SettingError: ``setting-unknown``, with names close to it.
    """
    if name is not None and name not in rows():
        import difflib

        raise SettingError(
            "setting-unknown",
            f"there is no setting named {name!r}",
            setting=name,
            source="command line",
            near=difflib.get_close_matches(name, rows(), n=3),
        )
    return [_value(settings, one) for one in ([name] if name else rows())]


def _value(settings: Settings, name: str) -> SettingValue:
    row = rows()[name]
    variables = tuple(variable.name for variable in row.variables)
    return SettingValue(name, row.section, settings.shown(name), settings.source_of(name), row.meaning, variables)

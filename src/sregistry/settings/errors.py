"""The error of this room: a setting that does not exist, or a value it cannot have."""

from __future__ import annotations

from sregistry.errors import SregistryError


class SettingError(SregistryError):
    """A setting cannot be used as given.

    Facts: ``setting`` (its name), ``source`` (where the value stands), ``value`` (as given; hidden for
    settings that may hold a password), ``expected`` (in words), ``near`` (names close to an unknown one),
    ``file`` and ``line`` for a configuration file.
    """

"""Settings: environment, configuration file and command line -> one typed table.

`load` returns `Settings`, whose attributes are the settings; `Settings.source_of` says where each
value came from. `rows` is the table itself, from which the documentation is generated. Errors are
`SettingError` with codes ``setting-*``.
"""

from sregistry.settings.errors import SettingError
from sregistry.settings.load import config_path, load, near_misses
from sregistry.settings.table import CALL, COMMAND_LINE, DEFAULT, Row, Settings, Variable, rows
from sregistry.settings.values import Compression

__all__ = [
    "CALL",
    "COMMAND_LINE",
    "DEFAULT",
    "Compression",
    "Row",
    "SettingError",
    "Settings",
    "Variable",
    "config_path",
    "load",
    "near_misses",
    "rows",
]

"""Command line, environment and configuration file -> `Settings`.

The strongest source that sets a setting wins: command line, environment (the setting's own name
before the older ones), file of clients (`backends`), configuration file, default. An empty environment
variable counts as unset.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sregistry.settings.errors import SettingError
from sregistry.settings.home import home_folder
from sregistry.settings.table import COMMAND_LINE, PREFIX, Row, Settings, Variable, rows
from sregistry.settings.values import PATH, show_url

_HIDDEN = "***"
#: Variables under our prefix that are read elsewhere: the place of the configuration file, and logins.
_NO_SETTINGS = frozenset({PREFIX + "CONFIG"})
_LOGIN = re.compile(PREFIX + "[A-Z]+_(USERNAME|PASSWORD)")


def load(
    environ: Mapping[str, str],
    config_file: Path | None = None,
    command_line: Mapping[str, Any] | None = None,
    *,
    given_by: str = COMMAND_LINE,
) -> Settings:
    """Return the settings in force.

    Args:
        environ: the process environment.
        config_file: the TOML file to read, which must exist; None reads the one named by
            ``SREGISTRY_CONFIG`` (must exist) or the user's own (may be absent), see `config_path`.
        command_line: values given as options, by name of setting; None values count as not given.
        given_by: what gives these, where it is not the command line.

    Raises SettingError ``setting-unknown``, ``setting-invalid``, ``setting-file-unreadable``,
    ``setting-file-malformed``.
    """
    home = home_folder(environ)
    required = config_file is not None or bool(environ.get(PREFIX + "CONFIG"))
    file = config_file or config_path(environ, home)
    given = _Given({name: value for name, value in (command_line or {}).items() if value is not None}, given_by)
    written = _read_file(file, required=required)
    _refuse_unknown(given.values, given_by, {})
    _refuse_unknown(written, str(file), {"file": str(file)})

    kept = _Kept({}, "")
    clients, _ = _find(rows()["client_secrets"], given, environ, kept, written, str(file))
    kept = _read_kept(_in_home(clients, home) or home / ".sregistry")

    def find(row: Row, given: _Given) -> tuple[Any, str | None]:
        return _find(row, given, environ, kept, written, str(file))

    return _collected(find, given, _places(environ, home), home)


def _collected(
    find: Callable[[Row, _Given], tuple[Any, str | None]], given: _Given, places: Mapping[str, Any], home: Path
) -> Settings:
    """All settings, each with the value that `find` gives, else its default."""
    found: dict[str, Any] = {}
    sources: dict[str, str] = {}
    beneath: dict[str, Any] = {}
    for name, row in rows().items():
        value, source = find(row, given)
        if source is None:
            value = _default(row, {**places, **found})
        else:
            sources[name] = source
        if source == COMMAND_LINE:
            with suppress(SettingError):  # it does not count
                beneath[name], _ = find(row, _Given({}, ""))
        found[name] = _in_home(value, home)
    return Settings(**found, sources=sources, beneath=beneath)


def config_path(environ: Mapping[str, str], home: Path) -> Path:
    """The configuration file of this environment, whether or not it exists."""
    named = environ.get(PREFIX + "CONFIG")
    if named:
        return home.joinpath(*Path(named).parts[1:]) if named.startswith("~/") else Path(named)
    return _xdg(environ, "XDG_CONFIG_HOME", home / ".config") / "sregistry" / "config.toml"


def _xdg(environ: Mapping[str, str], name: str, default: Path) -> Path:
    """The folder in a variable of the XDG Base Directory Specification, by which a relative one counts as unset."""
    folder = Path(environ.get(name, ""))
    return folder if folder.is_absolute() else default


def adjusted(settings: Settings, given_by: str, **given: Any) -> Settings:
    """`settings` with other values for some; None leaves a setting as it is. Raises as `load` does."""
    values = {name: _read(rows()[name], value, given_by) for name, value in given.items() if value is not None}
    return replace(settings, **values, sources={**settings.sources, **dict.fromkeys(values, given_by)})


@dataclass(frozen=True, slots=True)
class _Given:
    """The values that options or arguments give, and which of the two."""

    values: Mapping[str, Any]
    by: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """The variables in the file of clients."""

    variables: Mapping[str, str]
    file: str


def _read_kept(file: Path) -> _Kept:
    from sregistry.settings.backends import read_backends

    return _Kept(read_backends(file).variables, str(file))


def _find(
    row: Row,
    given: _Given,
    environ: Mapping[str, str],
    kept: _Kept,
    written: Mapping[str, Any],
    file: str,
) -> tuple[Any, str | None]:
    """The value of one setting and its source; (None, None) when nothing sets it."""
    if row.name in given.values:
        return _read(row, given.values[row.name], given.by), given.by
    for values, where in ((environ, "environment"), (kept.variables, kept.file)):
        for variable in row.variables:
            if values.get(variable.name):
                source = f"{variable.name} ({where})"
                return _adapt(variable, _read(row, values[variable.name], source)), source
    if row.name in written:
        return _read(row, written[row.name], file), file
    return None, None


def _read(row: Row, raw: Any, source: str) -> Any:
    try:
        return row.kind.read(raw)
    except (ValueError, OverflowError):
        shown = show_url(str(raw)) if "://" in str(raw) else _HIDDEN if row.name == "database_url" else str(raw)
        raise SettingError(
            "setting-invalid",
            f"the setting {row.name} cannot be {shown!r}",
            setting=row.name,
            source=source,
            value=shown,
            expected=row.kind.words,
        ) from None


def _adapt(variable: Variable, value: Any) -> Any:
    if variable.negated:
        return not value
    return value / variable.inside if variable.inside else value


def _default(row: Row, known: Mapping[str, Any]) -> Any:
    """The default; that of a path may name a folder of the user or an earlier setting in braces."""
    if row.kind is PATH and row.default is not None:
        return Path(row.default.format_map(known))
    return row.default


def _places(environ: Mapping[str, str], home: Path) -> dict[str, Path]:
    return {
        "home": home,
        "data_home": _xdg(environ, "XDG_DATA_HOME", home / ".local" / "share"),
        "cache_home": _xdg(environ, "XDG_CACHE_HOME", home / ".cache"),
    }


def _in_home(value: Any, home: Path) -> Any:
    if isinstance(value, Path) and value.parts[:1] == ("~",):
        return home.joinpath(*value.parts[1:])
    return value


def _is_closed(file: Path) -> bool:
    """Whether nobody tells this user if there is such a file, as in the home folder that ``sudo -u`` leaves in HOME."""
    try:
        file.lstat()
    except OSError as error:
        return isinstance(error, PermissionError)
    return False


def _read_file(file: Path, *, required: bool) -> dict[str, Any]:
    try:
        data = file.read_bytes()
    except OSError as error:
        if not required and (isinstance(error, (FileNotFoundError, NotADirectoryError)) or _is_closed(file)):
            return {}
        raise SettingError(
            "setting-file-unreadable",
            f"the configuration file {file} cannot be read",
            file=str(file),
            errno=error.errno,
            detail=error.strerror,
        ) from error
    import tomllib

    try:
        return tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise SettingError(
            "setting-file-malformed", f"the configuration file {file} is not TOML", file=str(file), detail=str(error)
        ) from error


def _refuse_unknown(names: Mapping[str, Any], source: str, facts: dict[str, Any]) -> None:
    for name in names:
        if name not in rows():
            raise SettingError(
                "setting-unknown",
                f"there is no setting named {name!r}",
                setting=name,
                source=source,
                near=_near(name, list(rows())),
                **facts,
            )


def near_misses(environ: Mapping[str, str]) -> dict[str, str]:
    """Variables that look like misspelt settings (``SREGISTRY_PLATFROM``) and the name each is close to.

    They are not errors: clients of third parties have variables of their own under the same prefix.
    """
    candidates = [name for name in environ if name.startswith(PREFIX)]
    known = {variable.name for row in rows().values() for variable in row.variables} if candidates else set()
    strange = [name for name in candidates if name not in known | _NO_SETTINGS and not _LOGIN.fullmatch(name)]
    found = {name: _near(name, sorted(known)) for name in strange}
    return {name: near[0] for name, near in found.items() if near}


def _near(name: str, names: list[str]) -> list[str]:
    import difflib

    return difflib.get_close_matches(name, names, n=3, cutoff=0.8)

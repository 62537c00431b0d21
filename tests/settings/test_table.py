"""The table is whole: every setting has its variable, and no variable is claimed by accident."""

import subprocess
import sys
from collections import Counter

from sregistry.settings import Settings, load, rows

SHARED = {"SINGULARITY_DISABLE_CACHE"}


def test_every_setting_has_its_own_variable_first() -> None:
    for name, row in rows().items():
        assert row.variables[0].name == f"SREGISTRY_{name.upper()}"


def test_a_variable_belongs_to_one_setting() -> None:
    names = Counter(variable.name for row in rows().values() for variable in row.variables)
    assert {name for name, count in names.items() if count > 1} == SHARED


def test_every_row_says_what_it_is_for_in_a_phrase() -> None:
    for row in rows().values():
        assert row.meaning[0].islower()
        assert not row.meaning.endswith(".")


def test_every_value_can_be_shown() -> None:
    settings = load({"HOME": "/home/ada"})
    assert isinstance(settings, Settings)
    for name in rows():
        assert "None" not in settings.shown(name)


def test_defaults_agree_with_those_of_the_registry_room() -> None:
    from sregistry.http.options import Limits, Retries, Timeouts

    settings = load({"HOME": "/home/ada"})
    times, retries, limits = Timeouts(), Retries(), Limits()
    assert (settings.timeout_connect, settings.timeout_read) == (times.connect, times.read)
    assert (settings.timeout_document, settings.timeout_stall) == (times.document, times.stall)
    assert settings.timeout_helper == times.helper
    assert (settings.retries, settings.patience, settings.retry_after) == (
        retries.attempts,
        retries.patience,
        retries.retry_after,
    )
    assert (settings.max_manifest_size, settings.max_config_size) == (limits.manifest, limits.config)
    assert (settings.max_redirects, settings.max_connections) == (limits.redirects, limits.connections)


def test_importing_the_room_imports_nothing_heavy() -> None:
    heavy = "tomllib,rich,click,sqlalchemy,urllib3,requests,platformdirs,difflib"
    code = f"import sys, sregistry.settings; print([n for n in '{heavy}'.split(',') if n in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"

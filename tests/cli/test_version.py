from __future__ import annotations

import json
import platform

from sregistry import __version__
from tests.support.pulling import User


def test_versions_of_what_matters(user: User) -> None:
    said = json.loads(user.sregistry("version", "--json").stdout)
    assert (said["sregistry"], said["Python"]) == (__version__, platform.python_version())
    lines = user.sregistry("version").stdout.decode().splitlines()
    assert [line.split()[0] for line in lines] == list(said)


def test_the_option_prints_one_line(user: User) -> None:
    assert user.sregistry("--version").stdout.decode() == f"sregistry {__version__}\n"

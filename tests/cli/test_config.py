from __future__ import annotations

import json

from sregistry.settings import rows
from tests.cli.terminal import on_terminal
from tests.support.pulling import User


def test_every_setting_is_listed_with_its_source(user: User) -> None:
    user.environment["SREGISTRY_JOBS"] = "3"
    (user.home / ".config/sregistry").mkdir(parents=True)
    (user.home / ".config/sregistry/config.toml").write_text('compression = "zstd:3"\n')
    said = {setting["name"]: setting for setting in json.loads(user.sregistry("config", "--json").stdout)}
    assert said.keys() == rows().keys()
    assert (said["jobs"]["value"], said["jobs"]["source"]) == ("3", "SREGISTRY_JOBS (environment)")
    assert said["compression"]["value"] == "zstd:3"
    assert "config.toml" in said["compression"]["source"]
    assert said["retries"]["source"] == "default"


def test_one_value_alone(user: User) -> None:
    assert user.sregistry("config", "default_registry").stdout == b"docker.io\n"


def test_a_name_that_is_none_is_refused_with_the_near_one(user: User) -> None:
    done = user.sregistry("config", "compresion")
    assert done.returncode == 2
    assert "compression" in done.stderr.decode()


def test_a_variable_that_is_nearly_a_setting_is_pointed_out(user: User) -> None:
    user.environment["SREGISTRY_COMPRESION"] = "none"
    assert "is SREGISTRY_COMPRESSION meant?" in user.sregistry("config").stderr.decode()


def test_long_values_keep_their_source(user: User) -> None:
    user.environment["SREGISTRY_STORAGE"] = str(user.home / "a-long-name" / ("x" * 70))
    for columns in (80, 200):
        drawn = "\n".join(on_terminal(user, "config", columns=columns))
        assert user.environment["SREGISTRY_STORAGE"] in drawn
        assert "SREGISTRY_STORAGE (environment)" in drawn

"""What the settings say of registries arrives in the options of those who speak to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sregistry.errors import SregistryError
from sregistry.http.options import Options
from sregistry.http.secret import Secret
from sregistry.operations.connection import registry_options
from sregistry.settings import load

#: Setting -> where it arrives.
ARRIVES = {
    "plain_http": "plain_http",
    "tls_verify": "tls_verify",
    "cacert": "cacert",
    "authfile": "authfile",
    "registries_conf": "registries_conf",
    "ip_family": "family",
    "offline": "offline",
    "timeout_connect": "timeouts.connect",
    "timeout_read": "timeouts.read",
    "timeout_document": "timeouts.document",
    "timeout_stall": "timeouts.stall",
    "timeout_helper": "timeouts.helper",
    "retries": "retries.attempts",
    "patience": "retries.patience",
    "retry_after": "retries.retry_after",
    "max_manifest_size": "limits.manifest",
    "max_config_size": "limits.config",
    "max_redirects": "limits.redirects",
    "max_connections": "limits.connections",
}
OTHERS = {"plain_http": True, "tls_verify": False, "ip_family": "ipv6", "offline": True}


def value_of(options: Options, place: str) -> Any:
    value: Any = options
    for name in place.split("."):
        value = getattr(value, name)
    return value


@pytest.mark.parametrize("setting", ARRIVES)
def test_every_setting_arrives(setting: str, tmp_path: Path) -> None:
    is_file = setting in ("cacert", "authfile", "registries_conf")
    wanted = tmp_path / "file" if is_file else OTHERS.get(setting, 7)
    environ = {"HOME": str(tmp_path)}
    options = registry_options(load(environ, command_line={setting: wanted}), environ)
    assert value_of(options, ARRIVES[setting]) == wanted
    assert value_of(registry_options(load(environ), environ), ARRIVES[setting]) != wanted


def test_a_login_goes_along_as_a_secret(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    options = registry_options(load(environ), environ, ("me", "a battery"))
    assert (options.username, options.password, options.home) == ("me", Secret("a battery"), tmp_path)
    assert "a battery" not in repr(options)


def test_a_login_that_no_header_can_hold_is_refused(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    with pytest.raises(SregistryError) as caught:
        registry_options(load(environ), environ, ("me:you", "a battery"))
    assert caught.value.code == "auth-login-malformed"

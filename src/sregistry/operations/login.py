"""Login: try a user name and password at a registry, and keep them where Docker would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sregistry.operations.connection import Login, open_session
from sregistry.settings import Settings

if TYPE_CHECKING:
    from sregistry.auth.login import LoginResult
    from sregistry.http.transport import OnExchange


def login(
    registry: str,
    settings: Settings,
    environ: Mapping[str, str],
    credential: Login,
    *,
    on_exchange: OnExchange | None = None,
) -> LoginResult:
    """Keep `credential` (user name and password) for `registry` (host[:port]) once the registry has taken it.

    Raises:
        InvalidReference: ``name-host``: `registry` is not a host.
        RegistryError: ``auth-refused`` and what else the registry says; ``auth-file-…`` and ``auth-helper-…``.
    """
    from sregistry.auth import login as logins
    from sregistry.http.secret import Secret

    username, password = credential
    with open_session(settings, environ, on_exchange=on_exchange) as session:
        return logins.login(session.options, registry, username, Secret(password), test=session.check_login)

"""Login: try a user name and password at a registry, and keep them where Docker would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sregistry.operations.connection import Login
from sregistry.operations.context import Context

if TYPE_CHECKING:
    from sregistry.auth.login import LoginResult


def login(context: Context, registry: str, credential: Login) -> LoginResult:
    """Keep `credential` (user name and password) for `registry` (host[:port]) once the registry has taken it.

    Raises:
        InvalidReference: ``name-host``: `registry` is not a host.
        RegistryError: ``auth-refused`` and what else the registry says; ``auth-file-…`` and ``auth-helper-…``.
    """
    from sregistry.auth import login as logins
    from sregistry.http.secret import Secret

    username, password = credential
    with context.open_session() as session:
        return logins.login(session.options, registry, username, Secret(password), test=session.check_login)

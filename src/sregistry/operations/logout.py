"""Logout: forget every login for a registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sregistry.operations.connection import registry_options
from sregistry.operations.context import Context

if TYPE_CHECKING:
    from sregistry.auth.login import LogoutResult


def logout(context: Context, registry: str) -> LogoutResult:
    """Remove the logins for `registry` (host[:port], or host/path) from every file and helper that has one.

    Raises:
        InvalidReference: ``name-host``: `registry` is not a host.
    """
    from sregistry.auth import login as logins

    return logins.logout(registry_options(context.settings, context.environ), registry)

"""Logout: forget every login for a registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sregistry.operations.connection import registry_options
from sregistry.settings import Settings

if TYPE_CHECKING:
    from sregistry.auth.login import LogoutResult


def logout(registry: str, settings: Settings, environ: Mapping[str, str]) -> LogoutResult:
    """Remove the logins for `registry` (host[:port], or host/path) from every file and helper that has one.

    Raises:
        InvalidReference: ``name-host``: `registry` is not a host.
    """
    from sregistry.auth import login as logins

    return logins.logout(registry_options(settings, environ), registry)

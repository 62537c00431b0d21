"""``from sregistry.defaults import …``: settings under the names that programs written for sregistry 0.2 import.

Each is that of the environment and the configuration file when it is asked for. New programs have
``Client.from_environment().settings``.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

from sregistry import removed
from sregistry.settings import Settings, load

_READ: Mapping[str, Callable[[Settings], object]] = {
    "DISABLE_CACHE": lambda found: not found.use_cache,
    "DISABLE_DATABASE": lambda found: not found.use_database,
    "DISABLE_SSL_CHECK": lambda found: not found.tls_verify,
    "SINGULARITY_CACHE": lambda found: str(found.cache_dir),
    "SREGISTRY_BASE": lambda found: str(found.database) if found.use_database else None,
    "SREGISTRY_CLIENT": lambda found: found.client,
    "SREGISTRY_CLIENT_SECRETS": lambda found: str(found.client_secrets),
    "SREGISTRY_DATABASE": lambda found: f"{found.database}/sregistry.db" if found.use_database else None,
    "SREGISTRY_STORAGE": lambda found: str(found.storage) if found.use_database else None,
    "SREGISTRY_TMPDIR": lambda found: str(found.tmpdir),
    "SREGISTRY_WORKERS": lambda found: found.jobs or len(os.sched_getaffinity(0)),
    "USERHOME": lambda _: str(Path.home()),
}


def __getattr__(name: str) -> object:
    if name not in _READ:
        raise removed.missing(__name__, name)
    warnings.warn(
        f"sregistry.defaults.{name} will go; use Client.from_environment().settings", DeprecationWarning, stacklevel=2
    )
    return _READ[name](load(os.environ))

"""sregistry: containers from any registry to one runnable SIF file, and a place to keep them.

The names of the Python library are here, see ``docs/python.md``; each is imported when it is first used.
"""

from __future__ import annotations

import sys
from importlib import import_module

from sregistry.version import __version__

#: As in `typing`, whose import takes longer than all that ``sregistry --help`` does.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from sregistry.client import Client
    from sregistry.diagnosis import Diagnosis
    from sregistry.diagnosis.explain import explain
    from sregistry.digests import Digest
    from sregistry.errors import (
        AuthError,
        Cancelled,
        DiskError,
        ImageError,
        InvalidName,
        LocalRegistryError,
        MachineError,
        NetworkError,
        NotFound,
        RateLimited,
        ResourceError,
        ServerError,
        SregistryError,
        TLSError,
        UsageError,
    )
    from sregistry.operations.progress import FileProgress, Progress, SendingProgress, Silent
    from sregistry.references import Platform, Reference

__all__ = [
    "AuthError",
    "Cancelled",
    "Client",
    "Diagnosis",
    "Digest",
    "DiskError",
    "FileProgress",
    "ImageError",
    "InvalidName",
    "LocalRegistryError",
    "MachineError",
    "NetworkError",
    "NotFound",
    "Platform",
    "Progress",
    "RateLimited",
    "Reference",
    "ResourceError",
    "SendingProgress",
    "ServerError",
    "Silent",
    "SregistryError",
    "TLSError",
    "UsageError",
    "__version__",
    "explain",
]

#: Where each name comes from; all others are errors.
_PLACES = {
    "Client": "sregistry.client",
    "Diagnosis": "sregistry.diagnosis",
    "Digest": "sregistry.digests",
    "FileProgress": "sregistry.operations.progress",
    "Platform": "sregistry.references",
    "Progress": "sregistry.operations.progress",
    "SendingProgress": "sregistry.operations.progress",
    "Reference": "sregistry.references",
    "Silent": "sregistry.operations.progress",
    "explain": "sregistry.diagnosis",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_PLACES.get(name, "sregistry.errors")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Removed:
    """The last that is asked for a module: those that sregistry 0.2 had are refused with what takes their place."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name.startswith("sregistry."):
            from sregistry.removed import refuse_module

            refuse_module(name)


sys.meta_path.append(_Removed)

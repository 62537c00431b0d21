"""The file of clients and their settings, ``~/.sregistry``: a weaker environment that outlives the shell.

It is JSON, as earlier versions wrote it and may still read it: the name of a client -> its variables, and
``SREGISTRY_CLIENT`` for the client that is active. It may hold passwords and tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sregistry.errors import as_cause
from sregistry.settings.errors import SettingError
from sregistry.settings.values import show_url

ACTIVE = "SREGISTRY_CLIENT"
PREFIX = "SREGISTRY_"
HIDDEN = "***"
#: What a client is called in its variables, where that differs.
_IN_VARIABLES = {"docker": "DOCKERHUB"}
#: Last words of variables that hold no secret; all others are never shown.
_OPEN = frozenset(
    (
        "BASE",
        "BUCKET",
        "CLIENT",
        "EMAIL",
        "ENDPOINT",
        "FOLDER",
        "HOST",
        "NAME",
        "NAMESPACE",
        "PORT",
        "PROJECT",
        "REGION",
    )
)
_OPEN |= {"ROOT", "STORAGE", "TEAM", "URL", "USER", "USERNAME", "ZONE"}


@dataclass(frozen=True, slots=True)
class Backends:
    """What the file says; its own repr shows no values.

    Attributes:
        document: the whole file, with what only other versions understand.
    """

    document: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def active(self) -> str | None:
        """The client that was activated."""
        found = self.document.get(ACTIVE)
        return found if isinstance(found, str) and found else None

    @property
    def clients(self) -> dict[str, dict[str, Any]]:
        """The variables by client."""
        return {name: dict(found) for name, found in self.document.items() if isinstance(found, dict)}

    @property
    def variables(self) -> dict[str, str]:
        """All variables, as an environment has them."""
        found = {ACTIVE: self.active} if self.active else {}
        for values in self.clients.values():
            found.update((name, value) for name, value in values.items() if _is_variable(name, value))
        return found


def read_backends(file: Path) -> Backends:
    """Read the file; one that is not there says nothing.

    Raises SettingError ``setting-file-unreadable``, ``setting-file-malformed``.
    """
    try:
        data = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return Backends()
    except OSError as error:
        raise SettingError(
            "setting-file-unreadable",
            f"the file of clients {file} cannot be read",
            file=str(file),
            errno=error.errno,
            detail=error.strerror,
        ) from error
    import json

    try:
        document = json.loads(data or b"{}")
        if not isinstance(document, dict):
            raise ValueError("it is no object")
    except (ValueError, RecursionError) as error:
        raise SettingError(
            "setting-file-malformed", f"the file of clients {file} is not JSON", file=str(file), detail=str(error)
        ) from as_cause(error)
    return Backends(document)


def variable_of(client: str, name: str) -> str:
    """The variable that `name` means for a client: ``bucket`` of ``s3`` is ``SREGISTRY_S3_BUCKET``."""
    own, upper = _IN_VARIABLES.get(client, client), name.upper().replace("-", "_")
    return upper if upper.startswith(PREFIX) else f"{PREFIX}{own.upper().replace('-', '_')}_{upper}"


def shown_value(name: str, value: Any) -> str:
    """The value of a variable for people to see, unless it may be a secret."""
    if name.rpartition("_")[2] not in _OPEN:
        return HIDDEN
    text = str(value)
    return show_url(text) if "://" in text or "@" in text else text


def _is_variable(name: str, value: Any) -> bool:
    return name.startswith(PREFIX) and name != ACTIVE and isinstance(value, str) and bool(value)

"""Backend: which client is active, and the settings of clients, in a file that only its owner may read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sregistry.settings import Settings
from sregistry.settings.backends import ACTIVE, Backends, read_backends, shown_value, variable_of
from sregistry.settings.errors import SettingError
from sregistry.store.files import write_file
from sregistry.store.locks import locked

_MODE = 0o600


@dataclass(frozen=True, slots=True)
class Status:
    """The client in force and where that was decided; the clients that have settings in the file.

    Attributes:
        exposed: whether others may read the file.
    """

    client: str
    source: str
    file: Path
    clients: tuple[str, ...]
    exposed: bool

    def facts(self) -> dict[str, Any]:
        """The status as JSON-able facts."""
        return {
            "client": self.client,
            "source": self.source,
            "file": str(self.file),
            "clients": list(self.clients),
            "exposed": self.exposed,
        }


def status(settings: Settings) -> Status:
    """Return which client is active; raise SettingError if the file cannot be read."""
    file = settings.client_secrets
    clients = tuple(sorted(read_backends(file).clients))
    exposed = file.is_file() and bool(file.stat().st_mode & 0o077)
    return Status(settings.client, settings.source_of("client"), file, clients, exposed)


def ls(settings: Settings, client: str | None = None) -> dict[str, dict[str, str]]:
    """Return the settings in the file by client, or of one client; what may be a secret is ``***``.

    Raises SettingError ``setting-client-unknown`` if the file has nothing of `client`.
    """
    found = read_backends(settings.client_secrets)
    wanted = sorted(found.clients) if client is None else [_known(settings, found, client)]
    return {
        name: {variable: shown_value(variable, value) for variable, value in sorted(found.clients[name].items())}
        for name in wanted
    }


def activate(client: str, settings: Settings, clients: Sequence[str]) -> None:
    """Make `client` the active one; raise SettingError ``setting-client-unknown`` unless it is one of `clients`."""
    if client not in clients:
        raise SettingError(
            "setting-client-unknown",
            f"there is no client named {client!r}",
            setting="client",
            value=client,
            known=list(clients),
        )
    with _changing(settings) as document:
        document[ACTIVE] = client


def deactivate(settings: Settings) -> str | None:
    """Let no client be active; return the one that was."""
    with _changing(settings) as document:
        found = Backends(document).active
        document.pop(ACTIVE, None)
    return found


def add(client: str, name: str, value: str, settings: Settings, *, force: bool = False) -> str:
    """Keep a setting of a client; return the variable that has it.

    Raises SettingError ``setting-kept-already`` if there is another value and `force` is not given.
    """
    variable = variable_of(client, name)
    with _changing(settings) as document:
        values = document.setdefault(client, {}) if isinstance(document.get(client, {}), dict) else {}
        if not force and values.get(variable, value) != value:
            raise SettingError(
                "setting-kept-already",
                f"{variable} has a value already",
                setting=variable,
                file=str(settings.client_secrets),
                again=["backend", "add", "--force", client, name],
            )
        document[client] = {**values, variable: value}
    return variable


def remove(client: str, name: str, settings: Settings) -> str | None:
    """Forget a setting of a client; return its variable, or None if there was none."""
    with _changing(settings) as document:
        values = dict(Backends(document).clients.get(client, {}))
        found = next((one for one in (variable_of(client, name), name) if one in values), None)
        if found:
            del values[found]
            document[client] = values
    return found


def delete(client: str, settings: Settings) -> None:
    """Forget all settings of a client, and that it is active.

    Raises SettingError ``setting-client-unknown`` if the file has nothing of it.
    """
    with _changing(settings) as document:
        _known(settings, Backends(document), client)
        del document[client]
        if document.get(ACTIVE) == client:
            del document[ACTIVE]


def _known(settings: Settings, found: Backends, client: str) -> str:
    if client not in found.clients:
        raise SettingError(
            "setting-client-unknown",
            f"there are no settings of a client {client!r} in {settings.client_secrets}",
            setting="client",
            value=client,
            known=sorted(found.clients),
            file=str(settings.client_secrets),
        )
    return client


@contextmanager
def _changing(settings: Settings) -> Iterator[dict[str, Any]]:
    """Give the content of the file to change; write it at the end of the context, unless that fails."""
    file = settings.client_secrets.resolve()
    lock = file.with_name(f"{file.name}.lock")
    with locked(lock, "the file of clients", timeout=settings.lock_timeout, setting="client_secrets", mode=_MODE):
        document = dict(read_backends(file).document)
        before = json.dumps(document)
        yield document
        if json.dumps(document) != before:
            write_file(file, json.dumps(document, indent=4).encode() + b"\n", mode=_MODE)

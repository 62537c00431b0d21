"""Credential helpers: programs ``docker-credential-NAME`` that keep logins outside the file.

Protocol: ``get``, ``store`` or ``erase`` as the only argument; the server's key (for ``store`` a
JSON object) on standard input; a JSON object, or a message and a non-zero exit, on standard output.
Source: docker/docker-credential-helpers.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from typing import Any

from sregistry.registry import redact
from sregistry.registry.docker_config import BASIC, IDENTITY_TOKEN, Login
from sregistry.registry.errors import RegistryError
from sregistry.registry.secret import Secret

#: Seconds; long enough to unlock a key ring by hand.
TIMEOUT = 20.0
#: The user name that says "the secret is an identity token".
TOKEN_USER = "<token>"  # noqa: S105

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_NOT_FOUND = "credentials not found"
_SHOWN_LINES = 5
_SHOWN_CHARACTERS = 400


def program(helper: str) -> str:
    """The program's name for a helper's name."""
    return f"docker-credential-{helper}"


def get(helper: str, server: str, environ: Mapping[str, str], *, timeout: float = TIMEOUT) -> Login | None:
    """Ask `helper` for the login at `server`; None if it has none.

    Raises:
        RegistryError: ``auth-helper-missing``, ``auth-helper-failed``, ``auth-helper-timeout`` or
            ``auth-helper-malformed``; what the helper printed is in the fact ``output``, unless it may
            contain the secret.
    """
    answer = _run(helper, "get", server, server, environ, timeout)
    if answer is None:
        return None
    try:
        document = json.loads(answer)
        username, secret = document["Username"], document["Secret"]
    except (ValueError, TypeError, KeyError, RecursionError):
        username = secret = None
    if not isinstance(username, str) or not isinstance(secret, str):
        message = f"{program(helper)} did not answer with a user name and a secret"
        raise RegistryError("auth-helper-malformed", message, helper=program(helper), server=server)
    if not secret:
        return None
    return Login(IDENTITY_TOKEN if username == TOKEN_USER else BASIC, username, Secret(secret))


def store(helper: str, server: str, login: Login, environ: Mapping[str, str], *, timeout: float = TIMEOUT) -> None:
    """Let `helper` keep `login`; raises as `get` does."""
    username = TOKEN_USER if login.kind == IDENTITY_TOKEN else login.username
    document = {"ServerURL": server, "Username": username, "Secret": login.secret.reveal()}
    _run(helper, "store", server, json.dumps(document), environ, timeout)


def erase(helper: str, server: str, environ: Mapping[str, str], *, timeout: float = TIMEOUT) -> None:
    """Let `helper` forget the login at `server`; raises as `get` does."""
    _run(helper, "erase", server, server, environ, timeout)


def _run(helper: str, action: str, server: str, text: str, environ: Mapping[str, str], timeout: float) -> str | None:
    """Run the helper; its standard output, or None when it says that there are no credentials."""
    name = program(helper)
    path = shutil.which(name, path=environ.get("PATH", os.defpath)) if _NAME.fullmatch(helper) else None
    if path is None:
        message = f"the credential helper {name!r} is not installed"
        raise RegistryError("auth-helper-missing", message, helper=name, server=server)
    try:
        status, output, messages = _communicate([path, action], text, environ, timeout)
    except subprocess.TimeoutExpired:
        message = f"{name} {action} did not answer within {timeout:g} s"
        raise RegistryError("auth-helper-timeout", message, helper=name, server=server, timeout=timeout) from None
    except OSError as error:
        raise _failed(name, action, server, error.strerror or str(error)) from None
    if status == 0:
        return output
    if _NOT_FOUND in output.lower():
        return None
    raise _failed(name, action, server, f"exit status {status}", _shown(output, messages), status)


def _communicate(command: list[str], text: str, environ: Mapping[str, str], timeout: float) -> tuple[int, str, str]:
    """Run `command`; exit status, standard output and standard error. Ends its children with it."""
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(environ),
        encoding="utf-8",
        errors="replace",
        process_group=0,
    ) as process:
        try:
            output, messages = process.communicate(text, timeout=timeout)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return process.returncode, output, messages


def _shown(output: str, messages: str) -> str:
    """The first lines a failed helper printed, if they cannot hold a secret."""
    if '"secret"' in output.lower():
        output = ""
    lines = [line.strip() for line in (output + "\n" + messages).splitlines() if line.strip()]
    return redact.patterns("\n".join(lines[:_SHOWN_LINES])[:_SHOWN_CHARACTERS])


def _failed(
    name: str, action: str, server: str, reason: str, output: str = "", status: int | None = None
) -> RegistryError:
    facts: dict[str, Any] = {"helper": name, "server": server, "output": output, "exit_status": status}
    first = output.partition("\n")[0]
    message = f"{name} {action} failed ({reason}): {first}" if first else f"{name} {action} failed ({reason})"
    return RegistryError("auth-helper-failed", message, **facts)

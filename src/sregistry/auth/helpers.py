"""Credential helpers: programs ``docker-credential-NAME`` that keep logins outside the file.

Protocol: ``get``, ``store`` or ``erase`` as the only argument; the server's key (for ``store`` a
JSON object) on standard input; a JSON object, or a message and a non-zero exit, on standard output.
Source: docker/docker-credential-helpers.

What a helper starts in the background (an agent, a cache) may keep its pipes open for ever: the helper's own end, and
a whole answer, are enough.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from typing import IO

from sregistry import gojson
from sregistry.auth.docker_config import BASIC, IDENTITY_TOKEN, Login
from sregistry.errors import RegistryError
from sregistry.http import redact
from sregistry.http.secret import HIDDEN, Secret
from sregistry.resources.errors import translate
from sregistry.scrubbing import PROCESS

#: The user name that says "the secret is an identity token".
TOKEN_USER = "<token>"  # noqa: S105

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_ANSWER = gojson.struct("ServerURL", "Username", "Secret")
_NOT_FOUND = "credentials not found"
#: How often it is looked whether the program has ended, in seconds.
_LOOK = 0.02
_PIECE = 1 << 16
#: No login is larger; the rest of an endless answer is read and forgotten.
_MOST = 1 << 20
_SHOWN_LINES = 5
_SHOWN_CHARACTERS = 400
_LOOKED_AT = 8 << 10
#: A long word of letters and digits in a helper's words may well be what it keeps.
_MIXED = re.compile(
    r"(?<![\w+/=.:@-])(?=[A-Za-z0-9+_=-]{0,80}[0-9])(?=[A-Za-z0-9+_=-]{0,80}[A-Za-z])[A-Za-z0-9+_=-]{16,}(?![\w/.:@-])"
)


def program(helper: str) -> str:
    """The program's name for a helper's name."""
    return f"docker-credential-{helper}"


def get(helper: str, server: str, environ: Mapping[str, str], *, timeout: float) -> Login | None:
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
        document = gojson.shaped(gojson.loads(answer), _ANSWER)
        username, secret = document["Username"], document["Secret"]
    except (ValueError, TypeError, KeyError):
        username = secret = None
    if not isinstance(username, str) or not isinstance(secret, str):
        message = f"{program(helper)} did not answer with a user name and a secret"
        raise RegistryError("auth-helper-malformed", message, helper=program(helper), server=server)
    if not secret:
        return None
    return Login(IDENTITY_TOKEN if username == TOKEN_USER else BASIC, username, Secret(secret))


def store(helper: str, server: str, login: Login, environ: Mapping[str, str], *, timeout: float) -> None:
    """Let `helper` keep `login`; raises as `get` does, and ``auth-login-malformed`` for what JSON cannot hold."""
    username = TOKEN_USER if login.kind == IDENTITY_TOKEN else login.username
    if not _is_text(username + login.secret.reveal()):
        message = f"{program(helper)} takes text only, and the user name or password is not UTF-8"
        raise RegistryError("auth-login-malformed", message, helper=program(helper), reason="it is not UTF-8")
    document = {"ServerURL": server, "Username": username, "Secret": login.secret.reveal()}
    _run(helper, "store", server, json.dumps(document), environ, timeout)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def erase(helper: str, server: str, environ: Mapping[str, str], *, timeout: float) -> None:
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
        raise RegistryError(
            "auth-helper-timeout", message, helper=name, server=server, timeout=timeout, setting="timeout_helper"
        ) from None
    except OSError as error:
        raise translate(error) or _failed(name, action, server, error.strerror or str(error)) from error
    if status == 0:
        return output
    if _NOT_FOUND in output.lower():
        return None
    raise _failed(name, action, server, f"exit status {status}", _shown(output, messages))


def _communicate(command: list[str], text: str, environ: Mapping[str, str], timeout: float) -> tuple[int, str, str]:
    """Run `command`; exit status, standard output and standard error.

    Its children are ended with it if it takes too long; those that it leaves behind when it ends are not.
    Raises subprocess.TimeoutExpired.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(environ),
        process_group=0,
    )
    try:
        pipes = _Pipes(process, text.encode("utf-8", "surrogateescape"))
        pipes.talk(time.monotonic() + timeout)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    finally:
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
    return process.returncode, pipes.output.decode("utf-8", "replace"), pipes.messages.decode("utf-8", "replace")


class _Pipes:
    """The pipes of a process, written and read until it has ended and all it said is here."""

    def __init__(self, process: subprocess.Popen[bytes], text: bytes) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._process = process
        self._text = memoryview(text)
        self._read: dict[int, bytearray] = {process.stdout.fileno(): bytearray(), process.stderr.fileno(): bytearray()}
        self._stdin: IO[bytes] | None = process.stdin
        self.output, self.messages = self._read.values()
        for pipe in (process.stdin, process.stdout, process.stderr):
            os.set_blocking(pipe.fileno(), False)

    def talk(self, deadline: float) -> None:
        """Write and read; raise subprocess.TimeoutExpired if there is no answer by the deadline."""
        with selectors.DefaultSelector() as selector:
            for number in self._read:
                selector.register(number, selectors.EVENT_READ)
            if self._stdin:
                selector.register(self._stdin.fileno(), selectors.EVENT_WRITE)
            while not self._over(selector):
                if time.monotonic() >= deadline:
                    raise subprocess.TimeoutExpired(self._process.args, 0.0)

    def _over(self, selector: selectors.BaseSelector) -> bool:
        """Go on for a moment; whether there is an answer."""
        ended = self._process.poll() is not None
        # What it said before its end is in the pipes by now.
        ready = selector.select(0 if ended else _LOOK) if selector.get_map() else []
        for key, _ in ready:
            self._move(key.fd, selector)
        if not any(number in self._read for number in selector.get_map()):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_LOOK)
            return self._process.returncode is not None
        if ended and not ready:
            if self._is_whole():
                return True
            time.sleep(_LOOK)
        return False

    def _is_whole(self) -> bool:
        """Whether a helper that has ended has said all; one that it has started may still be about to answer for it."""
        if self._process.returncode:
            return True
        try:
            json.loads(bytes(self.output))
        except (ValueError, RecursionError):
            return False
        return True

    def _move(self, number: int, selector: selectors.BaseSelector) -> None:
        """Write to or read from one pipe that is ready; unregister it at its end."""
        done = self._write(number) if number not in self._read else self._receive(number)
        if done:
            selector.unregister(number)
            if number not in self._read and self._stdin:
                with contextlib.suppress(OSError):
                    self._stdin.close()
                self._stdin = None

    def _write(self, number: int) -> bool:
        try:
            self._text = self._text[os.write(number, self._text[:_PIECE]) :] if self._text else self._text
        except BlockingIOError:
            return False
        except OSError:  # it does not read: what it answers counts all the same
            return True
        return not self._text

    def _receive(self, number: int) -> bool:
        try:
            data = os.read(number, _PIECE)
        except BlockingIOError:
            return False
        kept = self._read[number]
        kept += data[: max(0, _MOST - len(kept))]
        return not data


def _shown(output: str, messages: str) -> str:
    """The first lines a failed helper printed, if they cannot hold a secret."""
    if '"secret"' in output.lower():
        output = ""
    beginning = (output[:_LOOKED_AT] + "\n" + messages[:_LOOKED_AT]).splitlines()
    lines = [line.strip() for line in beginning if line.strip()]
    text = redact.assignments(redact.patterns("\n".join(lines[:_SHOWN_LINES])))
    return _MIXED.sub(HIDDEN, PROCESS.head(text, _SHOWN_CHARACTERS))


def _failed(name: str, action: str, server: str, reason: str, output: str = "") -> RegistryError:
    first = output.partition("\n")[0]
    message = f"{name} {action} failed ({reason}): {first}" if first else f"{name} {action} failed ({reason})"
    return RegistryError("auth-helper-failed", message, helper=name, server=server, output=output)

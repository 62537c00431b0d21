"""``login`` and ``logout``: the shared credentials file, or the helper it names, is changed.

A login is tried at the registry before it is kept; a logout removes every spelling of a registry
from every file in which a login for it would be found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sregistry.auth import docker_config, helpers
from sregistry.auth.credentials import Credential, CredentialFile, CredentialStore, docker_file, files, server_keys
from sregistry.auth.docker_config import BASIC, IDENTITY_TOKEN, DockerConfig, Login
from sregistry.errors import RegistryError
from sregistry.http.options import Options
from sregistry.http.secret import Secret
from sregistry.references import DOCKER_HUB, InvalidReference, parse

#: Asks the registry whether it accepts a login; raises RegistryError if not. Returns the identity
#: token that the registry gave in exchange, to be kept instead of the password, or None.
Test = Callable[[str, Credential], Secret | None]


@dataclass(frozen=True, slots=True)
class LoginResult:
    """What a login has done.

    Attributes:
        registry: canonical host[:port].
        kept_in: words for the file or helper.
        readable: the password lies in a file, only encoded.
        shadowed_by: another source that goes before the new login and would be used in its place.
        warnings: sources that could not be asked.
    """

    registry: str
    kept_in: str
    readable: bool
    shadowed_by: str | None
    warnings: tuple[RegistryError, ...]


@dataclass(frozen=True, slots=True)
class LogoutResult:
    """What a logout has done.

    Attributes:
        registry: canonical host[:port], with the path if one was given.
        removed_from: words for the files and helpers that had a login.
        remaining: the source of a login that is still found (an environment variable), if any.
        warnings: files and helpers that could not be changed.
    """

    registry: str
    removed_from: tuple[str, ...]
    remaining: str | None
    warnings: tuple[RegistryError, ...]


def login(options: Options, registry: str, username: str, secret: Secret, *, test: Test) -> LoginResult:
    """Try a login at `registry` and keep it where ``docker login`` would (or in ``--authfile``).

    Raises:
        RegistryError: what `test` raises; ``auth-file-…`` and ``auth-helper-…`` when it cannot be kept;
            ``auth-login-malformed``.
        InvalidReference: `registry` is not a host, or has a path.
    """
    host, path = read_registry(registry)
    if path:
        raise InvalidReference(
            "name-host", f"a login is for a whole registry, {registry!r} has a path", source=registry, suggestion=host
        )
    check(username, secret)
    given = Credential(BASIC, username, secret, "the command line", "command line")
    identity_token = test(host, given)
    kept = Login(IDENTITY_TOKEN, username, identity_token) if identity_token else Login(BASIC, username, secret)
    file = _written_file(options)
    config = docker_config.read(file.path, file.words) or DockerConfig(file.words)
    helper = config.helper([host])
    if helper:
        helpers.store(helper[0], server_keys(host)[0], kept, options.environ, timeout=options.timeouts.helper)
    entry = {} if helper else docker_config.entry(kept)
    docker_config.edit(file.path, file.words, lambda document: _put(document, host, entry))
    words = f"{helpers.program(helper[0])} ({helper[1]})" if helper else f"{file.words} (auths)"
    store = CredentialStore(_without_command_line(options))
    found = store.find(host)
    shadow = found.source if found and found.source != words else None
    return LoginResult(host, words, helper is None, shadow, store.warnings)


def check(username: str, secret: Secret) -> None:
    """Return for a user name and password that can be sent and kept.

    Raises:
        RegistryError: ``auth-login-malformed``: empty, a NUL byte, or a colon in the user name, with which Basic
            authentication cannot be told apart from the password (RFC 7617, section 2).
    """
    faults = (
        (not username, "user name", "it is empty"),
        (":" in username, "user name", "it has a colon in it, which ends a user name"),
        ("\0" in username, "user name", "it has a NUL byte in it"),
        (not secret, "password", "it is empty"),
        ("\0" in secret.reveal(), "password", "it has a NUL byte in it"),
    )
    for fault, what, reason in faults:
        if fault:
            message = f"the {what} cannot be used: {reason}"
            raise RegistryError("auth-login-malformed", message, field=what, reason=reason)


def logout(options: Options, registry: str) -> LogoutResult:
    """Remove every login for `registry` (``host[:port]``, or ``host/path`` for that path only).

    With ``--authfile`` only that file is changed. Files and helpers that cannot be changed are warnings.

    Raises:
        InvalidReference: `registry` is not a host.
    """
    host, path = read_registry(registry)
    scope = f"{host}/{path}" if path else host
    removed: list[str] = []
    warnings: list[RegistryError] = []
    for file in files(options)[: 1 if options.authfile else None]:
        try:
            config = docker_config.read(file.path, file.words)
            if config is None:
                continue
            helper = None if path else config.helper([host])
            if helper and _erase(helper[0], host, options, warnings):
                removed.append(f"{helpers.program(helper[0])} ({helper[1]})")
            if docker_config.edit(file.path, file.words, lambda document: _remove(document, scope)):
                removed.append(f"{file.words} (auths)")
        except RegistryError as error:
            warnings.append(error)
    return LogoutResult(scope, tuple(removed), _remaining(options, host, path, warnings), tuple(warnings))


def read_registry(text: str) -> tuple[str, str]:
    """Host and path of what a person calls a registry; Docker Hub for nothing.

    Raises:
        InvalidReference: `text` is not a host[:port][/path].
    """
    key = docker_config.normal_key(text.strip() or DOCKER_HUB)
    host, _, path = key.partition("/")
    name = host if ":" in host or host == "localhost" else f"{host}:443"
    try:
        parse(f"docker://{name}/{path or 'name'}")
    except InvalidReference as error:
        raise InvalidReference("name-host", f"{text!r} is not the name of a registry", source=text) from error
    return host, path


def _written_file(options: Options) -> CredentialFile:
    return files(options)[0] if options.authfile else docker_file(options)


def _put(document: dict[str, Any], host: str, entry: dict[str, str]) -> bool:
    """Make `entry` the only one for the whole of `host`; always a change."""
    auths = document.setdefault("auths", {})
    if not isinstance(auths, dict):
        auths = document["auths"] = {}
    docker_config.drop(document, lambda key: key == host)
    auths[server_keys(host)[0]] = entry
    return True


def _remove(document: dict[str, Any], scope: str) -> bool:
    """Remove every key that means `scope` or a path below it; whether there was one."""
    return docker_config.drop(document, lambda key: f"{key}/".startswith(f"{scope}/"))


def _erase(helper: str, host: str, options: Options, warnings: list[RegistryError]) -> bool:
    """Let a helper forget every key for `host`; whether it had one (not all of them say so on ``erase``)."""
    erased = False
    if helper in _hanging(warnings):
        return False
    try:
        for key in server_keys(host):
            if helpers.get(helper, key, options.environ, timeout=options.timeouts.helper):
                helpers.erase(helper, key, options.environ, timeout=options.timeouts.helper)
                erased = True
    except RegistryError as error:
        warnings.append(error)
    return erased


def _hanging(warnings: Sequence[RegistryError]) -> set[str]:
    """The helpers that have not answered, so that none is waited for twice."""
    late = [error.facts["helper"] for error in warnings if error.code == "auth-helper-timeout"]
    return {name.removeprefix(helpers.program("")) for name in late}


def _remaining(options: Options, host: str, path: str, warnings: Sequence[RegistryError]) -> str | None:
    try:
        found = CredentialStore(_without_command_line(options), _hanging(warnings)).find(host, path)
    except RegistryError:
        return None
    return found.source if found else None


def _without_command_line(options: Options) -> Options:
    return replace(options, username=None, password=None)

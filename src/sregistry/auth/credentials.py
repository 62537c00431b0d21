"""Which login goes to which registry: the documented order of sources (docs/credentials.md).

    1. user name and password of the command line
    2. the file of ``--authfile``
    3. environment: SREGISTRY_DOCKERHUB_*, APPTAINER_DOCKER_*, SINGULARITY_DOCKER_* (USERNAME, PASSWORD), and the
       same names in the file of clients
    4. files, see `files`

1 and 3 go to the registry that the reference names, whichever it is, never to a mirror of it. In a
file a helper goes before the login in the file itself, as Docker has it. What goes wrong with one
source is a warning, and the next one is asked; at the end the pull goes on anonymously.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sregistry.auth import docker_config, helpers
from sregistry.auth.docker_config import BASIC, DockerConfig, Login
from sregistry.errors import RegistryError
from sregistry.http import waits
from sregistry.http.options import Options, file_words
from sregistry.http.secret import Secret
from sregistry.references import DOCKER_HUB

_BLANKS = {"\n": "a line feed", "\r": "a carriage return", " ": "a blank", "\t": "a tab"}
#: Prefixes of the variables …_USERNAME and …_PASSWORD, in order.
VARIABLES = ("SREGISTRY_DOCKERHUB", "APPTAINER_DOCKER", "SINGULARITY_DOCKER")


@dataclass(frozen=True, slots=True)
class Credential:
    """A login and where it came from.

    Attributes:
        kind: ``basic``, ``identity-token`` or ``registry-token``, see `docker_config.Login`.
        username: may be empty with tokens.
        source: words such as ``~/.docker/config.json (auths)`` or
            ``docker-credential-pass (credsStore in ~/.docker/config.json)``.
        origin: the same for programs: ``command line``, ``environment``, ``clients``, ``helper`` or ``file``.
        origin_name: prefix of the variables, name of the helper, the file.
    """

    kind: str
    username: str
    secret: Secret
    source: str
    origin: str = "file"
    origin_name: str = ""

    @property
    def oddity(self) -> str | None:
        """What at its ends hardly belongs to it, in words that do not tell it: a line feed that ``echo`` added, say."""
        for what, text in (("password", self.secret.reveal()), ("user name", self.username)):
            for verb, end in (("ends", text[-1:]), ("begins", text[:1])):
                if end.isspace():
                    return f"{what} {verb} with {_BLANKS.get(end, 'white space')}"
        return None


def login_facts(credential: Credential | None) -> dict[str, Any]:
    """The facts about the login that was sent; ``credential_source`` None for an anonymous request."""
    if credential is None:
        return {"credential_source": None}
    origin = {"kind": credential.origin, "name": credential.origin_name}
    return {"credential_source": credential.source, "credential_origin": origin}


@dataclass(frozen=True, slots=True)
class CredentialFile:
    """A credentials file that may be there, and how it is called in messages."""

    path: Path
    words: str


def files(options: Options) -> list[CredentialFile]:
    """The credentials files in the order in which they are asked, whether they exist or not."""
    environ, home = options.environ, options.home
    paths = [options.authfile] if options.authfile else []
    if environ.get("REGISTRY_AUTH_FILE"):
        paths.append(Path(environ["REGISTRY_AUTH_FILE"]))
    else:
        if environ.get("XDG_RUNTIME_DIR"):
            paths.append(Path(environ["XDG_RUNTIME_DIR"], "containers", "auth.json"))
        paths.append(Path(environ.get("XDG_CONFIG_HOME") or home / ".config", "containers", "auth.json"))
    paths.append(docker_file(options).path)
    paths.append(Path(environ.get("APPTAINER_CONFIGDIR") or home / ".apptainer", "docker-config.json"))
    paths.append(home / ".singularity" / "docker-config.json")
    paths.append(home / ".dockercfg")
    return [_file(path, options) for path in dict.fromkeys(paths)]


def docker_file(options: Options) -> CredentialFile:
    """The file that ``docker login`` writes: in DOCKER_CONFIG, else in ``~/.docker``."""
    folder = options.environ.get("DOCKER_CONFIG") or options.home / ".docker"
    return _file(Path(folder, "config.json"), options)


def _file(path: Path, options: Options) -> CredentialFile:
    return CredentialFile(path, file_words(path, options.home))


def server_keys(host: str) -> list[str]:
    """The keys under which helpers keep the login for `host` (a normal key)."""
    return [docker_config.DOCKER_HUB_KEY, DOCKER_HUB] if host == DOCKER_HUB else [host]


class CredentialStore:
    """Finds logins by the order of this module; asks every file and helper once. Thread-safe.

    Args:
        options: where to look.
        hanging: names of helpers that are known not to answer; they are not asked.
    """

    def __init__(self, options: Options, hanging: Collection[str] = ()) -> None:
        self._options = options
        self._lock = threading.RLock()
        self._configs: list[DockerConfig] | None = None
        self._helped: dict[tuple[str, str], Login | None] = {}
        self._hanging = set(hanging)
        self._warnings: dict[str, RegistryError] = {}

    @property
    def warnings(self) -> tuple[RegistryError, ...]:
        """What went wrong with sources asked so far, each once, in order; none of it has stopped anything."""
        with self._lock:
            return tuple(self._warnings.values())

    def find(self, registry: str, repository: str = "", *, mirror: bool = False) -> Credential | None:
        """The login for `repository` at `registry`; None for anonymous.

        Args:
            registry: host[:port] in any spelling.
            repository: for keys with a path; the longest match wins within a file.
            mirror: `registry` is a mirror: only what a file says about that very host applies.

        Raises:
            RegistryError: ``setting-authfile`` when the file of ``--authfile`` cannot be used.
        """
        with self._lock:
            scopes = docker_config.scopes(registry, repository)
            return next((found for found in self._found(scopes, mirror) if found), None)

    def others(self, registry: str, repository: str, sent: Credential) -> list[str]:
        """Files that hold another login than `sent` for the same place; no helper is asked for this."""
        scopes = docker_config.scopes(registry, repository)
        with self._lock:
            return [config.file for config in self._files() if self._differs(config, scopes, sent)]

    @staticmethod
    def _differs(config: DockerConfig, scopes: list[str], sent: Credential) -> bool:
        try:
            login = config.login(scopes)
        except RegistryError:
            return False
        if login is None or (sent.origin == "file" and sent.origin_name == config.file):
            return False
        return (login.username, login.secret.reveal()) != (sent.username, sent.secret.reveal())

    def http_headers(self) -> Mapping[str, Secret]:
        """The ``HttpHeaders`` of the first file that has some, for requests to the registry itself."""
        with self._lock:
            return next((config.http_headers for config in self._files() if config.http_headers), {})

    def _found(self, scopes: list[str], mirror: bool) -> Iterator[Credential | None]:
        """What each source has, in order; sources are asked as the answers are taken."""
        configs = self._files()
        first = 1 if self._options.authfile else 0
        if not mirror:
            yield self._from_command_line()
        for config in configs[:first]:
            yield self._from_file(config, scopes)
        if not mirror:
            yield self._from_environment()
        for config in configs[first:]:
            yield self._from_file(config, scopes)

    def _from_command_line(self) -> Credential | None:
        if self._options.password is None:
            return None
        return Credential(
            BASIC, self._options.username or "", self._options.password, "the command line", "command line"
        )

    def _from_environment(self) -> Credential | None:
        options = self._options
        return self._from_variables(options.environ, "environment") or self._from_variables(
            options.kept, options.kept_in
        )

    def _from_variables(self, values: Mapping[str, str], where: str) -> Credential | None:
        for prefix in VARIABLES:
            username = values.get(f"{prefix}_USERNAME", "")
            password = values.get(f"{prefix}_PASSWORD", "")
            if username and password:
                origin = "environment" if values is self._options.environ else "clients"
                named = prefix if origin == "environment" else where
                return Credential(BASIC, username, Secret(password), f"{prefix}_USERNAME ({where})", origin, named)
            if username or password:
                self._warn(_incomplete(prefix, missing="PASSWORD" if username else "USERNAME"))
        return None

    def _files(self) -> list[DockerConfig]:
        if self._configs is None:
            configs = [self._read(file) for file in files(self._options)]
            self._configs = [config for config in configs if config]
        return self._configs

    def _read(self, file: CredentialFile) -> DockerConfig | None:
        asked_for = file.path == self._options.authfile
        try:
            config = docker_config.read(file.path, file.words)
        except RegistryError as error:
            if asked_for:
                raise RegistryError(
                    "setting-authfile", error.message, setting="authfile", **error.facts
                ) from error.__cause__
            self._warn(error)
            return None
        if config is None and file.path == Path(self._options.environ.get("REGISTRY_AUTH_FILE") or "/"):
            self._warn(_no_such_file(file.words))
        if config is None and asked_for:
            message = f"there is no file {file.words}"
            raise RegistryError("setting-authfile", message, setting="authfile", file=file.words)
        return config

    def _from_file(self, config: DockerConfig, scopes: list[str]) -> Credential | None:
        helper = config.helper(scopes)
        if helper:
            name, where = helper
            login = self._ask(name, scopes[-1], where)
            if login:
                source = f"{helpers.program(name)} ({where})"
                return Credential(login.kind, login.username, login.secret, source, "helper", helpers.program(name))
        try:
            login = config.login(scopes)
        except RegistryError as error:
            self._warn(error)
            return None
        if login is None:
            return None
        return Credential(login.kind, login.username, login.secret, f"{config.file} (auths)", "file", config.file)

    def _ask(self, helper: str, host: str, where: str) -> Login | None:
        """Ask a helper under every key for `host`, once; a failure is a warning. One that hangs is asked no more."""
        if helper in self._hanging:
            return None
        if (helper, host) not in self._helped:
            self._helped[helper, host] = None
            try:
                answers = (self._answer(helper, key) for key in server_keys(host))
                self._helped[helper, host] = next((login for login in answers if login), None)
            except RegistryError as error:
                error.facts["configured_in"] = where
                self._warn(error)
                if error.code == "auth-helper-timeout":
                    self._hanging.add(helper)
        return self._helped[helper, host]

    def _answer(self, helper: str, key: str) -> Login | None:
        with waits.current().during(f"the credential helper {helpers.program(helper)}"):
            return helpers.get(helper, key, self._options.environ, timeout=self._options.timeouts.helper)

    def _warn(self, error: RegistryError) -> None:
        self._warnings.setdefault(str(error), error)


def _no_such_file(words: str) -> RegistryError:
    message = f"REGISTRY_AUTH_FILE names {words}, and there is no such file"
    return RegistryError("auth-file-unreadable", message, file=words, variable="REGISTRY_AUTH_FILE")


def _incomplete(prefix: str, missing: str) -> RegistryError:
    other = "USERNAME" if missing == "PASSWORD" else "PASSWORD"
    return RegistryError(
        "auth-variable-incomplete",
        f"{prefix}_{other} is set and {prefix}_{missing} is not; neither is used",
        setting=f"{prefix}_{missing}",
    )

"""The credentials file that Docker, Podman and Apptainer share: bytes ─► `DockerConfig`, and edits of it.

    {"auths":       {"ghcr.io": {"auth": base64("user:password"), "identitytoken": …, "registrytoken": …}},
     "credHelpers": {"123.dkr.ecr.eu-west-1.amazonaws.com": "ecr-login"},
     "credsStore":  "desktop",
     "HttpHeaders": {"X-Meta-Team": "genomics"}}

Sources: docker/cli, ``config.json``; containers-auth.json(5), for keys with a path and for the
order of matches.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import fcntl
import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sregistry import gojson
from sregistry.errors import RegistryError
from sregistry.http.secret import Secret, octets
from sregistry.references import DOCKER_HUB, DOCKER_HUB_ALIASES

BASIC, IDENTITY_TOKEN, REGISTRY_TOKEN = "basic", "identity-token", "registry-token"

#: The key under which Docker keeps the login for Docker Hub.
DOCKER_HUB_KEY = "https://index.docker.io/v1/"
_ENTRY = gojson.struct("auth", "username", "password", "email", "serveraddress", "identitytoken", "registrytoken")
_CONFIG = gojson.struct("credsStore", auths=gojson.Map(_ENTRY), credHelpers=gojson.Map(), HttpHeaders=gojson.Map())
_SIZE_LIMIT = 4 << 20
#: Seconds to wait for others that edit the same file; each takes milliseconds.
_LOCK_PATIENCE = 5.0
_API_PATHS = ("v1", "v2")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
#: Headers that the protocol itself sets; ``HttpHeaders`` cannot.
_OWN_HEADERS = frozenset(
    {"accept", "authorization", "connection", "content-length", "host", "range", "transfer-encoding"}
)


@dataclass(frozen=True, slots=True)
class Login:
    """One usable entry of ``auths``.

    Attributes:
        kind: ``basic`` (user name and password), ``identity-token`` (an OAuth2 refresh token) or
            ``registry-token`` (a bearer token to be sent as it is).
    """

    kind: str
    username: str
    secret: Secret


@dataclass(frozen=True, slots=True)
class DockerConfig:
    """What one credentials file says; values of ``auths`` are read only when one is asked for."""

    file: str
    auths: Mapping[str, Any] = field(default_factory=dict, repr=False)
    cred_helpers: Mapping[str, str] = field(default_factory=dict)
    creds_store: str | None = None
    http_headers: Mapping[str, Secret] = field(default_factory=dict)

    def helper(self, scopes: list[str]) -> tuple[str, str] | None:
        """The helper for the first of `scopes` that has one: its name and where that is said."""
        for scope in scopes:
            for key in matching_keys(self.cred_helpers, scope):
                return self.cred_helpers[key], f"credHelpers in {self.file}"
        return (self.creds_store, f"credsStore in {self.file}") if self.creds_store else None

    def login(self, scopes: list[str]) -> Login | None:
        """The login stored in the file itself for the first of `scopes` that has one.

        Raises:
            RegistryError: ``auth-entry-malformed`` when the entry cannot be read.
        """
        for scope in scopes:
            for key in matching_keys(self.auths, scope):
                login = _login(self.auths[key], key, self.file)
                if login:
                    return login
        return None


def scopes(registry: str, repository: str = "") -> list[str]:
    """The normal keys that apply to a repository, the most exact one first; the last is the host."""
    host = normal_key(registry)
    parts = [part for part in repository.split("/") if part]
    return ["/".join([host, *parts[:count]]) for count in range(len(parts), -1, -1)]


def normal_key(key: str) -> str:
    """One spelling for every way to write the same key: ``host[:port][/path]``.

    Docker Hub's names become ``docker.io``, a scheme and what it implies (path, default port) go,
    and so does the path of an API. A key with a scheme stands for the whole host.
    """
    scheme, separator, rest = key.partition("://")
    host, _, path = (rest if separator else key).partition("/")
    host = host.lower().removesuffix(":80" if separator and scheme.lower() == "http" else ":443")
    if host in DOCKER_HUB_ALIASES:
        host = DOCKER_HUB
    path = path.strip("/")
    return host if separator or not path or path in _API_PATHS else f"{host}/{path}"


def matching_keys(table: Mapping[str, Any], scope: str) -> list[str]:
    """The keys of `table` that mean `scope` (a normal key): Docker's own spelling first."""
    own = DOCKER_HUB_KEY if scope == DOCKER_HUB else scope
    return sorted((key for key in table if normal_key(key) == scope), key=lambda key: (key != own, "://" in key, key))


def read(path: Path, words: str) -> DockerConfig | None:
    """Read the file at `path`, called `words` in messages; None if there is none.

    Raises:
        RegistryError: ``auth-file-unreadable`` or ``auth-file-malformed``.
    """
    data = _content(path, words)
    return None if data is None else parse(data, words)


def parse(data: bytes, file: str) -> DockerConfig:
    """Read the content of a credentials file.

    Parts that have the wrong type are left out, as Docker does with parts it does not know.

    Raises:
        RegistryError: ``auth-file-malformed`` when `data` is no JSON object.
    """
    document = _document(data, file)
    store = document.get("credsStore")
    return DockerConfig(
        file=file,
        auths={**_bare_entries(document), **_table(document, "auths")},
        cred_helpers={key: name for key, name in _table(document, "credHelpers").items() if isinstance(name, str)},
        creds_store=store if isinstance(store, str) and store else None,
        http_headers=_headers(_table(document, "HttpHeaders")),
    )


def entry(login: Login) -> dict[str, str]:
    """The entry of ``auths`` that keeps `login`; the inverse of what `DockerConfig.login` reads."""
    secret = login.secret.reveal()
    if login.kind == REGISTRY_TOKEN:
        return {"registrytoken": secret}
    password = secret if login.kind == BASIC else ""
    auth = base64.b64encode(octets(f"{login.username}:{password}")).decode("ascii")
    return {"auth": auth} if login.kind == BASIC else {"auth": auth, "identitytoken": secret}


def drop(document: dict[str, Any], meant: Callable[[str], bool]) -> bool:
    """Remove every entry whose normal key is `meant`, in ``auths`` and beside it; whether there was one."""
    auths = document.get("auths")
    found = [(auths, key) for key in auths if meant(normal_key(key))] if isinstance(auths, dict) else []
    found += [(document, key) for key in _bare_entries(document) if meant(normal_key(key))]
    for table, key in found:
        del table[key]
    return bool(found)


def edit(path: Path, words: str, change: Callable[[dict[str, Any]], bool]) -> bool:
    """Let `change` alter the document at `path` and write it back if it returns True.

    The file is replaced in one step and has mode 0600 afterwards; everything that `change` leaves
    alone stays as it was, in its order. A symbolic link is kept, the file it points to is replaced.

    Returns:
        Whether the file was written.

    Raises:
        RegistryError: ``auth-file-unreadable``, ``auth-file-malformed`` or ``auth-file-unwritable``.
    """
    try:
        target = path.resolve()
        if not target.parent.is_dir():
            data = _content(path, words)
            if not change({} if data is None else _document(data, words)):
                return False
            _make_folder(target.parent)
        with _alone(target.parent):
            return _edit(path, target, words, change)
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of symbolic links
        reason = getattr(error, "strerror", None) or str(error)
        raise RegistryError(
            "auth-file-unwritable",
            f"{words} could not be written: {reason}",
            file=words,
            errno=getattr(error, "errno", None),
        ) from error


def _edit(path: Path, target: Path, words: str, change: Callable[[dict[str, Any]], bool]) -> bool:
    data = _content(path, words)
    document = {} if data is None else _document(data, words)
    if not change(document):
        return False
    text = json.dumps(document, indent="\t", ensure_ascii=False) + "\n"
    _replace(target, text.encode("utf-8", "surrogatepass"))
    return True


def _make_folder(folder: Path) -> None:
    """Make a folder and its parents for their owner only, whatever the umask."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        with contextlib.suppress(FileExistsError):
            place.mkdir(mode=0o700)
            place.chmod(0o700)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Edit files in `folder` while no other process like this one does, so that none's change is lost.

    Docker itself takes no lock, so a folder that cannot be locked, or stays locked, is no reason to stop.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        yield
        return
    try:
        end = time.monotonic() + _LOCK_PATIENCE
        while not _locked(descriptor) and time.monotonic() < end:
            time.sleep(0.02)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # such as on NFS, where a folder cannot be locked
        return True
    return True


def _content(path: Path, words: str) -> bytes | None:
    try:
        with path.open("rb") as file:
            data = file.read(_SIZE_LIMIT + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise RegistryError(
            "auth-file-unreadable",
            f"{words} could not be read: {reason}",
            file=words,
            errno=getattr(error, "errno", None),
        ) from error
    if len(data) > _SIZE_LIMIT:
        raise _malformed(words, f"it is larger than {_SIZE_LIMIT >> 20} MiB")
    return data


def _document(data: bytes, file: str) -> dict[str, Any]:
    if not data.strip():
        return {}
    try:
        document = gojson.read(data, _CONFIG)
    except gojson.JsonError as error:
        raise _malformed(file, error.reason, **({"line": error.line} if error.line else {})) from error
    if not isinstance(document, dict):
        raise _malformed(file, "it is not a JSON object")
    return document


def _malformed(file: str, reason: str, **facts: Any) -> RegistryError:
    place = f", line {facts['line']}" if "line" in facts else ""
    return RegistryError(
        "auth-file-malformed", f"{file} is not a credentials file{place}: {reason}", file=file, reason=reason, **facts
    )


def _bare_entries(document: Mapping[str, Any]) -> dict[str, Any]:
    """Entries without ``auths`` around them, as in the ``.dockercfg`` of 2014 and Kubernetes' secrets of that name."""
    found = {name: gojson.shaped(value, _ENTRY) for name, value in document.items() if name not in _CONFIG.fields}
    return {name: value for name, value in found.items() if isinstance(value, dict) and value.keys() & _ENTRY.fields}


def _table(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = document.get(name)
    return table if isinstance(table, dict) else {}


def _headers(table: Mapping[str, Any]) -> Mapping[str, Secret]:
    """The headers of `table` that can be sent: no control characters, none of the protocol's own."""
    return {
        name: Secret(value.strip())
        for name, value in table.items()
        if isinstance(value, str) and value.isascii() and value.strip().isprintable()
        if _HEADER.fullmatch(name) and name.lower() not in _OWN_HEADERS
    }


def _login(value: Any, key: str, file: str) -> Login | None:
    """Read one entry of ``auths``; None when it is empty (the login is with a helper)."""
    if not isinstance(value, dict | None):
        raise _bad_entry(key, file, "it is not a JSON object")
    texts = {name: text for name, text in (value or {}).items() if isinstance(text, str) and text}
    username, password = texts.get("username", ""), texts.get("password", "")
    if "auth" in texts:
        username, password = _decoded(texts["auth"], key, file)
    if "registrytoken" in texts:
        if not texts["registrytoken"].strip().isascii() or not texts["registrytoken"].strip().isprintable():
            raise _bad_entry(key, file, '"registrytoken" is no text that can be sent')
        return Login(REGISTRY_TOKEN, username, Secret(texts["registrytoken"]))
    if "identitytoken" in texts:
        return Login(IDENTITY_TOKEN, username, Secret(texts["identitytoken"]))
    return Login(BASIC, username, Secret(password)) if username or password else None


def _decoded(auth: str, key: str, file: str) -> tuple[str, str]:
    """User name and password out of ``base64(user:password)``."""
    packed = "".join(auth.split()).rstrip("=")
    try:
        text = base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError):
        raise _bad_entry(key, file, '"auth" is not base64 text') from None
    username, colon, password = text.partition(":")
    if not colon:
        raise _bad_entry(key, file, '"auth" has no colon between user name and password')
    return username, password.strip("\x00")


def _bad_entry(key: str, file: str, reason: str) -> RegistryError:
    message = f"the login for {key} in {file} cannot be read: {reason}"
    return RegistryError("auth-entry-malformed", message, file=file, key=key, reason=reason)


def _replace(path: Path, data: bytes) -> None:
    """Put `data` in the place of the file at `path`, mode 0600, in one step."""
    with _temporary(path) as (descriptor, temporary):
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o600)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)


@contextlib.contextmanager
def _temporary(path: Path) -> Iterator[tuple[int, Path]]:
    """A new file beside `path` (mode 0600), removed if it is still there at the end."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        yield descriptor, Path(name)
    finally:
        Path(name).unlink(missing_ok=True)

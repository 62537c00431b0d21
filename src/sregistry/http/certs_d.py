"""``certs.d``: certificates kept in a folder per registry, as Docker and Podman read them.

``*.crt`` are certificate authorities, ``X.cert`` with ``X.key`` is the client's certificate. The
first folder that exists for a host is the one that counts. Source: containers-certs.d(5).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sregistry.errors import RegistryError
from sregistry.http.options import Options, file_words
from sregistry.references import DOCKER_HUB, DOCKER_HUB_ALIASES


@dataclass(frozen=True, slots=True)
class CertFiles:
    """The certificates for one registry.

    Attributes:
        ca: certificate authorities, trusted besides the usual ones.
        client: certificate and key to show to the registry.
        source: the folder, as people write it; None if there is none.
    """

    ca: tuple[Path, ...] = ()
    client: tuple[Path, Path] | None = None
    source: str | None = None


def find(options: Options, host: str) -> CertFiles:
    """The certificates kept for `host` (host[:port]).

    Raises:
        RegistryError: ``tls-client-certificate`` when a certificate or its key is missing,
            ``tls-certs-unreadable`` when the folder cannot be listed.
    """
    for folder in _folders(options, host):
        words = file_words(folder, options.home)
        try:
            if folder.is_dir():
                return _read(sorted(folder.iterdir()), words)
        except OSError as error:
            message = f"the certificates in {words} could not be read: {error.strerror}"
            raise RegistryError("tls-certs-unreadable", message, file=words, errno=error.errno) from error
    return CertFiles()


def folders(options: Options) -> list[Path]:
    """The folders called ``certs.d``, the user's before the system's."""
    return [
        options.home / ".config" / "containers" / "certs.d",
        options.home / ".docker" / "certs.d",
        options.etc / "containers" / "certs.d",
        options.etc / "docker" / "certs.d",
    ]


def _folders(options: Options, host: str) -> Iterator[Path]:
    for parent in folders(options):
        for name in _names(host):
            yield parent / name


def _names(host: str) -> list[str]:
    """The names under which certificates for `host` are kept; a "/" or a dot name never is one."""
    host = host.lower()
    bare = host.removesuffix(":443")
    names = [DOCKER_HUB, *sorted(DOCKER_HUB_ALIASES - {DOCKER_HUB})] if bare in DOCKER_HUB_ALIASES else [bare]
    if not bare.rpartition(":")[2].isdigit() or bare.endswith("]"):
        names.append(f"{bare}:443")
    return [name for name in names if "/" not in name and "\x00" not in name and name not in ("", ".", "..")]


def _read(files: list[Path], words: str) -> CertFiles:
    names = {file.name: file for file in files}
    client = None
    for name, file in names.items():
        partner = {".cert": ".key", ".key": ".cert"}.get(file.suffix)
        if partner is None:
            continue
        if file.stem + partner not in names:
            raise RegistryError(
                "tls-client-certificate",
                f"{words} has {name} but not {file.stem + partner}; a client certificate needs both",
                file=f"{words}/{name}",
                missing=file.stem + partner,
            )
        if client is None:
            client = (names[f"{file.stem}.cert"], names[f"{file.stem}.key"])
    return CertFiles(tuple(file for file in files if file.suffix == ".crt"), client, words)

"""The one table of settings: `Settings` has one field per setting, its row is the field's metadata.

A setting has one name everywhere: ``jobs`` in this table and in the configuration file,
``SREGISTRY_JOBS`` in the environment, ``--jobs`` on the command line where a command offers it.
`docs/settings.md` is generated from these rows. Credentials are not settings: they are read by the
registry room, which never shows them.
"""

# ruff: noqa: RUF009 - a row is a dataclasses.field with its metadata, not a shared mutable default

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

from sregistry.settings import values
from sregistry.settings.values import Compression, Kind

PREFIX = "SREGISTRY_"
DEFAULT = "default"
COMMAND_LINE = "command line"
#: Where a setting stands that is an argument of one call, in the words of its errors.
CALL = "the call"


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable that sets a setting.

    Attributes:
        name: the variable.
        negated: its yes means no (``SREGISTRY_HTTPS_NOVERIFY``).
        inside: folder to use inside the one it names, so that the files of two programs stay apart.
    """

    name: str
    negated: bool = False
    inside: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What the table says about one setting; `default` may be a template, see `load`."""

    name: str
    section: str
    kind: Kind
    default: Any
    meaning: str
    variables: tuple[Variable, ...]

    def show(self, value: Any) -> str:
        """`value` as a person would write it; never a password."""
        return "" if value is None else self.kind.show(value)


def _row(section: str, kind: Kind, default: Any, meaning: str, *old: Variable | str) -> Any:
    """A field of `Settings`; `old` are the further environment names, strongest first."""
    variables = tuple(name if isinstance(name, Variable) else Variable(name) for name in old)
    about = {"section": section, "kind": kind, "default": default, "meaning": meaning, "old": variables}
    template = kind is values.PATH and default is not None
    return field(default=MISSING if template else default, metadata=about, repr=kind is not values.DATABASE_URL)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting with its value; made by `load`, which also knows where each value came from."""

    client: str = _row("general", values.TEXT, "docker", "client for a reference without a scheme")
    default_registry: str = _row(
        "general", values.TEXT, "docker.io", "registry of a name that has no host in it", "SREGISTRY_DOCKERHUB_BASE"
    )
    platform: str | None = _row(
        "general", values.TEXT, None, "platform to pull, OS/ARCH[/VARIANT]; unset is that of this machine"
    )
    jobs: int = _row(
        "general",
        values.COUNT,
        0,
        "threads that convert layers; 0 is one for each processor this process may use",
        "SREGISTRY_PYTHON_THREADS",
    )
    compression: Compression = _row(
        "general", values.COMPRESSION, Compression("gzip"), "compression of the image: CODEC or CODEC:LEVEL"
    )
    exact: bool = _row(
        "general",
        values.FLAG,
        False,
        "keep the files of an image as its layers have them, also what ordinary users cannot unpack",
    )
    shell: str | None = _row(
        "general",
        values.choice("ipython", "bpython", "python"),
        None,
        "shell that `sregistry shell` opens; unset is the first of ipython, bpython, python that is installed",
    )
    debug: bool = _row("general", values.FLAG, False, "print each exchange with a registry")
    offline: bool = _row("general", values.FLAG, False, "ask no registry; what is here has to do")
    second_look: bool = _row(
        "general", values.FLAG, True, "after a failure, ask a few more questions to find its cause"
    )

    database: Path = _row("places", values.PATH, "{data_home}/sregistry", "folder of the image database, sregistry.db")
    database_url: str | None = _row(
        "places", values.DATABASE_URL, None, "database to use instead of the file, e.g. postgresql://host/name"
    )
    storage: Path = _row("places", values.PATH, "{database}/images", "folder of the images")
    cache_dir: Path = _row(
        "places",
        values.PATH,
        "{cache_home}/sregistry",
        "folder of converted layers, kept for the next pull",
        "SREGISTRY_CACHEDIR",
        Variable("APPTAINER_CACHEDIR", inside="sregistry"),
        Variable("SINGULARITY_CACHEDIR", inside="sregistry"),
    )
    tmpdir: Path = _row(
        "places",
        values.PATH,
        "/tmp",  # noqa: S108 - files in it are made by mkstemp
        "folder of temporary files",
        "APPTAINER_TMPDIR",
        "SINGULARITY_TMPDIR",
        "TMPDIR",
    )
    client_secrets: Path = _row(
        "places", values.PATH, "{home}/.sregistry", "file with the settings of clients and end points"
    )
    mode: int | None = _row(
        "places", values.MODE, None, "mode of new files; unset, images follow the umask and the cache is yours alone"
    )

    use_database: bool = _row(
        "store",
        values.FLAG,
        True,
        "record images in the database",
        Variable("SREGISTRY_DISABLE", negated=True),
        Variable("SINGULARITY_DISABLE_CACHE", negated=True),
    )
    use_cache: bool = _row(
        "store",
        values.FLAG,
        True,
        "keep converted layers for the next pull; if not, they are in `tmpdir` until the pull ends",
        Variable("APPTAINER_DISABLE_CACHE", negated=True),
        Variable("SINGULARITY_DISABLE_CACHE", negated=True),
    )
    lock_timeout: float = _row(
        "store", values.DURATION, 600.0, "longest wait for another process that is at the same work"
    )
    database_timeout: float = _row(
        "store", values.DURATION, 60.0, "longest wait for a database that other processes are using"
    )

    tls_verify: bool = _row(
        "network",
        values.FLAG,
        True,
        "check the certificates of registries",
        Variable("SREGISTRY_HTTPS_NOVERIFY", negated=True),
    )
    plain_http: bool | None = _row(
        "network",
        values.FLAG,
        None,
        "speak http to registries; unset is https, and http where a loopback address does not answer TLS",
        "APPTAINER_NOHTTPS",
        "SINGULARITY_NOHTTPS",
        "SREGISTRY_DOCKERHUB_NOHTTPS",
        "SREGISTRY_DOCKERHUB_NO_HTTPS",
    )
    cacert: Path | None = _row("network", values.PATH, None, "file of CA certificates trusted besides the system's")
    authfile: Path | None = _row(
        "network", values.PATH, None, "credentials file that goes before all others", "SREGISTRY_DOCKERHUB_SECRETS"
    )
    registries_conf: Path | None = _row(
        "network",
        values.PATH,
        None,
        "registries.conf to read instead of the user's and the system's",
        "CONTAINERS_REGISTRIES_CONF",
    )
    web_sources: tuple[str, ...] = _row(
        "network",
        values.SOURCES,
        (),
        "other sources of files on the web: `galaxy` (quay.io/biocontainers for depot.galaxyproject.org), or a table "
        "ADDRESS = REFERENCE",
    )
    ip_family: str = _row("network", values.choice("any", "ipv4", "ipv6"), "any", "addresses to connect to")

    timeout_connect: float = _row(
        "time", values.DURATION, 6.0, "wait for a name to be resolved, and for a connection with its TLS handshake"
    )
    timeout_read: float = _row("time", values.DURATION, 10.0, "wait for the next bytes of an answer")
    timeout_document: float = _row("time", values.DURATION, 12.0, "wait for a whole manifest, token or list of tags")
    timeout_stall: float = _row(
        "time", values.DURATION, 12.0, "a layer that brings almost nothing for so long has stalled"
    )
    timeout_helper: float = _row("time", values.DURATION, 20.0, "wait for a credential helper, also to be unlocked")
    retries: int = _row("time", values.COUNT, 5, "requests for the same thing, the first one included")
    patience: float = _row(
        "time", values.DURATION, 14.0, "all waiting of one command without progress; with the second look at most 25 s"
    )
    retry_after: float = _row(
        "time",
        values.DURATION,
        10.0,
        "pauses that a registry may ask for (Retry-After) and that are waited for, in all",
    )

    max_manifest_size: int = _row("limits", values.SIZE, 4 << 20, "largest manifest or index that is read")
    max_config_size: int = _row("limits", values.SIZE, 8 << 20, "largest image configuration that is read")
    max_expansion_ratio: int = _row(
        "limits",
        values.COUNT,
        200,
        "how many times its size a layer may unpack to, once it exceeds 1 GiB; zeros count for a 64th",
    )
    max_unpacked_size: int = _row("limits", values.SIZE, 1 << 40, "total size of the files of one layer")
    max_layer_entries: int = _row("limits", values.COUNT, 20_000_000, "number of entries in one layer")
    max_archive_members: int = _row(
        "limits",
        values.COUNT,
        1_000_000,
        "number of members of one archive of images (`oci-archive:`, `docker-archive:`)",
    )
    max_redirects: int = _row("limits", values.COUNT, 5, "redirects followed for one request")
    max_connections: int = _row("limits", values.COUNT, 16, "connections to registries at the same time")
    upload_chunk: int = _row(
        "limits", values.SIZE, 16 << 20, "how much of a large file is sent to a registry in one request"
    )

    sources: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    #: What the environment and files set, of the settings that the command line sets otherwise.
    beneath: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def source_of(self, name: str) -> str:
        """Where the value of `name` came from: ``command line``, ``NAME (environment)``, a file, or ``default``."""
        return self.sources.get(name, DEFAULT)

    def lasting(self, name: str) -> Any:
        """The value of `name` without what the command line says for this one command; None if nothing else sets it."""
        return self.beneath.get(name) if self.source_of(name) == COMMAND_LINE else getattr(self, name)

    def shown(self, name: str) -> str:
        """The value of `name` as text, without a password; empty when unset."""
        return rows()[name].show(getattr(self, name))


@cache
def rows() -> dict[str, Row]:
    """The table by name, in its order."""
    return {item.name: _about(item.name, item.metadata) for item in fields(Settings) if item.metadata}


def _about(name: str, about: Mapping[str, Any]) -> Row:
    variables = (Variable(PREFIX + name.upper()), *about["old"])
    return Row(name, about["section"], about["kind"], about["default"], about["meaning"], variables)

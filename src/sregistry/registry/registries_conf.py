"""``registries.conf``: mirrors, other locations, blocked registries, aliases of short names.

    [[registry]]
    prefix = "docker.io/library"        # longest match wins; "*.example.com" matches subdomains
    location = "mirror.example.com/hub" # takes the place of the prefix
    [[registry.mirror]]                 # tried in order, before the location
    location = "10.0.0.5:5000"

Source: containers-registries.conf(5), version 2, and the ``insecure`` and ``block`` tables of
version 1. ``unqualified-search-registries`` and ``credential-helpers`` are not used: a name without
registry is Docker Hub's, as Docker reads it (docs/registries-conf.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sregistry.errors import RegistryError
from sregistry.http.options import Options, file_words
from sregistry.references import DOCKER_HUB, DOCKER_HUB_ALIASES, DOCKER_HUB_API, RegistryReference, split_scheme
from sregistry.registry.registries_toml import Document, Mirror, Rule, read


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One place where an image may be had.

    Attributes:
        host: canonical host[:port] (``docker.io`` for Docker Hub).
        repository: full path there.
        insecure: plain http and unverified certificates are allowed.
        is_mirror: it stands in for the registry that the reference names.
        source: what decided it: ``the reference``, or the file that says so.
    """

    host: str
    repository: str
    insecure: bool
    is_mirror: bool
    source: str

    @property
    def api_host(self) -> str:
        """The host[:port] that answers the API."""
        return DOCKER_HUB_API if self.host == DOCKER_HUB else self.host


@dataclass(frozen=True, slots=True)
class RegistriesConf:
    """All rules and aliases that apply, whichever files they are from."""

    rules: tuple[Rule, ...] = ()
    aliases: Mapping[str, tuple[str, str]] = field(default_factory=dict)  #: name -> full name, file
    files: tuple[str, ...] = ()

    def expand(self, reference: RegistryReference) -> RegistryReference:
        """The reference that a short name is an alias of; `reference` itself if it is none."""
        found = self.aliases.get(_short_name(reference))
        if not found:
            return reference
        name, file = found
        host, _, repository = name.partition("/")
        note = f"{_short_name(reference)} is an alias of {name} ({file})"
        return replace(reference, registry=_canonical(host), repository=repository, notes=(*reference.notes, note))

    def endpoints(self, reference: RegistryReference) -> list[Endpoint]:
        """The places to ask for `reference`, in order; its alias is followed first.

        Raises:
            RegistryError: ``registry-blocked``.
        """
        reference = self.expand(reference)
        matched = self._match(reference.name)
        if matched is None:
            return [Endpoint(reference.registry, reference.repository, False, False, "the reference")]
        rule, rest = matched
        if rule.blocked:
            raise RegistryError(
                "registry-blocked",
                f"{rule.file} blocks {rule.prefix}",
                registry=reference.registry,
                repository=reference.repository,
                file=rule.file,
                prefix=rule.prefix,
            )
        mirrors = [
            _endpoint(mirror.location + rest, mirror.insecure, True, rule)
            for mirror in rule.mirrors
            if _serves(mirror, rule, reference)
        ]
        location = rule.location + rest if rule.location else reference.name
        return [*mirrors, _endpoint(location, rule.insecure, False, rule)]

    def is_insecure(self, host: str) -> bool:
        """Whether all of `host` (host[:port]) is called insecure, for plain http and unverified certificates."""
        matched = self._match(_canonical(host))
        if matched is None or not matched[0].insecure:
            return False
        location = matched[0].location
        return not location or _canonical(location.partition("/")[0]) == _canonical(host)

    def _match(self, name: str) -> tuple[Rule, str] | None:
        """The rule whose prefix matches most of `name`, and what follows the prefix."""
        best: tuple[tuple[int, bool, int], Rule] | None = None
        for rule in self.rules:
            length = matched_length(name, rule.prefix)
            rank = (length, not rule.prefix.startswith("*."), len(rule.prefix))
            if length and (best is None or rank > best[0]):
                best = (rank, rule)
        return (best[1], name[best[0][0] :]) if best else None


def load(options: Options) -> RegistriesConf:
    """Read every file that applies, see `paths`.

    Raises:
        RegistryError: ``setting-registries-conf``, with the facts ``file`` and, where known, ``line``.
    """
    main, folders = paths(options)
    documents = []
    if main is not None:
        try:
            documents.append(read(main, file_words(main, options.home)))
        except RegistryError as error:
            raise error.with_facts(named_in=_named_in(options)) from error.__cause__
    for folder in folders:
        documents.extend(read(path, file_words(path, options.home)) for path in _drop_ins(folder, options))
    return merge(documents)


def _named_in(options: Options) -> str | None:
    """What names the main file; None where it is at its usual place."""
    for variable in ("SREGISTRY_REGISTRIES_CONF", "CONTAINERS_REGISTRIES_CONF"):
        if (named := options.environ.get(variable)) and named == str(options.registries_conf or named):
            return variable
    return "the setting registries_conf" if options.registries_conf else None


def paths(options: Options) -> tuple[Path | None, list[Path]]:
    """The main file (None if there is none) and the ``registries.conf.d`` folders, in reading order.

    The file that a setting or CONTAINERS_REGISTRIES_CONF names; else the user's, and then only the
    user's folder counts; else the system's.
    """
    user = Path(options.environ.get("XDG_CONFIG_HOME") or options.home / ".config", "containers")
    system = options.etc / "containers"
    both = [system / "registries.conf.d", user / "registries.conf.d"]
    chosen = options.registries_conf or options.environ.get("CONTAINERS_REGISTRIES_CONF")
    if chosen:
        return Path(chosen), both
    if (user / "registries.conf").exists():
        return user / "registries.conf", both[1:]
    return (system / "registries.conf" if (system / "registries.conf").exists() else None), both


def merge(documents: Iterable[Document]) -> RegistriesConf:
    """Later documents replace rules of the same prefix and aliases of the same name."""
    rules: dict[str, Rule] = {}
    aliases: dict[str, tuple[str, str]] = {}
    files = []
    for document in documents:
        files.append(document.file)
        rules.update((rule.prefix, rule) for rule in document.rules)
        aliases.update((name, (target, document.file)) for name, target in document.aliases.items())
    return RegistriesConf(
        rules=tuple(replace(rule, prefix=_canonical_name(rule.prefix)) for rule in rules.values()),
        aliases={name: found for name, found in aliases.items() if found[0]},
        files=tuple(files),
    )


def matched_length(name: str, prefix: str) -> int:
    """How much of ``registry/repository`` the prefix covers; 0 if it does not match."""
    if prefix.startswith("*."):
        host = name.partition("/")[0]
        bare = host.partition(":")[0]
        if bare.endswith(prefix[1:]) and len(bare) > len(prefix) - 1:
            return len(bare)
        return len(host) if host.endswith(prefix[1:]) and len(host) > len(prefix) - 1 else 0
    return len(prefix) if name == prefix or name.startswith(prefix + "/") else 0


def _drop_ins(folder: Path, options: Options) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".conf" and path.is_file())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        words = file_words(folder, options.home)
        message = f"{words} could not be read: {error.strerror}"
        raise RegistryError("setting-registries-conf", message, file=words, errno=error.errno) from error


def _serves(mirror: Mirror, rule: Rule, reference: RegistryReference) -> bool:
    """Whether the mirror is to be asked for this kind of reference."""
    if reference.digest:
        return mirror.pull_from != "tag-only"
    return mirror.pull_from != "digest-only" and not rule.mirror_by_digest_only


def _endpoint(name: str, insecure: bool, is_mirror: bool, rule: Rule) -> Endpoint:
    host, _, repository = name.partition("/")
    host = _canonical(host)
    if host == DOCKER_HUB and "/" not in repository:
        repository = f"library/{repository}"
    return Endpoint(host, repository, insecure, is_mirror, rule.file)


def _canonical(host: str) -> str:
    host = host.lower()
    return DOCKER_HUB if host in DOCKER_HUB_ALIASES else host


def _canonical_name(name: str) -> str:
    host, slash, path = name.partition("/")
    return _canonical(host) + slash + path


def _short_name(reference: RegistryReference) -> str:
    """The name as written, if it was written without registry; "" otherwise."""
    written = split_scheme(reference.source)[1].partition("@")[0]
    slash = written.rfind("/") + 1
    name = written[:slash] + written[slash:].partition(":")[0]
    is_short = reference.registry == DOCKER_HUB and reference.repository in (name, f"library/{name}")
    return name if is_short else ""

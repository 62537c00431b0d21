"""What a reference is, by where images are: in a registry, in files here, at an address of the web.

All have `scheme`, `registry` (empty where there is none), `digest`, `identifier`, `uri` (the canonical text with the
scheme), `source`, `notes`, `at`, and a text that reads as the same again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from sregistry.digests import Digest

#: The scheme that is meant where none is given.
DEFAULT_SCHEME = "docker"
DOCKER_HUB = "docker.io"
DOCKER_HUB_API = "registry-1.docker.io"
#: The fragment of an address that is a file's, though it does not look like one.
FORCED = "sif"
DOCKER_HUB_ALIASES = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})


@dataclass(frozen=True, slots=True)
class RegistryReference:
    """A canonical image name; `parse` in this room makes one from text.

    Attributes:
        scheme: of the endpoint that handles it, e.g. ``docker``.
        registry: canonical host[:port] as people write it (``docker.io`` for Docker Hub).
        repository: full path inside the registry (``library/ubuntu`` for ``ubuntu``).
        tag: None only if a digest is given without a tag.
        digest: wins over the tag when both are given.
        source: the text it was read from, for messages; not part of equality.
        notes: sentences on how the text was read, where that was not literal; not part of equality.
    """

    scheme: str
    registry: str
    repository: str
    tag: str | None
    digest: Digest | None
    source: str = ""
    notes: tuple[str, ...] = ()

    @property
    def identifier(self) -> str:
        """What stands after ``/manifests/``: the digest if there is one, else the tag."""
        return str(self.digest) if self.digest else str(self.tag)

    @property
    def name(self) -> str:
        """``registry/repository``."""
        return f"{self.registry}/{self.repository}"

    @property
    def uri(self) -> str:
        """The canonical text with its scheme; ``parse(r.uri) == r``."""
        return f"{self.scheme}://{self._text}"

    def at(self, digest: Digest) -> RegistryReference:
        """The same image pinned to `digest`."""
        return replace(self, digest=digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RegistryReference) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        return (self.scheme, self.registry, self.repository, self.tag, self.digest)

    def __str__(self) -> str:
        """The canonical text, without the scheme where it is ``docker``: ``parse(str(r)) == r``."""
        return self._text if self.scheme == DEFAULT_SCHEME else self.uri

    @property
    def _text(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.name}{tag}{digest}"


@dataclass(frozen=True, slots=True)
class PathReference:
    """An image in files: ``oci:DIR[:NAME]``, ``oci-archive:FILE[:NAME]``, ``docker-archive:FILE[:NAME]``, ``dir:DIR``.

    Attributes:
        scheme: without its colon.
        path: of the folder or file, as given.
        name: which of several images is meant; None for the only one.
        digest: of the manifest that is meant; goes before the name.
        source, notes: as for `RegistryReference`.
    """

    scheme: str
    path: str
    name: str | None = None
    digest: Digest | None = None
    source: str = field(default="", compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def registry(self) -> str:
        """None: empty."""
        return ""

    @property
    def identifier(self) -> str:
        """The digest if there is one, else the name; empty for the only image."""
        return str(self.digest) if self.digest else self.name or ""

    @property
    def uri(self) -> str:
        """The canonical text; ``parse(r.uri) == r``."""
        name = f":{self.name}" if self.name else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.scheme}:{self.path}{name}{digest}"

    def at(self, digest: Digest) -> PathReference:
        """The same place, pinned to `digest`."""
        return replace(self, digest=digest)

    def __str__(self) -> str:
        """As `uri`."""
        return self.uri


@dataclass(frozen=True, slots=True)
class WebReference:
    """A file at an address: ``https://HOST/PATH/FILE.sif[#sha256=HEX]``.

    Values of a query may be a signature, by which everybody can get the file: no text that is made of a reference has
    them, so that they get into no message and no database. What is read from such a text equals the reference, and has
    no `address`: it says what the file is, and cannot fetch it.

    Attributes:
        scheme: ``https`` or ``http``.
        url: the address without its fragment, values of its query hidden unless they are known to be harmless.
        digest: that the file must have; None where nobody says.
        source, notes: as for `RegistryReference`.
        forced: the address does not show that it is that of a file, so that the text says it.
        address: what is to be fetched, with all of its query; empty where that is not known any more. It is a secret.
    """

    scheme: str
    url: str
    digest: Digest | None = None
    source: str = field(default="", compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)
    forced: bool = field(default=False, compare=False)
    address: str = field(default="", compare=False, repr=False)

    @property
    def registry(self) -> str:
        """None: empty."""
        return ""

    @property
    def identifier(self) -> str:
        """The digest if there is one, else nothing."""
        return str(self.digest) if self.digest else ""

    @property
    def file_name(self) -> str:
        """What the file is called there; empty for the address of a folder."""
        return PurePosixPath(unquote(urlsplit(self.url).path)).name

    @property
    def uri(self) -> str:
        """The address; with a digest it has the fragment ``#ALGORITHM=HEX``. ``parse(r.uri) == r``."""
        if self.digest:
            return f"{self.url}#{self.digest.algorithm}={self.digest.hex}"
        return f"{self.url}#{FORCED}" if self.forced else self.url

    def at(self, digest: Digest) -> WebReference:
        """The same address, with the digest that its file must have."""
        return replace(self, digest=digest)

    def __str__(self) -> str:
        """As `uri`."""
        return self.uri


Reference = RegistryReference | PathReference | WebReference

"""A reference: which registry, which repository, which tag or digest."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sregistry.digests import Digest

DOCKER_HUB = "docker.io"
DOCKER_HUB_API = "registry-1.docker.io"
DOCKER_HUB_ALIASES = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})


@dataclass(frozen=True, slots=True)
class Reference:
    """A canonical image name; `parse` in this room makes one from text.

    Attributes:
        scheme: client that handles it, e.g. ``docker``.
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
    def api_host(self) -> str:
        """The host[:port] that answers the API (Docker Hub's differs from its name)."""
        return DOCKER_HUB_API if self.registry == DOCKER_HUB else self.registry

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
        return f"{self.scheme}://{self}"

    def at(self, digest: Digest) -> Reference:
        """The same image pinned to `digest`."""
        return replace(self, digest=digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reference) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        return (self.scheme, self.registry, self.repository, self.tag, self.digest)

    def __str__(self) -> str:
        """The canonical text without scheme; ``parse(str(r)) == r`` for docker references."""
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.name}{tag}{digest}"

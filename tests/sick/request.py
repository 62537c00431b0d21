"""One request as a scenario sees it."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from tests.sick.repository import Repository

#: The second path segment after the repository -> kind of request.
_KINDS = {"manifests": "manifest", "blobs": "blob", "tags": "tags", "referrers": "referrers"}


@dataclass(frozen=True)
class Place:
    """Kind and object of a request, read from its path.

    Attributes:
        kind: ``ping``, ``manifest``, ``blob``, ``tags``, ``referrers``, ``token``, ``store`` (the place
            that redirects lead to) or ``other``.
        reference: tag or digest; what stands behind ``/token`` or ``/store/``.
    """

    kind: str
    reference: str


def place(path: str, repository: str) -> Place:
    """Read a path; a manifest of another repository is `other`."""
    if path in ("/v2/", "/v2"):
        return Place("ping", "")
    top, _, rest = path.lstrip("/").partition("/")
    if top in ("token", "store"):
        return Place(top, rest)
    if top == "v2" and rest.startswith(repository + "/"):
        noun, _, reference = rest[len(repository) + 1 :].partition("/")
        return Place(_KINDS.get(noun, "other"), reference)
    return Place("other", path)


class Request:
    """A request, and what a handler needs to answer it.

    Attributes:
        repository: the contents; `name` is its name.
        base: URL of the address the request came to.
        registry: URL of the registry itself.
        elsewhere: URL of another host; what arrives there at ``/store/`` must carry no authorization.
        counts: counters of this run, shared by all of its requests.
    """

    def __init__(
        self,
        method: str,
        target: str,
        headers: Message,
        body: bytes,
        *,
        repository: Repository,
        name: str,
        registry: str,
        elsewhere: str,
        at_home: bool,
        counts: dict[str, int],
    ) -> None:
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.path, _, query = target.partition("?")
        self.query = parse_qs(query)
        self.form = parse_qs(body.decode("latin-1")) if method == "POST" else {}
        self.repository = repository
        self.name = name
        self.registry = registry
        self.elsewhere = elsewhere
        self.at_home = at_home
        self.counts = counts
        where = place(self.path, name)
        self.kind, self.reference = where.kind, where.reference

    @property
    def authorization(self) -> str:
        """The ``Authorization`` header, empty without one."""
        return str(self.headers.get("Authorization", ""))

    @property
    def is_config(self) -> bool:
        """Whether the config of the image is asked for."""
        return self.kind == "blob" and self.reference == self.repository.config

    @property
    def is_layer(self) -> bool:
        """Whether the layer to which faults happen is asked for, here or at the place redirects lead to."""
        return self.kind in ("blob", "store") and self.reference == self.repository.layer

    def count(self, what: str) -> int:
        """1 for the first time in this run, 2 for the second, and so on."""
        self.counts[what] = self.counts.get(what, 0) + 1
        return self.counts[what]

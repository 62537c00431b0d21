"""What a person types to mean an image that is here: a name, a reference, or (the start of) a digest."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sregistry.store.errors import StoreError

#: Fewest hex digits that may stand for a digest.
SHORTEST_DIGEST = 6
_DIGEST = re.compile(rf"(?:[a-z0-9]+:)?[0-9a-f]{{{SHORTEST_DIGEST},128}}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_DOCKER_HUB = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})


@dataclass(frozen=True, slots=True)
class Query:
    """The parts of a name that were given; None for those that were not.

    `digest` is the start of one, with its algorithm. A query has a name or a digest or both. `address` is that of a
    file on the web, without fragment.
    """

    text: str
    registry: str | None = None
    collection: str | None = None
    name: str | None = None
    tag: str | None = None
    digest: str | None = None
    address: str | None = None


def parse_query(text: str) -> Query:
    """Read ``[SCHEME://][REGISTRY/][COLLECTION/]NAME[:TAG][@DIGEST]`` or ``DIGEST``.

    Hex digits alone are read as a name; `as_digest` gives their other meaning.
    Raises StoreError ``store-query-malformed``, InvalidReference ``reference-scheme``.
    """
    rest = text.strip()
    if rest.startswith(("https://", "http://")) and (query := _of_address(rest)):
        return query
    if scheme := _SCHEME.match(rest):
        from sregistry.references import refuse_unknown_scheme

        refuse_unknown_scheme(text)
        rest = rest[scheme.end() :]
    if ":" in rest and _DIGEST.fullmatch(rest) and rest.startswith(("sha", "etag:")):
        return Query(text, digest=rest)
    path, at, digest = rest.partition("@")
    if at and not _DIGEST.fullmatch(digest):
        raise _malformed(text, f"{digest!r} is not a digest")
    head, slash, last = path.rpartition("/")
    last, colon, tag = last.partition(":")
    registry, head = _split_registry(head, bool(slash))
    if not last or (colon and not tag) or "//" in path or path.startswith("/"):
        raise _malformed(text, "a name has the form COLLECTION/NAME:TAG")
    return Query(text, registry, head or None, last, tag or None, _with_algorithm(digest) if at else None)


def _of_address(text: str) -> Query | None:
    """What the address of a file means; None for that of anything else."""
    from sregistry.references import InvalidReference, WebReference, parse
    from sregistry.store.names import ImageName

    try:
        found = parse(text)
    except InvalidReference:
        return None
    if not isinstance(found, WebReference):
        return None
    name, digest = ImageName.of(found), str(found.digest) if found.digest else None
    return Query(text, None, name.collection, name.name, name.tag, digest, found.url)


def as_digest(query: Query) -> Query | None:
    """Return the meaning of a query of hex digits alone as the start of a digest; None for other queries."""
    text = query.text.strip()
    if query.digest is None and ":" not in text and _DIGEST.fullmatch(text):
        return Query(query.text, digest=_with_algorithm(text))
    return None


def _split_registry(head: str, has_path: bool) -> tuple[str | None, str]:
    """Take the registry off: the first of several parts, if it has a dot or a port or is localhost."""
    first, _, rest = head.partition("/")
    if has_path and ("." in first or ":" in first or first == "localhost"):
        return ("docker.io" if first in _DOCKER_HUB else first), rest
    return None, head


def _with_algorithm(digest: str) -> str:
    return digest if ":" in digest else f"sha256:{digest}"


def _malformed(text: str, reason: str) -> StoreError:
    return StoreError("store-query-malformed", f"{text!r} cannot mean an image: {reason}", source=text)

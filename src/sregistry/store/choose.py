"""Which image is meant: from the images a name fits, the one to read, or the one and only to change."""

from __future__ import annotations

from collections.abc import Sequence

from sregistry.references.platform import Platform, Wanted
from sregistry.store.database.reads import Reads
from sregistry.store.errors import StoreError
from sregistry.store.names import DEFAULT_COLLECTION, DEFAULT_TAG
from sregistry.store.query import Query, as_digest, parse_query
from sregistry.store.records import ImageRow

#: How many images an error lists.
_SHOWN = 12
#: A name that is misspelt is looked for among those that begin with so many of its letters, so many at most.
_BEGINNING = 2
_COMPARED = 500


def matching(reads: Reads, text: str) -> list[ImageRow]:
    """Images that `text` (a name, a reference, the start of a digest) fits, the one its tag means now first.

    A name without collection means the one in ``library``, else one of any collection. A name without
    tag and digest has the tag ``latest``. Raises StoreError ``store-query-malformed``.
    """
    query = parse_query(text)
    found = _by_query(reads, query)
    other = as_digest(query)
    return found or (_by_query(reads, other) if other else [])


def one_to_read(reads: Reads, text: str, platform: str | None, host: str, *, any_tag: bool = True) -> ImageRow:
    """Return the image that `text` means now.

    Args:
        reads: the database.
        text: a name, a reference or the start of a digest.
        platform: the platform wanted; None prefers that of the `host` where there are several.
        host: the platform of this machine, its variant what the processor can do; "" for any.
        any_tag: a name without a tag, of which there is no ``latest``, means the only tag that is here.

    Raises:
        StoreError: ``store-image-unknown`` (facts: near), ``store-ambiguous`` (facts: images) if it fits
            images of different registries, names or platforms with different content.
    """
    found = matching(reads, text) or (_only_tag(reads, text) if any_tag else [])
    found = _known(reads, text, found)
    fitting = _best(found, platform, host)
    if platform and not fitting:
        raise StoreError(
            "store-platform-unknown",
            f"the image {text} is not here for {platform}",
            source=text,
            platform=platform,
            platforms=sorted({row.platform for row in found}),
        )
    found = fitting or found
    kinds = {(row.name, row.platform) for row in found}
    registries = {row.registry for row in found if row.registry}
    contents = {row.file_digest for row in found}
    if len(contents) > 1 and (len(kinds) > 1 or len(registries) > 1):
        raise _ambiguous(text, found)
    return found[0]


def _best(found: Sequence[ImageRow], platform: str | None, host: str) -> list[ImageRow]:
    """The images that fit the platform best; none if none fits."""
    if not platform and not host:
        return []
    wanted = Wanted.by_name(Platform.parse(platform)) if platform else Wanted.on(Platform.parse(host))
    orders = {row.platform: wanted.order(row.platform) for row in found}
    best = min((order for order in orders.values() if order is not None), default=None)
    return [row for row in found if best is not None and orders[row.platform] == best]


def one_to_change(reads: Reads, text: str) -> ImageRow:
    """Return the only image that `text` fits; raise StoreError ``store-image-unknown``, ``store-ambiguous``."""
    found = _known(reads, text, matching(reads, text))
    if len(found) > 1:
        raise _ambiguous(text, found)
    return found[0]


def all_to_change(reads: Reads, text: str) -> list[ImageRow]:
    """Return every image that `text` fits, with any tag if it names none; raise StoreError ``store-image-unknown``."""
    found = _by_query(reads, parse_query(text), default_tag=None)
    return _known(reads, text, found or matching(reads, text))


def _only_tag(reads: Reads, text: str) -> list[ImageRow]:
    """Images of a name without tag, if they have one name and one tag."""
    found = _by_query(reads, parse_query(text), default_tag=None)
    return found if len({row.name for row in found}) == 1 else []


def _by_query(reads: Reads, query: Query, default_tag: str | None = DEFAULT_TAG) -> list[ImageRow]:
    if query.name is None:
        return reads.by_digest(str(query.digest))
    tag = query.tag or (None if query.digest else default_tag)
    found = reads.by_name(query.name, collection=query.collection or DEFAULT_COLLECTION, tag=tag)
    if not found and query.collection is None:
        found = reads.by_name(query.name, collection=None, tag=tag)
    return [row for row in found if _fits(row, query)]


def _fits(row: ImageRow, query: Query) -> bool:
    if query.registry is not None and row.registry != query.registry:
        return False
    if query.address is not None and row.reference.partition("#")[0] != query.address:
        return False
    digests = (row.version, row.index_digest, row.file_digest)
    return query.digest is None or any(str(digest).startswith(query.digest) for digest in digests if digest)


def _known(reads: Reads, text: str, found: Sequence[ImageRow]) -> list[ImageRow]:
    if found:
        return list(found)
    query = parse_query(text)
    raise StoreError("store-image-unknown", f"there is no image {text} here", source=text, near=_near(reads, query))


def _near(reads: Reads, query: Query) -> list[str]:
    """What may have been meant: names and digests that contain it, else names that begin alike."""
    if query.name is None:
        return [row.uri for row in reads.matching(query.digest, {}, "name", _SHOWN)]
    found = reads.matching(query.name, {}, "name", _SHOWN)
    if found:
        return [str(row.name) for row in found]
    import difflib

    alike = {row.name.name: None for row in reads.matching("/" + query.name[:_BEGINNING], {}, "name", _COMPARED)}
    names = difflib.get_close_matches(query.name, alike, n=_SHOWN)
    return [str(row.name) for name in names for row in reads.by_name(name, collection=None, tag=None)][:_SHOWN]


def _ambiguous(text: str, found: Sequence[ImageRow]) -> StoreError:
    return StoreError(
        "store-ambiguous",
        f"{text} fits {len(found)} images",
        source=text,
        count=len(found),
        images=[
            {"uri": row.uri, "reference": row.reference, "platform": row.platform, "path": str(row.path)}
            for row in found[:_SHOWN]
        ],
    )

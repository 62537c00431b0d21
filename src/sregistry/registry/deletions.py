"""Deleting a tag alone, or an image with all its tags; what goes with it, and why a registry does not.

Some registries delete a tag, some only what a digest names, and some nothing. Their refusals are alike, so the second
question tells them apart: the same about a digest that nothing has.

Source: OCI Distribution Specification, "Content Management": "Deleting tags", "Deleting Manifests".
"""

from __future__ import annotations

from sregistry.digests import Digest
from sregistry.errors import RegistryError
from sregistry.oci.manifests import Manifest
from sregistry.registry import manifests, tags
from sregistry.registry.uploads import Uploader
from sregistry.resources.threads import Workers

#: So many tags are looked at to know which mean the same image.
MOST_TAGS = 100
_AT_ONCE = 8
_REFUSED = frozenset({400, 405, 501})
_ABSENT = frozenset({"manifest-unknown", "tag-unknown", "repository-unknown"})
#: No image has it.
_NOTHING = Digest("sha256", "0" * 64)


def delete_tag(place: Uploader, tag: str) -> None:
    """Delete a tag; the image and its other tags stay.

    Raises:
        RegistryError: ``registry-tag-bound`` where only an image can be deleted, with all its tags;
            ``registry-delete-disabled`` where nothing can; ``registry-delete-denied``, ``tag-unknown`` and others.
    """
    try:
        place.delete_manifest(tag)
    except RegistryError as error:
        if error.facts.get("status") not in _REFUSED:
            raise
        own(place, tag)  # a refusal does not say that there is no such tag
        if _deletes_images(place):
            message = f"{place.api.registry} does not delete a tag alone, only an image with all its tags"
            raise RegistryError("registry-tag-bound", message, **error.facts) from error
        raise _disabled(place, error) from error


def delete_image(place: Uploader, digest: Digest) -> None:
    """Delete an image; every tag that means it goes with it.

    Raises:
        RegistryError: ``registry-delete-disabled``, ``registry-delete-denied``, ``manifest-unknown`` and others.
    """
    try:
        place.delete_manifest(str(digest))
    except RegistryError as error:
        raise _disabled(place, error) if error.code == "registry-unsupported" else error from error


def own(place: Uploader, identifier: str) -> Manifest:
    """The manifest that the registry itself has, whatever its mirrors say; raises as `manifests.fetch` does."""
    return manifests.fetch(place.api, place.repository, identifier, place.patience(), limit=place.limit)


def same(place: Uploader, digest: Digest, tag: str | None) -> list[str] | None:
    """The other tags that mean `digest`; None where the registry does not tell, or has more than `MOST_TAGS`."""
    try:
        found = tags.fetch(place.api, place.repository, place.patience(), limit=MOST_TAGS + 1, pages=MOST_TAGS)
        if len(found.names) > MOST_TAGS:
            return None
        others = [name for name in found.names if name != tag]
        digests = _digests(place, others)
    except RegistryError as error:
        if "status" not in error.facts:
            raise
        return None
    if None in digests:
        return None
    return sorted(name for name, one in zip(others, digests, strict=True) if one == digest)


def _digests(place: Uploader, names: list[str]) -> list[Digest | None]:
    """What tags mean; None where that is not told."""

    def look(name: str) -> Digest | None:
        head = manifests.head(place.api, place.repository, name, place.patience())
        return head.digest if head else None

    workers = Workers(_AT_ONCE, "looking at tags")
    try:
        return [future.result() for future in [workers.submit(look, name) for name in names]]
    finally:
        workers.close(wait=False, cancel=True)


def _deletes_images(place: Uploader) -> bool:
    """Whether images can be deleted by their digest, by what becomes of the wish to delete one that is not there."""
    try:
        place.delete_manifest(str(_NOTHING))
    except RegistryError as error:
        return error.code in _ABSENT
    return True


def _disabled(place: Uploader, error: RegistryError) -> RegistryError:
    return RegistryError(
        "registry-delete-disabled", f"{place.api.registry} does not let images be deleted", **error.facts
    )

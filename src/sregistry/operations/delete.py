"""Delete: a tag, or an image with all its tags, where it is: in a registry, in a layout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from sregistry.digests import Digest
from sregistry.errors import SregistryError
from sregistry.notebook import Shown
from sregistry.operations.context import Context
from sregistry.references import PathReference, Reference

if TYPE_CHECKING:
    from sregistry.endpoints.base import Deletes, Endpoint

    class _Deleting(Deletes, Endpoint, Protocol):
        """An endpoint that deletes."""


@dataclass(frozen=True, slots=True)
class Deletion(Shown):
    """What is to be deleted, or was.

    Attributes:
        reference: of the image.
        digest: that it means; None where that is not told.
        every_tag: whether the image goes with all its tags, and not a tag alone.
        others: the other tags that mean the same; None where that is not known.
    """

    reference: Reference
    digest: Digest | None
    every_tag: bool
    others: tuple[str, ...] | None = None

    @property
    def place(self) -> str:
        """Where it is."""
        return self.reference.path if isinstance(self.reference, PathReference) else self.reference.registry

    @property
    def named(self) -> str:
        """What the reference calls the image, without a digest; empty if it has no other name."""
        tag = self.reference.name if isinstance(self.reference, PathReference) else getattr(self.reference, "tag", None)
        return "" if self.reference.digest else tag or ""

    def facts(self) -> dict[str, Any]:
        """The result in JSON's types."""
        return {
            "reference": self.reference.uri,
            "digest": str(self.digest) if self.digest else None,
            "every_tag": self.every_tag,
            "others": None if self.others is None else list(self.others),
        }


def find(context: Context, reference: str, *, every_tag: bool = False, others: bool = True) -> Deletion:
    """Return what deleting `reference` would take; nothing is deleted yet.

    Args:
        context: what to ask with.
        reference: with its scheme.
        every_tag: the image is to go with all its tags.
        others: look which other tags mean the same, where that can be known: a question for each of them.

    Raises:
        InvalidReference: those of `parse`.
        SregistryError: ``endpoint-unable``; ``registry-digest-tagged`` for a digest that tags mean, or may mean,
            without `every_tag`; ``tag-unknown`` and what else of names, logins and registries can go wrong.
    """
    from sregistry.endpoints.base import Knows

    wanted = context.parse(reference)
    bound = wanted.digest is not None and not every_tag
    with _deleting(context, wanted, every_tag) as endpoint:
        if not isinstance(endpoint, Knows):
            return Deletion(wanted, endpoint.version(wanted), every_tag)
        found = endpoint.meaning(wanted, others=others or bound)
        tags = None if found.others is None else tuple(found.others)
        if bound and tags != ():
            message = "an image is deleted by its digest with all its tags, which has to be asked for"
            others_known = None if tags is None else list(tags)
            raise SregistryError("registry-digest-tagged", message, digest=str(found.digest), others=others_known)
    return Deletion(wanted, found.digest, every_tag, tags)


def delete(context: Context, deletion: Deletion) -> Deletion:
    """Delete what `find` has found; where all tags go, it is that image, whatever its tag means by now.

    Raises:
        RegistryError: ``registry-tag-bound``, ``registry-delete-disabled``, ``registry-delete-denied`` and others.
    """
    wanted, digest = deletion.reference, deletion.digest
    with _deleting(context, wanted, deletion.every_tag) as endpoint:
        endpoint.delete(wanted.at(digest) if deletion.every_tag and digest else wanted)
    return deletion


@contextmanager
def _deleting(context: Context, reference: Reference, every_tag: bool) -> Iterator[_Deleting]:
    """The endpoint, whose errors propose the same again."""
    from sregistry.endpoints.base import Deletes
    from sregistry.endpoints.catalog import able

    with context.endpoint(reference) as endpoint:
        able(endpoint, Deletes, "rm", reference.scheme)
        try:
            yield cast("_Deleting", endpoint)
        except SregistryError as error:
            option = ["--all-tags"] if every_tag else []
            raise error.with_facts(repeat=["rm", *option, reference.uri]) from error.__cause__

"""Tag: an image where it is gets another tag; no byte of it is changed or sent anew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sregistry.digests import Digest
from sregistry.errors import SregistryError
from sregistry.notebook import Shown
from sregistry.operations.context import Context
from sregistry.references import InvalidReference, PathReference, Reference, RegistryReference, has_scheme


@dataclass(frozen=True, slots=True)
class Tagged(Shown):
    """A tag that was given.

    Attributes:
        reference: the image by its new tag.
        digest: of its manifest, as it was before.
        former: what the tag meant before; None if it is new, or if that was not told.
    """

    reference: str
    digest: Digest
    former: Digest | None = None

    @property
    def moved(self) -> bool:
        """Whether the tag meant another image before."""
        return self.former not in (None, self.digest)

    def __str__(self) -> str:
        return str(self.digest)

    def facts(self) -> dict[str, Any]:
        """The result in JSON's types."""
        return {
            "reference": self.reference,
            "digest": str(self.digest),
            "former": str(self.former) if self.former else None,
        }


def tag(context: Context, reference: str, new: str) -> Tagged:
    """Let the tag `new`, or the name in a layout, mean the image `reference`, too.

    Args:
        context: what to ask with.
        reference: an image in a registry or a layout.
        new: the tag alone.

    Raises:
        InvalidReference: ``reference-tag`` and those of `parse`.
        SregistryError: ``endpoint-unable`` for a place without tags; what of names, logins and registries can go wrong.
    """
    from sregistry.endpoints.base import Tags
    from sregistry.endpoints.catalog import able

    wanted = context.parse(reference)
    with context.endpoint(wanted) as endpoint:
        tags = able(endpoint, Tags, "tag", wanted.scheme)
        other = _called(context, wanted, new)
        former = endpoint.version(other)
        try:
            digest = tags.tag(wanted, new)
        except SregistryError as error:
            raise error.with_facts(repeat=["tag", wanted.uri, new]) from error.__cause__
    return Tagged(other.uri, digest, former)


def _called(context: Context, reference: Reference, new: str) -> Reference:
    """`reference` with another tag or name; raises InvalidReference ``reference-tag``."""
    other: Reference = reference
    if isinstance(reference, RegistryReference):
        other = replace(reference, tag=new, digest=None)
    elif isinstance(reference, PathReference):
        other = replace(reference, name=new, digest=None)
    try:
        read = None if has_scheme(new) or "/" in new else context.parse(other.uri)
    except InvalidReference:
        read = None
    if read != other or not new:
        message = f"{new!r} is not a tag: what the image is to be called there, without the place"
        raise InvalidReference("reference-tag", message, source=new)
    return other

"""Search: what a registry lists, the tags of a repository or all its repositories."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sregistry.notebook import Shown
from sregistry.operations.context import Context, begun_again
from sregistry.references import DEFAULT_SCHEME, Reference, RegistryReference, is_registry, split_scheme


@dataclass(frozen=True, slots=True)
class SearchResult(Shown):
    """What a registry lists.

    Attributes:
        registry: host[:port]; empty for places that are none.
        repository: whose tags they are; None for a list of something else.
        names: tags, the highest version first; or what else there is as the place orders it.
        attached: how many tags of signatures and attestations have been left out.
        kind: what they are, in one word: ``tags``, ``repositories``, ``images``.
        prefix: what goes before a name to make it a reference.
    """

    registry: str
    repository: str | None
    names: tuple[str, ...]
    attached: int = 0
    kind: str = "tags"
    prefix: str = ""

    @property
    def one(self) -> str:
        """What one of them is."""
        return self.kind.removesuffix("ies") + "y" if self.kind.endswith("ies") else self.kind.removesuffix("s")

    @property
    def references(self) -> list[str]:
        """The names in full, ready for a pull or another search."""
        return [f"{self.prefix}{name}" for name in self.names]

    def __repr__(self) -> str:
        return f"<{self.prefix.rstrip('/:')}: {len(self.names)} {self.kind}>"

    def facts(self) -> dict[str, Any]:
        """The result in JSON's types."""
        return {
            "registry": self.registry,
            "repository": self.repository,
            "kind": self.kind,
            "names": list(self.names),
            "attached": self.attached,
            "references": self.references,
        }


def search(context: Context, target: str, *, text: str | None = None, attached: bool = False) -> SearchResult:
    """Return the tags of the repository ``[docker://]HOST/REPOSITORY``, or the repositories of ``[docker://]HOST``.

    Args:
        context: what to ask with.
        target: what to list; a tag or digest in it does not matter.
        text: only names that contain it, whatever their case.
        attached: list the tags of signatures and attestations as well.

    Raises:
        InvalidReference: `target` names neither.
        SregistryError: ``endpoint-unable`` for a place that lists nothing.
        RegistryError: ``registry-no-catalog`` where a registry does not list its repositories; what of names,
            logins and registries can go wrong.
    """
    from sregistry.diagnosis.near import highest
    from sregistry.endpoints.base import Lists
    from sregistry.endpoints.catalog import able

    reference = _registry(context, target) or context.parse(target)
    with begun_again("search", target), context.endpoint(reference) as endpoint:
        found = able(endpoint, Lists, "search", reference.scheme).names(reference, None)
    names = list(found.names)
    shown = highest(names, len(names), attached=attached) if found.kind == "tags" else names
    registry, repository = _place(reference)
    matching, left_out = _containing(text, shown), len(names) - len(shown)
    return SearchResult(registry, repository, matching, left_out, found.kind, found.prefix)


def _place(reference: Reference) -> tuple[str, str | None]:
    if not isinstance(reference, RegistryReference):
        return "", None
    return reference.registry, reference.repository or None


def _registry(context: Context, target: str) -> RegistryReference | None:
    """The registry that `target` is, as a reference without repository; None if there is a repository in it."""
    scheme, rest = split_scheme(target)
    if not is_registry(target):
        return None
    found = context.parse(f"{scheme or DEFAULT_SCHEME}://{rest.rstrip('/')}/any")
    return replace(found, repository="", tag=None, source=target) if isinstance(found, RegistryReference) else None


def _containing(text: str | None, names: list[str]) -> tuple[str, ...]:
    return tuple(name for name in names if text is None or text.lower() in name.lower())

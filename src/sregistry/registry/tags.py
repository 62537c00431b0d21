"""``/v2/NAME/tags/list``. Source: OCI Distribution Specification, "Listing Tags"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sregistry.http.retry import Patience
from sregistry.registry import pages as paging
from sregistry.registry.api import Api, Call

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class TagList:
    """Tags in the registry's order; `complete` is False where the limit cut the list."""

    names: list[str]
    complete: bool

    def facts(self) -> dict[str, Any]:
        """The list in JSON's types."""
        return {"names": list(self.names), "complete": self.complete}


def fetch(api: Api, repository: str, patience: Patience, *, limit: int | None, pages: int) -> TagList:
    """The tags of a repository.

    Raises:
        RegistryError: ``repository-unknown``, ``registry-answer-malformed``, ``registry-pages``, those of `Api.get`.
    """
    size = min(_PAGE, limit) if limit else _PAGE
    call = Call("GET", f"/v2/{repository}/tags/list?n={size}", "tags", repository)
    answers = paging.fetch(api, call, patience, pages=pages)
    names, complete = paging.collect((paging.names(answer, "tags") for answer in answers), limit)
    return TagList(names, complete)

"""``/v2/_catalog``: the repositories of a registry, where it tells them. Source: distribution, "spec/api"."""

from __future__ import annotations

from sregistry.registry import pages as paging
from sregistry.registry.api import Api, Call
from sregistry.registry.retry import Patience


def fetch(api: Api, patience: Patience, *, limit: int | None, pages: int) -> list[str]:
    """The names of repositories, `limit` at most.

    Raises:
        RegistryError: ``auth-…`` or ``registry-unsupported`` where it is not offered, those of `tags.fetch`.
    """
    call = Call("GET", "/v2/_catalog?n=1000", "catalog", scopes=("registry:catalog:*",))
    answers = paging.fetch(api, call, patience, pages=pages)
    return paging.collect((paging.names(answer, "repositories") for answer in answers), limit)[0]

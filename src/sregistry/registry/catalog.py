"""``/v2/_catalog``: the repositories of a registry, where it tells them. Source: distribution, "spec/api"."""

from __future__ import annotations

from sregistry.errors import RegistryError
from sregistry.http.retry import Patience
from sregistry.registry import pages as paging
from sregistry.registry.api import Api, Call

#: What registries without a catalog answer; many ask for a login that nobody has.
_NOT_OFFERED = frozenset(
    {
        *("auth-required", "auth-denied", "auth-unsupported", "registry-unsupported", "registry-unexpected"),
        *("registry-web-page", "registry-not-a-registry", "repository-unknown", "repository-invalid"),
    }
)


def fetch(api: Api, patience: Patience, *, registry: str, limit: int | None, pages: int) -> list[str]:
    """The names of repositories, `limit` at most; `registry` is what the user calls the place.

    Raises:
        RegistryError: ``registry-no-catalog`` (with the facts of the answer) where it is not offered, or not to
            this login; else those of `tags.fetch`.
    """
    call = Call("GET", "/v2/_catalog?n=1000", "catalog", scopes=("registry:catalog:*",))
    try:
        answers = paging.fetch(api, call, patience, pages=pages)
        return paging.collect((paging.names(answer, "repositories") for answer in answers), limit)[0]
    except RegistryError as error:
        if error.code not in _NOT_OFFERED:
            raise
        message = f"{registry} does not tell which repositories it has"
        facts = {**error.facts, "registry": registry, "cause": error.code}
        raise RegistryError("registry-no-catalog", message, **facts) from error

"""Scheme -> endpoint: a literal table, and the entry points ``sregistry.endpoints`` of other packages.

What is in neither is an error that lists what there is; nothing is ever taken for something else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TypeVar, cast

from sregistry.endpoints.base import Endpoint, Network
from sregistry.errors import SregistryError
from sregistry.references import InvalidReference, others

T = TypeVar("T")

#: Scheme -> module and class, which takes a `Network`; imported where it is used.
ENDPOINTS: Mapping[str, str] = {
    "docker": "sregistry.endpoints.docker:Docker",
    "oras": "sregistry.endpoints.oras:Oras",
    "oci": "sregistry.endpoints.layouts.endpoint:Oci",
    "oci-archive": "sregistry.endpoints.layouts.endpoint:OciArchive",
    "docker-archive": "sregistry.endpoints.layouts.endpoint:SavedArchive",
    "dir": "sregistry.endpoints.layouts.endpoint:Dir",
    "http": "sregistry.endpoints.web:Web",
    "https": "sregistry.endpoints.web:Web",
}
#: Those of them whose repositories are `Writable`: what is copied or attached goes there.
TAKING = ("docker", "oras", "oci", "oci-archive", "dir")


def open_endpoint(scheme: str, network: Network) -> Endpoint:
    """The endpoint that serves `scheme`.

    Raises:
        InvalidReference: ``reference-scheme`` for a scheme that nothing serves.
        SregistryError: ``endpoint-broken`` for one whose package cannot be loaded.
    """
    return _class(scheme)(network)


def schemes() -> list[str]:
    """All schemes that are served, those of this package first."""
    return [*ENDPOINTS, *(scheme for scheme in others.found() if scheme not in ENDPOINTS)]


def able(endpoint: Endpoint, ability: type[T], verb: str, scheme: str) -> T:
    """`endpoint`, which has `ability`.

    Args:
        endpoint: of `scheme`.
        ability: one of the protocols of `base`.
        verb: what was asked for, as on the command line.
        scheme: as in the reference.

    Raises:
        SregistryError: ``endpoint-unable`` with the schemes that can.
    """
    if isinstance(endpoint, ability):
        return endpoint
    can = [other for other in schemes() if _can(other, ability)]
    message = f"{verb} is not possible at a place that {scheme} names"
    raise SregistryError("endpoint-unable", message, scheme=scheme, verb=verb, known=can)


def _class(scheme: str) -> Callable[[Network], Endpoint]:
    place = ENDPOINTS.get(scheme)
    if place is not None:
        module, _, name = place.partition(":")
        return cast("Callable[[Network], Endpoint]", getattr(import_module(module), name))
    served = others.load(scheme)
    if served is None:
        known = sorted(schemes())
        message = f"nothing here serves {scheme!r}; known are {', '.join(known)}"
        raise InvalidReference("reference-scheme", message, scheme=scheme, known=known)
    return cast("Callable[[Network], Endpoint]", served)


def _can(scheme: str, ability: type[object]) -> bool:
    """Whether the endpoint of `scheme` has `ability`; one that cannot be loaded has none."""
    try:
        return _has(_class(scheme), ability)
    except SregistryError:
        return False


def _has(kind: object, ability: type[object]) -> bool:
    """Whether a class has the methods of a protocol."""
    wanted = [name for name in vars(ability) if not name.startswith("_") and callable(getattr(ability, name))]
    return all(callable(getattr(kind, name, None)) for name in wanted)

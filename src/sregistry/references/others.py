"""Schemes that other installed packages serve, by their entry points in the group ``sregistry.endpoints``.

The name of an entry point is the scheme, its object the endpoint's class; see `sregistry.endpoints.catalog`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sregistry.errors import SregistryError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "sregistry.endpoints"


@cache
def found() -> dict[str, EntryPoint]:
    """Scheme -> entry point, of all installed packages; of several for one scheme the first."""
    from importlib.metadata import entry_points

    points: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        points.setdefault(point.name, point)
    return points


def load(scheme: str) -> object:
    """The class that serves `scheme`; None if no package does.

    Raises:
        SregistryError: ``endpoint-broken``.
    """
    point = found().get(scheme)
    if point is None:
        return None
    try:
        return point.load()
    except Exception as error:  # whatever the code of another package may raise
        package = point.dist.name if point.dist else point.module
        message = f"the package {package}, which serves {scheme}, cannot be loaded"
        reason = f"{type(error).__name__}: {error}"
        raise SregistryError("endpoint-broken", message, scheme=scheme, package=package, reason=reason) from error


def grammar(scheme: str) -> str | None:
    """The name of the grammar by which the endpoint of `scheme` reads references; None if no package serves it.

    Raises as `load`.
    """
    served = load(scheme)
    return str(getattr(served, "grammar", "registry")) if served is not None else None

"""Schemes that other installed packages serve, by their entry points in the group ``sregistry.endpoints``.

The name of an entry point is the scheme, its object the endpoint's class; see `sregistry.endpoints.catalog`.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points

GROUP = "sregistry.endpoints"


@cache
def found() -> dict[str, EntryPoint]:
    """Scheme -> entry point, of all installed packages; of several for one scheme the first."""
    points: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        points.setdefault(point.name, point)
    return points


def grammar(scheme: str) -> str | None:
    """The name of the grammar by which the endpoint of `scheme` reads references; None if no package serves it."""
    point = found().get(scheme)
    return str(getattr(point.load(), "grammar", "registry")) if point else None

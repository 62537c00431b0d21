"""Names: text in, `Reference` or `Platform` out; `InvalidReference` with the place of the fault otherwise.

Nothing here touches the network, the disk or the environment. Laws: ``parse(str(r)) == r`` for the
docker scheme, ``parse(r.uri) == r`` for every scheme, and no exception but `InvalidReference`.
"""

from sregistry.references.errors import InvalidReference
from sregistry.references.parse import REGISTRY_SCHEMES, parse, refuse_unknown_scheme, split_scheme
from sregistry.references.platform import Platform
from sregistry.references.reference import DOCKER_HUB, DOCKER_HUB_ALIASES, DOCKER_HUB_API, Reference

__all__ = [
    "DOCKER_HUB",
    "DOCKER_HUB_ALIASES",
    "DOCKER_HUB_API",
    "REGISTRY_SCHEMES",
    "InvalidReference",
    "Platform",
    "Reference",
    "parse",
    "refuse_unknown_scheme",
    "split_scheme",
]

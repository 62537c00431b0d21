"""Names: text in, `Reference` or `Platform` out; `InvalidReference` with the place of the fault otherwise.

Nothing here touches the network, the disk or the environment. Laws: ``parse(str(r)) == r`` and
``parse(r.uri) == r`` for every scheme, and no exception but `InvalidReference`.
"""

from sregistry.references.errors import InvalidReference
from sregistry.references.parse import (
    SCHEMES,
    beginning,
    has_scheme,
    is_registry,
    parse,
    parse_registry,
    refuse_unknown_scheme,
    split_scheme,
)
from sregistry.references.platform import Platform
from sregistry.references.reference import (
    DEFAULT_SCHEME,
    DOCKER_HUB,
    DOCKER_HUB_ALIASES,
    DOCKER_HUB_API,
    PathReference,
    Reference,
    RegistryReference,
    WebReference,
)

__all__ = [
    "DEFAULT_SCHEME",
    "DOCKER_HUB",
    "DOCKER_HUB_ALIASES",
    "DOCKER_HUB_API",
    "SCHEMES",
    "InvalidReference",
    "PathReference",
    "Platform",
    "Reference",
    "RegistryReference",
    "WebReference",
    "beginning",
    "has_scheme",
    "is_registry",
    "parse",
    "parse_registry",
    "refuse_unknown_scheme",
    "split_scheme",
]

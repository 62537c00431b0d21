"""Who can put a failure right."""

from __future__ import annotations

from enum import Enum


class Who(Enum):
    """Who can put it right."""

    YOU = "you"
    NETWORK = "your network's administrator"
    SITE = "your machine's administrator"
    REGISTRY = "the registry's operator"
    SERVER = "the server's operator"
    IMAGE = "the image's author"
    SREGISTRY = "the authors of sregistry"
    NOBODY = "nobody needs to"

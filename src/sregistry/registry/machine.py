"""This machine as registries name it; apart, so that who only asks for that imports nothing that speaks HTTP."""

from __future__ import annotations

import os

from sregistry.references import Platform


def this_machine() -> Platform:
    """The platform of this machine, for Linux images."""
    return Platform.make("linux", os.uname().machine or "amd64")

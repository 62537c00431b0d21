"""The definition file: a recipe that builds the same container again, and says where this one is from."""

from __future__ import annotations

from sregistry.assembly.origin import Origin


def deffile(origin: Origin) -> str:
    """Return the text kept in the SIF and as ``/.singularity.d/Singularity``."""
    return (
        f"bootstrap: docker\nfrom: {origin.pinned}\n\n"
        f"# {origin.reference} for {origin.platform}, as it was when it was pulled.\n"
    )
